/** Which measure of a generator foretells what its fakes are worth to students. */
import { checkSweep } from "./check_sweep.ts";
import { rngOf } from "../base/rng.ts";
import { holm } from "../base/paired.ts";
import { bootstrap, type IntervalEstimate } from "../bound/estimators.ts";
import { kendallTauB } from "../bound/kendall.ts";
import { DataTable } from "../report/tables.ts";
import { counted } from "../report/words.ts";
import { ablationRows } from "./ablation_rows.ts";
import type { Sweep, SweepPoint } from "./sweep.ts";

/** A measure of a point's fakes, and which way it should go. */
interface Measure {
  readonly name: string;
  /** 1 where more should mean a greater gain, −1 where less should. */
  readonly better: 1 | -1;
  readonly of: (point: SweepPoint) => number | undefined;
}

const MEASURES: readonly Measure[] = [
  { name: "coverage", better: 1, of: ({ measures }) => measures?.coverage },
  { name: "recall", better: 1, of: ({ measures }) => measures?.recall },
  { name: "precision", better: 1, of: ({ measures }) => measures?.precision },
  { name: "Fréchet distance", better: -1, of: ({ measures }) => measures?.frechet },
  {
    name: "error of a student of fakes alone",
    better: -1,
    of: ({ measures }) => measures?.accuracyScore,
  },
  { name: "TV", better: -1, of: ({ bound }) => bound?.totalVariation },
  { name: "Λ", better: -1, of: ({ bound }) => bound?.labelTerm },
  { name: "change of bound", better: -1, of: ({ bound }) => bound?.change },
];

/** How well a measure orders the gains of the points of a sweep. */
export interface Foretelling {
  /** Of the measure. */
  readonly measure: string;
  /** One pair for each point and student. */
  readonly pairs: readonly {
    /** The point. */
    readonly label: string;
    /** Which student, by which method. */
    readonly student: string;
    /** The measure there. */
    readonly x: number;
    /** What fakes changed in the error: below 0 is a gain. */
    readonly change: number;
  }[];
  /**
   * Kendall's tau-b between the measure and the gain, 1 where better measures always mean greater gains; with a 95 %
   * bootstrap interval over points. 0 where measure or gain is the same everywhere.
   */
  readonly tau: IntervalEstimate;
  /**
   * Of independence, two-sided, as if pairs were independent: with several students at a point it is too small. NaN where
   * measure or gain is the same everywhere.
   */
  readonly pValue: number;
}

/** All measures that three points of a sweep or more have, the one that foretells best first. */
export function foretelling(sweep: Sweep): Foretelling[] {
  checkSweep("foretelling()", sweep);
  const rows = ablationRows(sweep).filter(({ difference }) => difference !== undefined);
  return MEASURES.flatMap(({ name, better, of }): Foretelling[] => {
    const pairs = rows.flatMap(({ point, names, difference }) => {
      const x = of(point);
      return x === undefined
        ? []
        : [{ label: point.label, student: names.student, x, change: difference! }];
    });
    // Students of one point share its fakes, and with them the measure: they are drawn together.
    const points = Map.groupBy(pairs.keys(), (i) => pairs[i]!.label).values().toArray();
    if (points.length < 3) return [];
    const tauOf = (positions: ArrayLike<number>) => {
      const chosen = Array.from(positions, (i) => pairs[i]!);
      return kendallTauB(
        chosen.map(({ x }) => better * x),
        chosen.map(({ change }) => -change),
      );
    };
    const rng = rngOf(1, "foretelling", name);
    const { pValue } = tauOf(pairs.keys().toArray());
    // A resample of one point again and again has no order.
    const tau = bootstrap(points.length, (chosen) => {
      const { tau } = tauOf(Array.from(chosen, (i) => points[i]!).flat());
      return Number.isNaN(tau) ? 0 : tau;
    }, { rng });
    return [{ measure: name, pairs, tau, pValue }];
  }).sort((a, b) => b.tau.value - a.tau.value);
}

/**
 * A row for each measure: its rank correlation with the gain.
 *
 * @throws {RangeError} Fewer than three points were measured.
 */
export function foretellingTable(sweep: Sweep): DataTable {
  checkSweep("foretellingTable()", sweep);
  const all = foretelling(sweep);
  const [best] = all;
  if (best === undefined) {
    throw new RangeError(
      "Cannot say what foretells the gain: found no three points with measures, want an ablation " +
        '"generator"',
    );
  }
  const isClear = best.tau.low > 0;
  const tested = all.filter(({ pValue }) => !Number.isNaN(pValue));
  const corrected = new Map(
    holm(tested.map(({ pValue }) => pValue)).map((p, i) => [tested[i], p] as const),
  );
  const labels = new Set(best.pairs.map(({ label }) => label));
  return DataTable.of({
    title: `What foretells the gain: ${sweep.dataset}, ${sweep.setting}, preset "${sweep.preset}"`,
    columns: [
      { key: "measure", title: "measure" },
      { key: "tau", title: "tau-b with the gain", digits: 2, signed: true },
      { key: "low", title: "95 % from", digits: 2, signed: true },
      { key: "high", title: "to", digits: 2, signed: true },
      { key: "pValue", title: "p (Holm)", digits: 3 },
      { key: "points", title: "pairs", digits: 0 },
    ],
    rows: all.map((one) => ({
      measure: one.measure,
      tau: one.tau.value,
      low: one.tau.low,
      high: one.tau.high,
      pValue: corrected.get(one),
      points: one.pairs.length,
    })),
    notes: [
      "1: better by the measure is always a greater gain; −1: always a smaller one. Intervals: bootstrap over points.",
      ...(tested.length === 0 ? [] : [
        `p: by Holm's correction for ${counted(tested.length, "test")}${
          labels.size < best.pairs.length
            ? ", as if pairs were independent, which those of one point are not: too small"
            : ""
        }.`,
      ]),
      isClear
        ? `${best.measure} orders the gains best.`
        : `No measure orders the gains for certain: the best, ${best.measure}, may do so by chance over ${
          counted(best.pairs.length, "pair")
        }.`,
    ],
  });
}
