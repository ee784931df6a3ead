import assert from "node:assert/strict";
import { lossWeight, noiseLevels, preconditioning, SIGMA_DATA } from "./edm.ts";

/** Equal up to rounding of doubles. */
function assertClose(found: number, wanted: number) {
  assert.ok(
    Math.abs(found - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted)),
    `${found} ${wanted}`,
  );
}

Deno.test("preconditioning() has the values of the closed forms", () => {
  // σ = σ_d: half of the signal, and everything divided by √2.
  const { skip, out, input, noise } = preconditioning(SIGMA_DATA);
  assertClose(skip, 0.5);
  assertClose(out, 0.5 / Math.SQRT2);
  assertClose(input, Math.SQRT2);
  assertClose(noise, Math.log(0.5) / 4);
  // 3-4-5: σ = 0.375 and σ_d = 0.5 have the hypotenuse 0.625.
  const right = preconditioning(0.375);
  assertClose(right.skip, 0.64);
  assertClose(right.out, 0.3);
  assertClose(right.input, 1.6);
});

Deno.test("preconditioning() gives the network inputs and targets of variance 1 at every level", () => {
  for (const sigma of [0.002, 0.1, 0.5, 3, 80]) {
    for (const skipSigma of [undefined, 0.01, 0.1, SIGMA_DATA]) {
      const { skip, out, input } = preconditioning(sigma, skipSigma);
      // Of y + σ ε with Var y = σ_d².
      assertClose(input ** 2 * (SIGMA_DATA ** 2 + sigma ** 2), 1);
      // Of the target (y − c_skip (y + σ ε)) / c_out.
      assertClose(((1 - skip) ** 2 * SIGMA_DATA ** 2 + (skip * sigma) ** 2) / out ** 2, 1);
    }
  }
});

Deno.test("preconditioning() with a smaller skip hands on less of the noise, and predicts the image above it", () => {
  // σ = s: half of the noisy image; √(0.25 · 0.25 + 0.25 · 0.01) of what is left.
  const { skip, out } = preconditioning(0.1, 0.1);
  assertClose(skip, 0.5);
  assertClose(out, Math.sqrt(0.065));
  // Far above, F is the image in units of σ_d; far below, D is the noisy image.
  const far = preconditioning(50, 0.1);
  assert.ok(far.skip < 1e-5 && Math.abs(far.out - SIGMA_DATA) < 1e-5);
  assert.ok(preconditioning(0.001, 0.1).skip > 0.999);
});

Deno.test("lossWeight() is the reciprocal of the squared amplification of the network's errors", () => {
  for (const sigma of [0.002, 0.5, 80]) {
    assertClose(lossWeight(sigma) * preconditioning(sigma).out ** 2, 1);
  }
  assertClose(lossWeight(0.5), 8);
});

Deno.test("noiseLevels() falls from the largest to the smallest level and ends with 0", () => {
  const levels = noiseLevels({ steps: 18 });
  assert.equal(levels.length, 19);
  assertClose(levels[0]!, 80);
  assertClose(levels[17]!, 0.002);
  assert.equal(levels[18], 0);
  for (let i = 1; i < levels.length; i++) assert.ok(levels[i]! < levels[i - 1]!);
  // ρ = 1 spaces evenly; ρ = 7 spaces seventh roots evenly.
  assert.deepEqual(noiseLevels({ steps: 3, least: 1, most: 3, rho: 1 }), [3, 2, 1, 0]);
  assertClose(noiseLevels({ steps: 3 })[1]! ** (1 / 7), (80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2);
});

Deno.test("noiseLevels() refuses a single step and rising levels", () => {
  assert.throws(() => noiseLevels({ steps: 1 }), RangeError);
  assert.throws(() => noiseLevels({ steps: 4, least: 2, most: 1 }), {
    name: "RangeError",
    message:
      "Cannot lay out noise levels from 1 to 2 with rho 7: want falling positive levels and a positive rho",
  });
});
