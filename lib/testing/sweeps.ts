/** Ablations as if they had been run, for tests of their table and their chart. */
import { type Ablation, WITHOUT_FAKES } from "../ablations/ablation.ts";
import type { PointBound, Sweep, SweepPoint } from "../ablations/sweep.ts";
import { cifar10 } from "../experiments/cifar10.ts";

/** Points of a sweep: errors by seed at each label. */
export function pointsOf(
  errors: Readonly<Record<string, readonly (number | undefined)[]>>,
  valueOf: (place: number) => number | undefined,
  boundOf: (place: number) => PointBound | undefined = () => undefined,
): SweepPoint[] {
  return Object.entries(errors).map(([label, values], place) => ({
    ...(place === 0 ? WITHOUT_FAKES : { label, changes: {} }),
    value: valueOf(place),
    fakes: 1000 * place,
    real: 10_000,
    bound: boundOf(place),
    results: values.map((value, seed) => ({
      student: "VGG11",
      method: place === 0 ? "NOKD" : "cGAN-KD",
      plain: "NOKD",
      seed,
      value,
    })),
  }));
}

/** A sweep of CIFAR-10. */
export const sweepOf = (
  ablation: Ablation,
  points: readonly SweepPoint[],
  changes = {},
): Sweep => ({
  ablation,
  experiment: cifar10,
  preset: "desk",
  setting: "C-10K",
  dataset: "CIFAR-10",
  scale: 100,
  hasEqualSteps: true,
  points,
  failures: [],
  ...changes,
});
