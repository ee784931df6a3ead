import assert from "node:assert/strict";
import type { NetworkShapes } from "./shapes.ts";
import { stagePairs } from "./stage_pairs.ts";

/** A stem, and stages of these sides. */
function network(...sides: number[]): NetworkShapes {
  return { taps: [64, ...sides].map((side) => [side, side, 4] as const), features: 4, outputs: 1 };
}

/** Teacher stages, by student stage. */
const teachers = (student: NetworkShapes, teacher: NetworkShapes) =>
  stagePairs("at", { student, teacher }).map(({ teacher }) => teacher);

Deno.test("stagePairs() pairs by position where networks have equally many stages", () => {
  assert.deepEqual(
    stagePairs("at", { student: network(8, 4), teacher: network(32, 16) }),
    [{ student: 1, teacher: 1 }, { student: 2, teacher: 2 }],
  );
  assert.deepEqual(teachers(network(2, 8, 4), network(16, 16, 1)), [1, 2, 3]);
});

// Sides of the networks of CIFAR-10 and of RC-49.
for (
  const [pair, student, teacher, wanted] of [
    ["VGG11 from ResNet-18", [32, 16, 8, 4, 2], [32, 16, 8, 4], [1, 2, 3, 4, 4]],
    ["ShuffleNetV2 from VGG13", [16, 8, 4], [32, 16, 8, 4, 2], [2, 3, 4]],
    ["ShuffleNetV2 from VGG16, 64 x 64", [8, 4, 2], [64, 32, 16, 8, 4], [3, 4, 5]],
    ["MobileNetV2 from VGG16, 64 x 64", [16, 8, 4, 2], [64, 32, 16, 8, 4], [2, 3, 4, 5]],
    ["five stages of one size from two", [4, 4, 4, 4, 4], [4, 4], [1, 2, 2, 2, 2]],
    ["one stage from three of its size", [4], [4, 4, 4], [3]],
  ] as const
) {
  Deno.test(`stagePairs() pairs ${pair} by size, in the order of depth`, () => {
    assert.deepEqual(teachers(network(...student), network(...teacher)), wanted);
  });
}

Deno.test("stagePairs() refuses a network without stages", () => {
  assert.throws(() => teachers(network(), network(4)), {
    name: "RangeError",
    message:
      'Cannot distil with "at": found 0 student and 1 teacher stages, want at least one on both sides',
  });
});
