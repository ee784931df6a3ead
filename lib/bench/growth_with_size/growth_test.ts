import assert from "node:assert/strict";
import { measureSize } from "./growth.ts";
import type { PartGrowth } from "./parts.ts";
import { BYTES_AN_IMAGE, growthTable, growthVerdict, LOOSE_BYTES } from "./table.ts";

const size = (images: number, part: Partial<PartGrowth>) => ({
  images,
  parts: [{ part: "filter", seconds: 1, processorSeconds: 1, peakBytes: 0, ...part }],
});

Deno.test("growthVerdict() takes linear time and the bytes that an image may need", () => {
  const peakBytes = 90_000 * BYTES_AN_IMAGE + LOOSE_BYTES;
  const sizes = [size(10_000, {}), size(100_000, { processorSeconds: 12.9, peakBytes })];
  assert.deepEqual(growthVerdict("fakes", sizes), []);
});

Deno.test("growthVerdict() complains about time that grows faster, judged by processor time", () => {
  const slow = [size(10_000, {}), size(100_000, { processorSeconds: 13.1 })];
  assert.deepEqual(growthVerdict("fakes", slow), [
    "filter takes 1.31 times as long for each image at 100000 images as at 10000: want at most 1.3",
  ]);
  // The clock counts where there is nothing else.
  const clock = [
    size(10_000, { processorSeconds: undefined }),
    size(100_000, { processorSeconds: undefined, seconds: 20 }),
  ];
  assert.match(growthVerdict("fakes", clock)[0]!, /takes 2.00 times/);
  // Other work on the machine does not.
  assert.deepEqual(growthVerdict("fakes", [size(10, {}), size(20, { seconds: 99 })]), []);
});

Deno.test("growthVerdict() does not judge by parts that are over at once", () => {
  const short = [
    size(10_000, { processorSeconds: 0.1 }),
    size(100_000, { processorSeconds: 9 }),
    size(1_000_000, { processorSeconds: 200 }),
  ];
  assert.deepEqual(growthVerdict("fakes", short).length, 1);
});

Deno.test("growthVerdict() complains about memory, the bytes of real images left out", () => {
  const peakBytes = 90_000 * (BYTES_AN_IMAGE + 1) + LOOSE_BYTES;
  const large = [size(10_000, {}), size(100_000, { processorSeconds: 10, peakBytes })];
  assert.match(growthVerdict("fakes", large)[0]!, /^filter needs \d+ bytes for each image more/);
  assert.deepEqual(growthVerdict("real", large), []);
});

Deno.test("growthTable() has a row a part and three columns a size", () => {
  const sizes = [size(10_000, { seconds: 2 }), size(100_000, { peakBytes: 5e6 })];
  const text = growthTable("fakes", sizes).toText();
  assert.match(text, /filter\s+200\.0\s+100\.0\s+0\s+10\.0\s+10\.0\s+5/);
});

Deno.test("measureSize() runs the chain on a small pool in a process of its own", async () => {
  const parts = await measureSize("fakes", 400);
  assert.deepEqual(parts.map(({ part }) => part), [
    "subsampling to disk",
    "the teacher's opinion",
    "filter",
    "adjust",
    "draw, scalar labels",
    "draw, classes",
    "statistics of the channels",
    "an epoch's batches",
    "closing",
  ]);
  assert.ok(parts.every(({ seconds }) => seconds > 0 && seconds < 60));
});
