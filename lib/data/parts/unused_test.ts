import assert from "node:assert/strict";
import { type Dataset, imagesInMemory, type RealImages } from "../../base/contracts.ts";
import { unusedSet } from "./unused.ts";

/** Images of one pixel whose value is also their label. */
function pixels(values: number[]): RealImages {
  return {
    images: imagesInMemory(Uint8Array.from(values), { height: 1, width: 1, channels: 1 }),
    labels: Float32Array.from(values),
    task: { kind: "regression", minimum: 0, maximum: 90, scale: 90, unit: "degrees", labels: [] },
    origin: "toy",
  };
}

const SET: Dataset = {
  name: "pixels",
  setting: "two",
  train: pixels([10, 11]),
  test: pixels([20, 21]),
  subtrain: Uint32Array.from([0]),
  subvalid: Uint32Array.from([1]),
  inspection: "none",
  others: () => pixels([30, 31, 32, 33, 34]),
  checksum: "abc",
  source: "here",
  mayBePublished: true,
  originals: 2,
  subtrainOriginals: 1,
  types: "none",
};

Deno.test("unusedSet() measures on one half of what the setting leaves out and leaves the other to controls", () => {
  const { train, test, others, checksum, measuredElsewhere } = unusedSet(SET);
  assert.equal(train, SET.train);
  // Every part that was trained for the setting is found by it.
  assert.equal(checksum, SET.checksum);
  assert.equal(measuredElsewhere!.noted, SET.test);
  assert.ok(others !== "none");
  const [measured, rest] = [[...test.labels], [...others().labels]];
  assert.equal(measured.length, 2);
  assert.deepEqual([...measured, ...rest].sort(), [30, 31, 32, 33, 34]);
  const pixel = new Uint8Array(1);
  test.images.read(1, pixel, 0);
  assert.deepEqual([...pixel], [measured[1]]);
});

Deno.test("unusedSet() gives the same images each time, named by what they are", () => {
  const [first, again] = [unusedSet(SET), unusedSet(SET)];
  assert.deepEqual(first.test.labels, again.test.labels);
  assert.equal(first.measuredElsewhere!.id, again.measuredElsewhere!.id);
  const other = unusedSet({ ...SET, others: () => pixels([40, 41, 42, 43, 44]) });
  assert.notEqual(other.measuredElsewhere!.id, first.measuredElsewhere!.id);
});

Deno.test("unusedSet() refuses a setting that leaves nothing out, and says what to do", () => {
  assert.throws(() => unusedSet({ ...SET, others: "none" }), {
    name: "RangeError",
    message:
      'Cannot measure errors of pixels on unused images: found 0 that are in no part of setting "two", ' +
      'want a setting that leaves some out, such as "C-10K" of CIFAR-10, or split=validation',
  });
});
