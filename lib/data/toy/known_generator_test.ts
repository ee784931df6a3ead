import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { drawKnownFakes, knownTerms } from "./known_generator.ts";
import { MIXTURE_TASK, toyMixture } from "./mixture.ts";

const near = (actual: number, wanted: number, tolerance = 1e-3) =>
  assert.ok(Math.abs(actual - wanted) < tolerance, `found ${actual}, want ${wanted}`);

Deno.test("knownTerms() equals closed forms: no fault, and dropped components six deviations apart", () => {
  const none = knownTerms({ dropped: 0, labelNoise: 0 });
  near(none.totalVariation, 0);
  near(none.totalVariationWithLabels, 0);
  for (const dropped of [0.3, 0.7, 1]) {
    // Weights (1 − d)/(2 − d) and 1/(2 − d) in place of ½ and ½.
    near(
      knownTerms({ dropped, labelNoise: 0 }).totalVariationWithLabels,
      dropped / (2 * (2 - dropped)),
      5e-3,
    );
  }
});

Deno.test("knownTerms(): label noise leaves images alone and adds to the label term", () => {
  const none = knownTerms({ dropped: 0, labelNoise: 0 });
  const noisy = knownTerms({ dropped: 0, labelNoise: 0.4 });
  near(noisy.totalVariation, 0);
  // Right labels go wrong, and half of the wrong ones go right: Λ + η (1 − Λ) − η Λ / 2.
  const { labelTerm } = none;
  near(noisy.labelTerm, labelTerm + 0.4 * (1 - labelTerm) - 0.4 * labelTerm / 2);
  assert.ok(noisy.totalVariationWithLabels > 0.3);
  assert.throws(() => knownTerms({ dropped: 2, labelNoise: 0 }), {
    name: "RangeError",
    message: "Cannot draw fakes with dropped = 2: want a number in [0, 1]",
  });
});

Deno.test("drawKnownFakes() has the faults that are set", () => {
  const set = drawKnownFakes({ dropped: 1, labelNoise: 0.3 }, { count: 3000, size: 8 }, rngOf(1));
  const wrong = set.labels.filter((label, i) => label !== i % MIXTURE_TASK.classes).length / 3000;
  near(wrong, 0.3, 0.03);
  const pixels = new Uint8Array(3 * 64);
  // The disc's red of the second component, 0.65, in every image.
  const reds = Array.from({ length: 300 }, (_, i) => {
    set.images.read(i, pixels, 0);
    return pixels[3 * (4 * 8 + 4)]!;
  });
  assert.ok(Math.min(...reds) > 0.45 * 255);
});

Deno.test("toyMixture() has balanced labels; images neither repeat nor depend on the counts", () => {
  const { train, test, subtrain, subvalid } = toyMixture({ perClass: 5, testPerClass: 2, size: 8 });
  assert.deepEqual([...test.labels], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([subtrain.length, subvalid.length], [12, 3]);
  const more = toyMixture({ perClass: 9, testPerClass: 2, size: 8 }).train;
  const [a, b] = [new Uint8Array(192), new Uint8Array(192)];
  const seen = new Set<string>();
  for (let i = 0; i < 15; i++) {
    train.images.read(i, a, 0);
    more.images.read(i, b, 0);
    assert.deepEqual(a, b);
    seen.add(String(a));
  }
  assert.equal(seen.size, 15);
});
