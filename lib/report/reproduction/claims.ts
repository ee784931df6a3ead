/** What the paper's tables say of the order of their values, as sums that are negative where it holds. */
import type { PublishedResult } from "../paper/published.ts";
import { groupRows } from "../vega/rows.ts";
import type { WantedRun } from "./ours.ts";

/** A value that enters a sum. */
export interface Term {
  readonly sign: 1 | -1;
  readonly run: WantedRun;
  /** Published; absent where the paper has none. */
  readonly paper?: number;
}

/** One pair of a claim, "on C-10K, VGG11 errs less with cGAN-KD than with NOKD": the sum of its terms is negative. */
export interface Statement {
  readonly claim: string;
  /** "Table 1", or "Figure ...". */
  readonly source: string;
  /** What is compared, for people. */
  readonly pair: string;
  readonly terms: readonly Term[];
}

const BETTER = "cGAN-KD has a lower error than NOKD";
/** A control that the paper does not have. */
export const EQUAL_STEPS = "cGAN-KD has a lower error than NOKD at equal steps (ours only)";
const COMBINED = "A distiller has a lower error with cGAN-KD than alone";
const GAIN = "The gain of cGAN-KD over NOKD is larger with less data";
const COMBINED_GAIN = "The gain of a distiller by cGAN-KD is larger with less data";
/** Claims that compare two gains. */
export const GAINS: readonly string[] = [GAIN, COMBINED_GAIN];

/** All claims on published tables, in order; what does not depend on the teacher is one pair, not one a teacher. */
export function tableStatements(published: readonly PublishedResult[]): Statement[] {
  const gains = gainsOf(published);
  const ofOne = (wanted: boolean, claim: string) =>
    gains.filter(({ isPlain }) => isPlain === wanted).map((gain): Statement => ({
      claim,
      source: `Table ${gain.table}`,
      pair: `${gain.where}: ${gain.after.run.method} < ${gain.before.run.method}`,
      terms: [gain.after, { ...gain.before, sign: -1 }],
    }));
  const controls = gains.filter(({ isPlain }) => isPlain).map(({ table, where, after }) => {
    const method = "NOKD (equal steps)";
    return {
      claim: EQUAL_STEPS,
      source: `Table ${table}`,
      pair: `${where}: cGAN-KD < ${method}`,
      terms: [unpublished(after), { sign: -1, run: { ...after.run, method } }],
    } as const;
  });
  return [
    ...ofOne(true, BETTER),
    ...controls,
    ...ofOne(false, COMBINED),
    ...largerGains(gains.filter(({ isPlain }) => isPlain), GAIN),
    ...largerGains(gains.filter(({ isPlain }) => !isPlain), COMBINED_GAIN),
  ];
}

/** What fakes change of one student. */
interface Gain {
  readonly table: string;
  /** More images first: 50 of "C-50K"; NaN where the setting has no size. */
  readonly size: number;
  readonly where: string;
  /** What gains of the same student by the same method have in common over settings. */
  readonly series: string;
  /** Over NOKD, not over a distiller. */
  readonly isPlain: boolean;
  readonly before: Term;
  readonly after: Term;
}

function gainsOf(published: readonly PublishedResult[]): Gain[] {
  const gains = published.flatMap((after): Gain[] => {
    if (!/^cGAN-KD(\+|$)/.test(after.method)) return [];
    const alone = after.method.replace(/^cGAN-KD\+?/, "") || "NOKD";
    const isPlain = alone === "NOKD";
    const before = published.find((one) =>
      one.method === alone && one.table === after.table && one.setting === after.setting &&
      one.teacher === after.teacher && one.student === after.student
    );
    if (before === undefined) return [];
    const teacher = isPlain ? [] : [`teacher ${after.teacher}`];
    const term = (one: PublishedResult): Term => ({
      sign: 1,
      run: {
        dataset: one.dataset,
        setting: one.setting,
        ...(isPlain ? {} : { teacher: one.teacher }),
        student: one.student,
        method: one.method,
      },
      paper: one.value,
    });
    return [{
      table: after.table,
      size: Number(/\d+/.exec(after.setting)?.[0] ?? NaN),
      where: [after.setting, after.student, ...teacher].join(", "),
      series: [after.table, after.student, after.method, ...teacher].join(", "),
      isPlain,
      before: term(before),
      after: term(after),
    }];
  });
  const byKey = new Map(gains.map((gain) => [`${gain.series} ${gain.where}`, gain]));
  return [...byKey.values()];
}

/** Every two settings of a series: not only neighbours, since ours may leave out the one between. */
function largerGains(gains: readonly Gain[], claim: string): Statement[] {
  const series = groupRows(gains, (gain) => gain.series);
  return [...series.values()].flatMap((group) =>
    group.flatMap((less) =>
      group.filter((more) => more.size > less.size).map((more): Statement => ({
        claim,
        source: `Table ${less.table}`,
        pair: `${less.where}: gain by ${less.after.run.method} > on ${more.after.run.setting}`,
        terms: [
          less.after,
          { ...less.before, sign: -1 },
          { ...more.after, sign: -1 },
          more.before,
        ],
      }))
    )
  );
}

function unpublished({ sign, run }: Term): Term {
  return { sign, run };
}
