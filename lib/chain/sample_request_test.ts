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
  assert.throws(() => labelOf(angles, 90), {
    message: "Cannot draw images of label 90: want a number from 0.1 to 89.9 degrees",
  });
  for (const bad of ["", " ", "x", NaN, Infinity]) {
    assert.throws(() => labelOf(angles, bad), RangeError);
  }
});
