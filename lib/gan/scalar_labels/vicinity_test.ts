import assert from "node:assert/strict";
import { type Rng, rngOf } from "../../base/rng.ts";
import { AGES, ANGLES } from "../../testing/tasks.ts";
import {
  drawTargets,
  drawVicinities,
  indexLabels,
  kappaRule,
  membersWithin,
  sigmaRule,
  vicinalWeight,
  type Vicinity,
  vicinityOf,
} from "./vicinity.ts";

/** The 450 angles whose last digit is odd, `each` times, as the data set keeps them. */
function oddAngles(each: number): Float32Array {
  return Float32Array.from({ length: 450 * each }, (_, i) => (2 * (i % 450) + 1) / 10);
}

function assertClose(found: number, wanted: number, tolerance: number): void {
  assert.ok(Math.abs(found - wanted) <= tolerance, `found ${found}, want ${wanted}`);
}

Deno.test("vicinityOf() gives the checklist's numbers for RC-49", () => {
  const expected = [[25, 0.04737, 0.0473678], [15, 0.05246, 0.0524630], [5, 0.06535, 0.0653548]];
  for (const [each, listed, exact] of expected as [number, number, number][]) {
    const soft = vicinityOf(indexLabels(oddAngles(each), ANGLES), { kind: "soft" });
    assert.equal(Number(soft.sigma.toFixed(5)), listed);
    assert.equal(Number(soft.sigma.toFixed(7)), exact);
    assertClose(soft.nu!, 50_625, 1e-6);
    assert.equal(Number(soft.radius.toFixed(6)), 0.011681);
    assert.equal(Number(soft.radius.toFixed(7)), 0.0116812);
    assert.equal(Number((soft.radius * 90).toFixed(4)), 1.0513);
  }
  const hard = vicinityOf(indexLabels(oddAngles(5), ANGLES), { kind: "hard" });
  assertClose(hard.kappa, 0.4 / 90, 1e-12);
  assert.equal(hard.radius, hard.kappa);
  assert.equal(hard.nu, undefined);
});

Deno.test("vicinityOf() gives the checklist's numbers for UTKFace with every age", () => {
  const ages = Float32Array.from({ length: 6000 }, (_, i) => i % 60 + 1);
  const { sigma, nu, radius } = vicinityOf(indexLabels(ages, AGES), { kind: "soft" });
  assertClose(nu!, 900, 1e-9);
  assert.equal(Number(radius.toFixed(5)), 0.08761);
  assert.equal(Number((radius * 60).toFixed(4)), 5.2565);
  // 15,149 images: sigma = 0.14586 · 1.06 · std (method specification 2.4).
  assertClose(15_149 ** -0.2, 0.14586, 5e-6);
  // Ages 1 to 60 in equal shares have variance (60² − 1) / 12.
  assertClose(sigma, 1.06 * Math.sqrt(3599 / 12) / 60 * 6000 ** -0.2, 1e-12);
});

Deno.test("sigmaRule() and kappaRule() follow the formula on labels worked by hand", () => {
  // Labels 6, 6, 12, 30 of 60: 0.1, 0.1, 0.2, 0.5; mean 0.225, squares 0.1075 / 4 to the mean.
  const index = indexLabels([30, 6, 12, 6], AGES);
  assert.deepEqual([...index.distinct], [0.1, 0.2, 0.5]);
  assert.deepEqual([...index.order], [1, 3, 2, 0]);
  assert.deepEqual([...index.sorted], [0.1, 0.1, 0.2, 0.5]);
  assertClose(sigmaRule(index), 1.06 * Math.sqrt(0.026875) * 4 ** -0.2, 1e-12);
  assertClose(kappaRule(index), 0.6, 1e-12);
  assertClose(kappaRule(index, 1), 0.3, 1e-12);
  const { kappa, radius, sigma } = vicinityOf(index, { kind: "hard", sigma: 0, kappa: 0.05 });
  assert.deepEqual([kappa, radius, sigma], [0.05, 0.05, 0]);
});

Deno.test("indexLabels() restores the decimals that float32 rounds", () => {
  const labels = Float32Array.from([89.9, 0.1, 33.3, 1 / 3]);
  const { distinct } = indexLabels(labels, ANGLES);
  // A third has no decimal of seven digits that float32 would keep: it stays as it is.
  assert.deepEqual([...distinct], [0.1 / 90, Math.fround(1 / 3) / 90, 33.3 / 90, 89.9 / 90]);
});

Deno.test("vicinalWeight() falls to the least weight at the radius of a soft vicinity", () => {
  const index = indexLabels([6, 12, 30], AGES);
  for (const leastWeight of [1e-3, 0.5]) {
    const soft = vicinityOf(index, { kind: "soft", leastWeight });
    assertClose(vicinalWeight(soft, soft.radius), leastWeight, 1e-12);
    assertClose(vicinalWeight(soft, -soft.radius), leastWeight, 1e-12);
    assert.equal(vicinalWeight(soft, 0), 1);
    assertClose(vicinalWeight(soft, soft.kappa), Math.exp(-1), 1e-12);
  }
  assert.equal(vicinalWeight(vicinityOf(index, { kind: "hard" }), 0.123), 1);
});

/** Every image within the radius, by looking at each of them. */
function slowMembers(labels: readonly number[], target: number, radius: number): number[] {
  return labels.flatMap((label, i) => Math.abs(label - target) <= radius ? [i] : []);
}

Deno.test("membersWithin() holds exactly the images that a scan of all labels finds", () => {
  const rng = rngOf(3);
  const labels = Float32Array.from({ length: 400 }, () => Math.round(rng.integer(899) + 1) / 10);
  const index = indexLabels(labels, ANGLES);
  const unit = Array.from(labels, (label) => Number(label.toPrecision(7)) / 90);
  const targets = Array.from({ length: 300 }, () => 1.2 * rng.uniform() - 0.1);
  // Targets on labels and radii that end on labels, where one unit in the last place decides.
  targets.push(...unit.slice(0, 100));
  for (const radius of [0, 1e-20, 0.1 / 90, 0.4 / 90, 0.0116812, 0.3, 2]) {
    for (const target of targets) {
      const { start, end } = membersWithin(index, target, radius);
      const found = [...index.order.slice(start, end)].sort((a, b) => a - b);
      assert.deepEqual(found, slowMembers(unit, target, radius));
    }
  }
});

/** The specification's five lines, word by word, over plain arrays. */
function slowDraw(labels: readonly number[], vicinity: Vicinity, batch: number, rng: Rng) {
  const distinct = [...new Set(labels)].sort((a, b) => a - b);
  const { kind, sigma, radius, nu } = vicinity;
  return Array.from({ length: batch }, () => {
    const base = distinct[rng.integer(distinct.length)]!;
    let target: number;
    let near: number[];
    do {
      target = base + sigma * rng.normal();
      near = slowMembers(labels, target, radius);
    } while (near.length === 0);
    near.sort((a, b) => labels[a]! - labels[b]! || a - b);
    const real = near[rng.integer(near.length)]!;
    const low = Math.max(0, target - radius);
    const fake = low + (Math.min(1, target + radius) - low) * rng.uniform();
    const weight = (label: number) => kind === "hard" ? 1 : Math.exp(-nu! * (label - target) ** 2);
    return { target, real, fake, realWeight: weight(labels[real]!), fakeWeight: weight(fake) };
  });
}

for (const kind of ["soft", "hard"] as const) {
  Deno.test(`drawVicinities() agrees with the slow, obvious draw in ${kind} vicinities`, () => {
    const cases = [
      { labels: oddAngles(5), task: ANGLES, options: {} },
      // A gap in the middle that no image fills, seldom ages, and a narrow vicinity: many redraws.
      { labels: [1, 1, 2, 3, 3, 3, 40, 41, 60], task: AGES, options: { kappa: 0.02, sigma: 0.2 } },
    ];
    for (const { labels, task, options } of cases) {
      const index = indexLabels(labels, task);
      const vicinity = vicinityOf(index, { kind, ...options });
      const unit = Array.from(labels, (label) => Number(label.toPrecision(7)) / task.scale);
      const slow = slowDraw(unit, vicinity, 200, rngOf(5, "draw"));
      const fast = drawVicinities(index, vicinity, { batch: 200, rng: rngOf(5, "draw") });
      assert.deepEqual([...fast.targets], slow.map(({ target }) => target));
      assert.deepEqual([...fast.real], slow.map(({ real }) => real));
      assert.deepEqual([...fast.fake], slow.map(({ fake }) => fake));
      assert.deepEqual(
        [...fast.realWeights],
        slow.map(({ realWeight }) => Math.fround(realWeight)),
      );
      assert.deepEqual(
        [...fast.fakeWeights],
        slow.map(({ fakeWeight }) => Math.fround(fakeWeight)),
      );
      assert.ok(fast.fake.every((label) => label >= 0 && label <= 1));
      if (kind === "soft") {
        assert.ok(slow.some(({ target }) => target < 0 || target > 1), "some targets lie outside");
        assert.ok(fast.realWeights.every((weight) => weight >= 0.999e-3 && weight <= 1));
        assert.ok(new Set(fast.realWeights).size > 100);
      } else assert.ok(fast.realWeights.every((weight) => weight === 1));
    }
  });
}

Deno.test("drawVicinities() draws base labels alike, however many images they have", () => {
  // 1 image of age 10 beside 99 of age 50; sigma 0 keeps targets on their base labels.
  const ages = Float32Array.from({ length: 100 }, (_, i) => i === 7 ? 10 : 50);
  const index = indexLabels(ages, AGES);
  const vicinity = vicinityOf(index, { kind: "hard", sigma: 0, kappa: 0.01 });
  const { targets, real } = drawVicinities(index, vicinity, { batch: 2000, rng: rngOf(6) });
  const young = targets.filter((target) => target === 10 / 60).length;
  // Standard deviation 22.
  assert.ok(young > 900 && young < 1100, `found ${young} of 2000`);
  targets.forEach((target, j) => assert.equal(real[j] === 7, target === 10 / 60));
  // The images of a vicinity are drawn alike too: 1000 draws of 99 images miss few of them.
  assert.ok(new Set(real).size > 95);
});

Deno.test("drawTargets() draws b + ε without asking for images", () => {
  const index = indexLabels([1, 60], AGES);
  const vicinity = vicinityOf(index, { kind: "hard", sigma: 0.2, kappa: 1e-9 });
  const targets = drawTargets(index, vicinity, { batch: 4000, rng: rngOf(7) });
  const low = targets.filter((target) => target < 0.5).map((target) => target - 1 / 60);
  assert.ok(Math.abs(low.length - 2000) < 200, `found ${low.length}`);
  const kept = low.filter((noise) => Math.abs(noise) < 0.2).length / low.length;
  // 68.3 % lie within one sigma; a few of the lower half are cut off at 2.4 sigma.
  assertClose(kept, 0.683, 0.05);
  const again = drawTargets(index, vicinity, { batch: 4000, rng: rngOf(7) });
  assert.deepEqual(targets, again);
});

Deno.test("drawVicinities() costs the same in large sets as in small ones", () => {
  const seconds = [2_000, 200_000].map((count) => {
    const index = indexLabels(Float32Array.from({ length: count }, (_, i) => i % 60 + 1), AGES);
    const vicinity = vicinityOf(index, { kind: "soft" });
    drawVicinities(index, vicinity, { batch: 2000, rng: rngOf(8) });
    const times = [1, 2, 3].map((seed) => {
      const start = performance.now();
      drawVicinities(index, vicinity, { batch: 2000, rng: rngOf(seed) });
      return performance.now() - start;
    });
    return Math.min(...times);
  });
  // A scan would take a hundred times as long; log N is 1.5 times as much, and memory is slower.
  assert.ok(seconds[1]! < 15 * seconds[0]! + 5, `found ${seconds} ms`);
});

Deno.test("drawVicinities() gives up on a vicinity that stays empty, and says what to change", () => {
  const index = indexLabels([6, 12, 30], AGES);
  const vicinity = vicinityOf(index, { kind: "hard", sigma: 0.1, kappa: 1e-20 });
  assert.throws(() => drawVicinities(index, vicinity, { batch: 1, rng: rngOf(1) }), {
    name: "RangeError",
    message: /^Cannot draw a target near label (6|12|30) years: found no training label within /,
  });
  assert.throws(
    () => drawVicinities(index, vicinity, { batch: 1, rng: rngOf(1) }),
    /the radius of 6e-19 years in 10000 redraws .*\(sigma 6 years\), want one; raise kappa or lower/,
  );
  // Without noise the base label itself is in its vicinity, however narrow.
  const exact = vicinityOf(index, { kind: "hard", sigma: 0, kappa: 1e-20 });
  const { targets, real } = drawVicinities(index, exact, { batch: 50, rng: rngOf(1) });
  targets.forEach((target, j) => assert.equal(target, [0.1, 0.2, 0.5][real[j]!]));
});

Deno.test("vicinities refuse tasks, labels and numbers that cannot be", () => {
  const classes = { kind: "classification", classes: 2, classNames: ["a", "b"] } as const;
  assert.throws(() => indexLabels([0, 1], classes), { name: "TypeError", message: /regression$/ });
  assert.throws(() => indexLabels([], AGES), { name: "RangeError", message: /no labels/ });
  assert.throws(() => indexLabels([5, 61], AGES), {
    name: "RangeError",
    message: "Cannot use the label of image 1: found 61 years, want 1 to 60",
  });
  for (const bad of [0.5, NaN, -Infinity]) {
    assert.throws(() => indexLabels([bad], AGES), { name: "RangeError" });
  }
  const index = indexLabels([6, 12, 30], AGES);
  for (const sigma of [NaN, Infinity, -0.1]) {
    assert.throws(() => vicinityOf(index, { kind: "soft", sigma }), /Cannot use sigma/);
  }
  for (const kappa of [NaN, Infinity, 0, -2]) {
    assert.throws(() => vicinityOf(index, { kind: "hard", kappa }), /Cannot use kappa/);
  }
  assert.throws(() => vicinityOf(index, { kind: "soft", leastWeight: 0 }), /leastWeight/);
  assert.throws(() => vicinityOf(indexLabels([6, 6], AGES), { kind: "soft" }), /largest gap/);
  const vicinity = vicinityOf(index, { kind: "soft" });
  assert.throws(() => drawVicinities(index, vicinity, { batch: 0, rng: rngOf(1) }), /batch/);
});
