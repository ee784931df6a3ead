import assert from "node:assert/strict";
import { publishedTable } from "./published.ts";
import { publishedGain, publishedGains } from "./methods.ts";

Deno.test("publishedGains() has one figure a method, all accuracies in percent", () => {
  const gains = publishedGains();
  assert.equal(gains.length, new Set(gains.map(({ method }) => method)).size);
  for (const { method, alone, value, source } of gains) {
    assert.ok(alone > 0 && alone < 100 && value > alone && value < 100, method);
    assert.match(source, /arXiv \d{4}\.\d{5}\)$/, method);
  }
});

Deno.test("publishedGain() of BLKD+UDA is the cell of Table 3, as an accuracy", () => {
  const cellOf = (method: string) =>
    publishedTable({ table: "3", setting: "C-50K", student: "VGG11", method });
  const { alone, value } = publishedGain("BLKD+UDA")!;
  assert.ok(cellOf("NOKD").some((cell) => Math.abs(100 - cell.value - alone) < 1e-6));
  const ours = cellOf("BLKD+UDA").find(({ teacher }) => teacher === "ResNet-18");
  assert.ok(Math.abs(100 - ours!.value - value) < 1e-6);
});

Deno.test("publishedGain() knows nothing of fakes and of methods without a figure", () => {
  assert.equal(publishedGain("cGAN-KD+ReviewKD"), undefined);
  assert.equal(publishedGain("KTA"), undefined);
  assert.equal(publishedGain("ReviewKD")?.value, 71.89);
});
