import assert from "node:assert/strict";
import { publishedValue } from "./published.ts";
import { PROCESSING_STEPS, publishedComponents, publishedFakeCounts } from "./figures.ts";

Deno.test("the figures' last points equal the cells of Table 1", () => {
  const full = PROCESSING_STEPS.at(-1);
  assert.equal(publishedComponents().length, 30);
  assert.equal(publishedFakeCounts().length, 63);
  for (const student of ["VGG11", "ShuffleNetV2", "EfficientNet-B0"]) {
    const query = { table: "1", setting: "C-10K", student, method: "cGAN-KD" };
    const bars = publishedComponents({ setting: "C-10K", student });
    const points = publishedFakeCounts({ setting: "C-10K", student });
    assert.equal(bars.find((bar) => bar.processing === full)?.value, publishedValue(query));
    assert.equal(points.find((p) => p.fakes === 100_000)?.value, publishedValue(query));
  }
});
