import assert from "node:assert/strict";
import { type Rng, rngOf } from "../base/rng.ts";
import { toyImages } from "../testing/density_ratio.ts";
import { buildLabelRegressor, buildTypeClassifier, withTypes } from "./judges.ts";

/** A stream that costs nothing, where values do not matter. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};

Deno.test("the judges have the parameters of the reference for 64 x 64 images", () => {
  const options = { imageSize: 64, width: 1, rng: STILL } as const;
  for (
    const [network, wanted] of [
      [buildTypeClassifier({ ...options, types: 49 }), 21_306_353],
      [buildLabelRegressor(options), 21_364_033],
    ] as const
  ) {
    assert.equal(network.parameters.size, wanted);
    network.parameters.dispose();
  }
});

Deno.test("buildTypeClassifier() wants two types to tell apart", () => {
  const options = { imageSize: 32, width: 1 / 16, rng: rngOf(1), types: 1 } as const;
  assert.throws(() => buildTypeClassifier(options), /types = 1/);
});

Deno.test("withTypes() puts types in the place of labels and keeps the images", () => {
  const set = toyImages(3);
  const typed = withTypes(set, [4, 0, 2], 5);
  assert.equal(typed.images, set.images);
  assert.deepEqual([...typed.labels], [4, 0, 2]);
  assert.ok(typed.task.kind === "classification" && typed.task.classes === 5);
});

Deno.test("withTypes() refuses types that are missing, too many or unknown", () => {
  const set = toyImages(3);
  assert.throws(() => withTypes(set, [0, 1], 5), /found 2 types for 3 images/);
  for (const wrong of [5, -1, 0.5, NaN]) {
    assert.throws(() => withTypes(set, [0, wrong, 1], 5), {
      name: "RangeError",
      message: `Cannot label image 1 by type: found ${wrong}, want an integer from 0 to 4`,
    });
  }
});
