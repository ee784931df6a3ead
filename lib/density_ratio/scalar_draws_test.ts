import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { ANGLES } from "../testing/tasks.ts";
import { indexLabels, vicinityOf } from "../gan/scalar_labels/vicinity.ts";
import { scalarDraws, type ScalarTargets } from "./scalar_draws.ts";
import { TOY_TASK } from "../testing/density_ratio.ts";

/** Images of the odd angles up to 4.9 degrees: one of 0.1, two of 0.3, three of 0.5, one of 0.7 … */
const SORTED = Array.from({ length: 25 }, (_, i) => new Array<number>(1 + i % 3).fill(2 * i + 1))
  .flat();
// Not in order of size: 5 has no divisor in common with their number, 49.
const LABELS = Float32Array.from(SORTED, (_, i) => SORTED[5 * i % 49]! / 10);
const SET = { labels: LABELS, task: ANGLES };

function drawMany(options: Partial<ScalarTargets>, batch = 3000) {
  const draws = scalarDraws(SET, { batch, ...options });
  return { draws, ...draws.draw(rngOf(1)) };
}

Deno.test("scalarDraws() takes distinct labels equally often, each with only its own images", () => {
  const { targets, real, weights, ranks, draws } = drawMany({}, 25_000);
  assert.equal(weights, undefined);
  assert.equal(draws.targets!.length, 25);
  const perLabel = new Map<number, number>();
  const perImage = new Map<number, number>();
  for (const [j, target] of targets.entries()) {
    // Exactly: float32 label against float32 label.
    assert.equal(LABELS[real[j]!], target);
    assert.equal(draws.targets![ranks![j]!], target);
    perLabel.set(target, (perLabel.get(target) ?? 0) + 1);
    perImage.set(real[j]!, (perImage.get(real[j]!) ?? 0) + 1);
  }
  // 1,000 expected of each label, however many images it has; standard deviation 31.
  assert.equal(perLabel.size, 25);
  for (const count of perLabel.values()) assert.ok(Math.abs(count - 1000) < 150, `${count} draws`);
  assert.equal(perImage.size, LABELS.length);
  for (const [image, count] of perImage) {
    const sharers = LABELS.filter((label) => label === LABELS[image]).length;
    assert.ok(Math.abs(count - 1000 / sharers) < 150, `${count} draws of image ${image}`);
  }
});

Deno.test("scalarDraws() draws the same for the same stream, whatever came before", () => {
  const draws = scalarDraws(SET, { batch: 20 });
  const first = draws.draw(rngOf(1, 5));
  draws.draw(rngOf(1, 6));
  assert.deepEqual(draws.draw(rngOf(1, 5)), first);
  assert.notDeepEqual(draws.draw(rngOf(1, 6)), first);
});

/** The obvious way: every image, one after the other. */
function membersOf(target: number, radius: number): number[] {
  const units = (label: number) => Number(label.toPrecision(6)) / 90;
  return [...LABELS.keys()].filter((i) => Math.abs(units(LABELS[i]!) - units(target)) <= radius);
}

for (const kind of ["hard", "soft"] as const) {
  Deno.test(`scalarDraws() agrees with a slow search in a ${kind} vicinity, for labels in between`, () => {
    // The paper's rule: κ of two gaps of 0.2 degrees.
    const { radius, nu, kappa } = vicinityOf(indexLabels(LABELS, ANGLES), { kind });
    assert.ok(Math.abs(kappa * 90 - 0.4) < 1e-9);
    const wanted = [0.1, 0.2, 1, 1.1, 4.9];
    const { targets, real, weights } = drawMany({ targets: wanted, vicinity: { radius, nu } });
    for (const target of wanted) {
      const label = Math.fround(target);
      const slow = membersOf(label, radius);
      const at = [...targets.keys()].filter((j) => targets[j] === label);
      assert.ok(at.length > 450, `${at.length} draws of ${target}`);
      const found = [...new Set(at.map((j) => real[j]!))].sort((a, b) => a - b);
      assert.deepEqual(found, slow);
      for (const j of at) {
        const distance = (Number(LABELS[real[j]!]!.toPrecision(6)) - target) / 90;
        const weight = kind === "hard" ? undefined : Math.exp(-((distance / kappa) ** 2));
        if (weight === undefined) assert.equal(weights, undefined);
        else assert.ok(Math.abs(weights![j]! - weight) < 1e-6 && weights![j]! >= 0.999e-3);
      }
    }
  });
}

Deno.test("scalarDraws() draws uniform labels again until a real image is near", () => {
  const { targets, real, ranks, draws } = drawMany({
    targets: "uniform",
    vicinity: { radius: 0.5 / 90 },
  });
  assert.equal(ranks, undefined);
  assert.equal(draws.targets, undefined);
  // Images lie between 0.1 and 4.9 of 89.9 degrees.
  assert.ok(targets.every((target) => target >= 0.1 && target <= 5.4));
  assert.ok(targets.some((target) => target > 5));
  for (const [j, target] of targets.entries()) {
    assert.ok(Math.abs(LABELS[real[j]!]! - target) <= 0.5 + 1e-5);
  }
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  assert.ok(Math.abs(mean - 2.75) < 0.15, `mean ${mean}`);
});

Deno.test("scalarDraws() names a label without a real image", () => {
  assert.throws(() => drawMany({ targets: [0.1, 0.2] }), {
    name: "RangeError",
    message:
      "Cannot fit a density ratio for label 0.2 degrees: found no real image with exactly this " +
      "label, want at least one; leave the label out or widen the vicinity",
  });
  assert.throws(() => drawMany({ targets: [4.9, 6], vicinity: { radius: 1 / 90 } }), {
    name: "RangeError",
    message: "Cannot fit a density ratio for label 6 degrees: found no real image within 1 " +
      "degrees, want at least one; leave the label out or widen the vicinity",
  });
  // Nobody hits 25 single points.
  assert.throws(() => drawMany({ targets: "uniform", vicinity: { radius: 0 } }, 1), {
    name: "RangeError",
    message: "Cannot draw a label between 0.1 and 89.9 degrees: found none with a real image " +
      "within 0 degrees in 100000 redraws, want one; widen the vicinity",
  });
});

Deno.test("scalarDraws() refuses classes, labels out of range and vicinities that make no sense", () => {
  assert.throws(() => scalarDraws({ labels: new Float32Array(3), task: TOY_TASK }, { batch: 2 }), {
    name: "TypeError",
  });
  assert.throws(() => drawMany({ targets: [0.1, 95] }), {
    name: "RangeError",
    message: "Cannot use the label of image 1: found 95 degrees, want 0.1 to 89.9",
  });
  assert.throws(() => drawMany({ vicinity: { radius: -1 } }), {
    message: "Cannot use radius = -1: want a finite number of at least 0",
  });
  assert.throws(() => drawMany({ vicinity: { radius: 1, nu: 0 } }), {
    message: "Cannot use nu = 0: want a finite number above 0",
  });
});
