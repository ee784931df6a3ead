import assert from "node:assert/strict";
import { labelOf } from "./sample_request.ts";

Deno.test("labelOf() refuses what is no class or out of range, and says what is wanted", () => {
  const classes = { kind: "classification", classes: 2, classNames: ["cat", "dog"] } as const;
  assert.equal(labelOf(classes, "dog"), 1);
  assert.equal(labelOf(classes, "0"), 0);
  assert.throws(() => labelOf(classes, "dgo"), {
    name: "RangeError",
    message:
      'Cannot draw images of "dgo": want a class by its number in [0, 1] or its name (cat, dog); did you mean "dog"?',
  });
  for (const bad of [2, -1, 0.5, "", NaN]) assert.throws(() => labelOf(classes, bad), RangeError);
  const angles = {
    kind: "regression",
    minimum: 0.1,
    maximum: 89.9,
    scale: 90,
    unit: "degrees",
    labels: [],
  } as const;
  assert.equal(labelOf(angles, "35.5"), 35.5);
  // As loaders keep them: 0.1 lies below what float32 makes of it, and 89.7 above.
  const kept = { ...angles, minimum: Math.fround(0.1), maximum: Math.fround(89.7) };
  assert.ok(kept.minimum > 0.1 && kept.maximum < 89.7);
  for (const end of [0.1, 89.7]) assert.equal(labelOf(kept, `${end}`), end);
  assert.throws(() => labelOf(kept, 89.8), {
    message: "Cannot draw images of label 89.8: want a number from 0.1 to 89.7 degrees",
  });
  assert.throws(() => labelOf(angles, 90), {
    message: "Cannot draw images of label 90: want a number from 0.1 to 89.9 degrees",
  });
  for (const bad of ["", " ", "x", NaN, Infinity]) {
    assert.throws(() => labelOf(angles, bad), RangeError);
  }
});
