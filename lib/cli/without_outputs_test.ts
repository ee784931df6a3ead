import assert from "node:assert/strict";
import { countOutputs, withoutOutputs } from "./without_outputs.ts";

const cell = { cell_type: "code", id: "a", metadata: {}, source: ["1"] };
const clean =
  JSON.stringify({ cells: [{ ...cell, outputs: [], execution_count: null }] }, null, 1) +
  "\n";

Deno.test("withoutOutputs() takes outputs, counts and times, and nothing else", () => {
  const executed = {
    cells: [{
      ...cell,
      metadata: { execution: { t: 1 } },
      outputs: [{ output_type: "display_data" }],
      execution_count: 3,
    }],
  };
  const text = JSON.stringify(executed);
  assert.equal(countOutputs(text), 1);
  const stripped = withoutOutputs(text);
  assert.equal(countOutputs(stripped), 0);
  assert.deepEqual(JSON.parse(stripped), JSON.parse(clean));
});

Deno.test("withoutOutputs() leaves clean notebooks and other text byte for byte", () => {
  for (const text of [clean, clean.replaceAll("\n", ""), "<<<<<<< ours", "[]", ""]) {
    assert.equal(withoutOutputs(text), text);
  }
});
