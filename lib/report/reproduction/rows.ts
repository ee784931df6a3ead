/** Every published value beside the best run of ours. */
import { spreadOf } from "../../base/metrics.ts";
import { differenceFrom, normalUnit, type PublishedDifference } from "../paper/comparable.ts";
import { type PublishedResult, publishedUnit } from "../paper/published.ts";
import { type OurRun, runsOf } from "./ours.ts";

/** Why no difference is taken: other images, another protocol, or another metric or unit. */
export type Refusal = PublishedDifference | "metric";

/** Ours beside one published value. */
export interface Ours {
  readonly preset: string;
  /** Mean over seeds, in `unit`. */
  readonly mean: number;
  /** Half the width of Student's 95 % interval; absent for one seed. */
  readonly halfWidth?: number;
  readonly seeds: number;
  readonly unit: string;
}

/** One published value. */
export interface ReproductionRow {
  readonly published: PublishedResult;
  /** As `--cells` takes it: "VGG11, cGAN-KD+BLKD". */
  readonly cell: string;
  /** Of the best preset that has a result; absent where none has. */
  readonly ours?: Ours;
  /** Ours less the paper's; absent where it is refused or nothing was run. */
  readonly difference?: number;
  /** Why there is none though both numbers are there. */
  readonly refused?: Refusal;
  /** Runs without a result, where there is no other. */
  readonly failed: number;
}

/** A row for each published value, in their order. */
export function reproductionRows(
  published: readonly PublishedResult[],
  runs: readonly OurRun[],
): ReproductionRow[] {
  return published.map((one) => {
    const cell = `${one.student}, ${one.method}`;
    const found = runsOf(runs, one);
    const best = found.find(({ values }) => values.size > 0);
    if (best === undefined) {
      return { published: one, cell, failed: found.reduce((sum, { failed }) => sum + failed, 0) };
    }
    const { count, mean, halfWidth } = spreadOf([...best.values.values()]);
    const ours = {
      preset: best.preset,
      mean,
      ...(halfWidth === undefined ? {} : { halfWidth }),
      seeds: count,
      unit: best.unit,
    };
    const refused = refusalOf(one, best);
    return {
      published: one,
      cell,
      ours,
      ...(refused === undefined ? { difference: mean - one.value } : { refused }),
      failed: 0,
    };
  });
}

function refusalOf(published: PublishedResult, run: OurRun): Refusal | undefined {
  const isSame = run.metric === published.metric &&
    normalUnit(run.unit) === publishedUnit(published.metric);
  return isSame ? differenceFrom(published, run.dataset) : "metric";
}
