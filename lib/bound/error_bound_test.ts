import assert from "node:assert/strict";
import { type Rng, rngOf } from "../base/rng.ts";
import {
  allowedGaps,
  boundChange,
  boundChanges,
  type BoundInputs,
  boundTerms,
} from "./error_bound.ts";
import { bestThreshold, thresholdComplexity, type ThresholdStudent } from "./threshold_students.ts";
import { normalTails } from "../base/distributions.ts";

const INPUTS: BoundInputs = {
  real: 1000,
  fakes: 3000,
  rademacher: (n) => 0.5 / Math.sqrt(n),
  totalVariation: 0.2,
  labelTerm: 0.1,
};

Deno.test("boundTerms() equals the formula by hand", () => {
  const terms = boundTerms({ ...INPUTS, greatestLoss: 2, delta: 0.1, optimisation: 0.01 });
  const wanted = {
    complexity: 4 * 0.5 / Math.sqrt(4000),
    confidence: 4 * Math.sqrt(Math.log(20) / 8000),
    distribution: 2 * 0.75 * 2 * 0.2,
    label: 2 * 0.75 * 0.1,
    optimisation: 0.01,
    gap: 0.5,
  };
  for (const [name, value] of Object.entries(wanted)) {
    assert.ok(Math.abs(terms[name as keyof typeof wanted] - value) < 1e-12, name);
  }
  const { complexity, confidence, distribution, label, optimisation, total } = terms;
  const sum = complexity + confidence + distribution + label + optimisation;
  assert.ok(Math.abs(sum - total) < 1e-12);
});

Deno.test("boundTerms() at M = 0 has only complexity, confidence and optimisation", () => {
  const { total } = boundTerms({ ...INPUTS, fakes: 0, optimisation: 0.02 });
  const wanted = 4 * INPUTS.rademacher(1000) + 2 * Math.sqrt(Math.log(40) / 2000) + 0.02;
  assert.ok(Math.abs(total - wanted) < 1e-12);
});

Deno.test("boundTerms() does not depend on the share of fakes where p_g is p_r", () => {
  const equal = { ...INPUTS, totalVariation: 0, labelTerm: 0 };
  const mixed = boundTerms({ ...equal, real: 500, fakes: 500 });
  assert.equal(mixed.total, boundTerms({ ...equal, real: 1000, fakes: 0 }).total);
});

Deno.test("boundTerms() falls with n where Δ is 0 and rises with Δ", () => {
  const at = (changes: Partial<BoundInputs>) => boundTerms({ ...INPUTS, ...changes }).total;
  const perfect = { totalVariation: 0, labelTerm: 0 };
  const falling = [0, 100, 1000, 10_000].map((fakes) => at({ ...perfect, fakes }));
  const rising = [0, 0.1, 0.5, 1].map((totalVariation) => at({ totalVariation }));
  const risingToo = [0, 0.1, 0.5, 1].map((labelTerm) => at({ labelTerm }));
  for (let i = 1; i < 4; i++) {
    assert.ok(falling[i]! < falling[i - 1]! && falling[i]! > 0);
    assert.ok(rising[i]! > rising[i - 1]!);
    assert.ok(risingToo[i]! > risingToo[i - 1]!);
  }
});

Deno.test("boundTerms() says when it is vacuous and refuses negative terms", () => {
  assert.equal(boundTerms({ ...INPUTS, totalVariation: 1 }).isVacuous, true);
  assert.equal(boundTerms({ ...INPUTS, totalVariation: 0 }).isVacuous, false);
  assert.throws(() => boundTerms({ ...INPUTS, labelTerm: -0.1 }), {
    message: "Cannot bound the error: found labelTerm -0.1, want at least 0",
  });
  assert.throws(() => boundTerms({ ...INPUTS, real: 0 }), RangeError);
});

Deno.test("allowedGaps() are where what fakes change adds up to nothing", () => {
  const [real, fakes, b] = [10_000, 20_000, 7];
  const { threshold, limit } = allowedGaps({ real, fakes, b });
  const at = (totalVariation: number, count: number) =>
    boundTerms({
      real,
      fakes: count,
      rademacher: (n) => b / (4 * Math.sqrt(n)),
      totalVariation,
      labelTerm: 0,
    });
  const change = (gap: number, count: number) =>
    boundChanges(at(gap, count), at(0, 0)).reduce((sum, row) => sum + row.change, 0);
  assert.ok(Math.abs(change(threshold, fakes)) < 1e-12);
  assert.ok(change(0.99 * threshold, fakes) < 0 && change(1.01 * threshold, fakes) > 0);
  assert.equal(limit, 7 / 200);
  assert.ok(Math.abs(allowedGaps({ real, fakes: 1e12, b }).threshold - limit) < 1e-5);
  assert.throws(() => allowedGaps({ real: 0, fakes, b }), {
    name: "RangeError",
    message: "Cannot use N = 0: want an integer of at least 1",
  });
});

/**
 * A problem in which every term is known: x is drawn from N(±1, 1) with y its sign (real), from
 * N(±1 + shift, 1) for fakes, whose labels are flipped with probability η. Students are f(x) = s when
 * x > t, else −s; the best of them on a sample is found by sorting, so ε_opt is 0.
 */
const normalCdf = (z: number) => z >= 0 ? 1 - normalTails(z) / 2 : normalTails(z) / 2;

interface Sample {
  readonly x: Float64Array;
  readonly y: Int8Array;
}

function draw(real: number, fakes: number, { shift, eta }: Simulated, rng: Rng): Sample {
  const x = new Float64Array(real + fakes);
  const y = new Int8Array(real + fakes);
  for (let i = 0; i < x.length; i++) {
    const isFake = i >= real;
    const label = rng.uniform() < 0.5 ? 1 : -1;
    x[i] = label + rng.normal() + (isFake ? shift : 0);
    // The true label given x, as p_r has it, and then the flip.
    const given = isFake ? (rng.uniform() < 1 / (1 + Math.exp(-2 * x[i]!)) ? 1 : -1) : label;
    y[i] = isFake && rng.uniform() < eta ? -given : given;
  }
  return { x, y };
}

interface Simulated {
  readonly shift: number;
  readonly eta: number;
}

/** R(f) under real data. */
function risk({ threshold, sign }: ThresholdStudent): number {
  const error = (normalCdf(threshold - 1) + 1 - normalCdf(threshold + 1)) / 2;
  return sign === 1 ? error : 1 - error;
}

/** TV of the two mixtures by the midpoint rule. */
function mixtureTotalVariation(shift: number): number {
  const density = (x: number) =>
    (Math.exp(-((x - 1) ** 2) / 2) + Math.exp(-((x + 1) ** 2) / 2)) / 2;
  let sum = 0;
  for (let x = -12; x < 12; x += 0.01) sum += Math.abs(density(x) - density(x - shift));
  return 0.01 * sum / 2 / Math.sqrt(2 * Math.PI);
}

for (
  const { shift, eta, real, fakes } of [
    { shift: 0, eta: 0, real: 200, fakes: 0 },
    { shift: 0.5, eta: 0.1, real: 100, fakes: 300 },
    { shift: 3, eta: 0.3, real: 50, fakes: 1000 },
    { shift: 0, eta: 0.9, real: 100, fakes: 4000 },
  ]
) {
  const cell = `shift ${shift}, label noise ${eta}, ${real} real, ${fakes} fake`;
  Deno.test(`boundTerms() holds in a simulated problem: ${cell}`, () => {
    const delta = 0.05;
    const complexity = thresholdComplexity(real + fakes, rngOf(11, shift, eta));
    const terms = boundTerms({
      real,
      fakes,
      delta,
      rademacher: () => complexity,
      totalVariation: mixtureTotalVariation(shift),
      labelTerm: eta,
    });
    const least = risk({ threshold: 0, sign: 1 });
    let held = 0;
    let held0 = 0;
    for (let run = 0; run < 500; run++) {
      const student = bestThreshold(draw(real, fakes, { shift, eta }, rngOf(12, shift, eta, run)));
      const excess = risk(student) - least;
      assert.ok(excess >= -1e-12);
      if (excess <= terms.total) held++;
      if (excess <= terms.complexity + terms.confidence) held0++;
    }
    assert.ok(held >= (1 - delta) * 500, `held in ${held} of 500 runs`);
    // Wrong labels beyond one half teach the opposite: without its last terms the bound would be false.
    if (eta > 0.5) assert.ok(held0 < 25, `held without Δ in ${held0} of 500 runs`);
  });
}

Deno.test("a share of fakes in each batch weighs images by it, and n is one over the sum of squared weights", () => {
  const counts = { real: 10_000, fakes: 40_000, b: 18 };
  // The share that they have in the set anyway changes nothing.
  const own = { ...counts, share: 0.8 };
  const near = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) < 1e-12, `found ${found}, want ${wanted}`);
  near(allowedGaps(own).threshold, allowedGaps(counts).threshold);
  near(boundChange({ ...own, gap: 0.3 }), boundChange({ ...counts, gap: 0.3 }));
  // 3/4 on 10,000 and 1/4 on 40,000.
  const quarter = { ...counts, share: 0.25 };
  const n = 1 / (10_000 * (0.75 / 10_000) ** 2 + 40_000 * (0.25 / 40_000) ** 2);
  const { threshold, limit } = allowedGaps(quarter);
  near(threshold, (18 / 100 - 18 / Math.sqrt(n)) / 0.5);
  near(limit, 0.09);
  near(boundChange({ ...quarter, gap: threshold }), 0);
  const terms = boundTerms({ ...INPUTS, ...quarter });
  near(terms.complexity, 4 * 0.5 / Math.sqrt(n));
  near(terms.distribution, 2 * 0.25 * 0.2);
  assert.throws(() => allowedGaps({ ...counts, share: 1 }), {
    name: "RangeError",
    message: /found a share of fakes of 1, want one in \(0, 1\)/,
  });
});
