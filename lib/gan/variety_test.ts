import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../base/contracts.ts";
import { collapseWarning, varietyOf } from "./variety.ts";

/** Images of two pixels for labels 0, 0, 1, 1, each of one grey level. */
function imagesOf(...levels: number[]): LabelledImages {
  const pixels = Uint8Array.from(levels.flatMap((level) => Array(6).fill(level)));
  return {
    images: imagesInMemory(pixels, { height: 2, width: 1, channels: 3 }),
    labels: Float32Array.from(levels, (_, i) => i >> 1),
    task: { kind: "classification", classes: 2, classNames: ["a", "b"] },
    origin: "real",
  };
}

Deno.test("varietyOf() is the spread of fakes over that of real images of one label", () => {
  const real = imagesOf(0, 100, 200, 100);
  assert.equal(varietyOf(real, real), 1);
  assert.equal(varietyOf(imagesOf(0, 20, 90, 110), real), 0.2);
  // Other labels do not count as variety, and equal fakes are not passed over as copies of real images are.
  assert.equal(varietyOf(imagesOf(7, 7, 250, 250), real), 0);
  assert.equal(varietyOf(imagesOf(7, 7, 90, 110), real), 0.1);
  assert.equal(varietyOf(imagesOf(1), real), undefined);
  assert.equal(varietyOf(real, imagesOf(5)), undefined);
});

Deno.test("collapseWarning() speaks below a tenth of the real images' variety", () => {
  assert.match(collapseWarning(0)!, /differ by 0\.0 % of what real images do: .* gan\.diversity$/);
  assert.match(collapseWarning(0.099)!, /differ by 9\.9 %/);
  assert.equal(collapseWarning(0.1), undefined);
  assert.equal(collapseWarning(undefined), undefined);
});
