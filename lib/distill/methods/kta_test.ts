import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, waves } from "../../testing/distill.ts";
import { affinityLoss, translationLoss } from "./kta.ts";

const SHAPE = [2, 2, 2, 3];
const maps = (kind: "student" | "teacher") => waves(kind, SHAPE) as tf.Tensor4D;

/** Values of a kind in float64, by image, position and channel. */
function entries(kind: "student" | "teacher"): number[][][] {
  const value = (i: number) => kind === "student" ? Math.sin(i + 1) : Math.cos(0.7 * (i + 1));
  return [0, 1].map((b) =>
    [0, 1, 2, 3].map((p) => [0, 1, 2].map((c) => value((b * 4 + p) * 3 + c)))
  );
}

function unit(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

Deno.test("translationLoss() is the mean difference of maps at unit length", () => {
  const [s, t] = [entries("student"), entries("teacher")];
  const gaps = s.flatMap((image, b) => {
    const other = unit(t[b]!.flat());
    return unit(image.flat()).map((value, i) => Math.abs(value - other[i]!));
  });
  const wanted = gaps.reduce((a, b) => a + b) / gaps.length;
  assertValue(translationLoss(maps("student"), maps("teacher")), wanted);
  const scaled = maps("student").mul<tf.Tensor4D>(tf.tensor4d([3, 0.5], [2, 1, 1, 1]));
  assertValue(translationLoss(scaled, maps("teacher")), wanted);
});

Deno.test("affinityLoss() is the distance of the matrices of positions, written out", () => {
  const [s, t] = [entries("student"), entries("teacher")];
  let wanted = 0;
  for (const b of [0, 1]) {
    for (const c of [0, 1, 2]) {
      const [u, v] = [s, t].map((all) => unit(all[b]!.map((position) => position[c]!)));
      let squared = 0;
      for (const i of [0, 1, 2, 3]) {
        for (const j of [0, 1, 2, 3]) {
          squared += ((u![i]! * u![j]! - v![i]! * v![j]!) / 4) ** 2;
        }
      }
      wanted += Math.sqrt(squared) / 2;
    }
  }
  assertValue(affinityLoss(maps("student"), maps("teacher")), wanted);
  // Where maps are equal, rounding of float32 is left under a root.
  assert.ok(affinityLoss(maps("teacher"), maps("teacher")).dataSync()[0]! < 1e-3);
});
