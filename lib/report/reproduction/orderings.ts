/** Which of the paper's orderings ours repeat: counted, and sure where the interval of paired differences leaves zero out. */
import { spreadOf } from "../../base/metrics.ts";
import { groupRows } from "../vega/rows.ts";
import type { Statement } from "./claims.ts";
import { COMPARED_PRESETS, type OurRun, runsOf } from "./ours.ts";

/** A pair that ours can test: the sum of its terms, seed by seed. */
export interface TestedPair {
  readonly statement: Statement;
  readonly preset: string;
  /** Mean over the seeds that all terms have; negative where the claim holds. */
  readonly mean: number;
  /** Half the width of Student's 95 % interval; absent for one seed. */
  readonly halfWidth?: number;
  readonly seeds: number;
  readonly unit: string;
  /** The paper's; absent where it has none. */
  readonly paper?: number;
}

/** A claim on one table. */
export interface OrderingCount {
  readonly claim: string;
  readonly source: string;
  /** Pairs that the paper has values of; absent where the claim is not the paper's. */
  readonly paperPairs?: number;
  /** Of these, those that the claim holds of. */
  readonly paperHolds?: number;
  /** Pairs of ours with a seed in common. */
  readonly tested: readonly TestedPair[];
  /** Of these, those that the claim holds of. */
  readonly holds: number;
  /** Of these, those in the order of the paper, whether it is the claim's or not. */
  readonly agree?: number;
  /** Those whose interval leaves zero out and that the claim holds of. */
  readonly sureFor: number;
  /** Those whose interval leaves zero out and that the claim does not hold of. */
  readonly sureAgainst: number;
}

/** Counts of each claim on each table, in order of appearance. */
export function countOrderings(
  statements: readonly Statement[],
  runs: readonly OurRun[],
): OrderingCount[] {
  const groups = groupRows(statements, ({ claim, source }) => `${claim}|${source}`);
  return [...groups.values()].map((group) => {
    const { claim, source } = group[0]!;
    const published = group.flatMap((one) => paperSum(one) ?? []);
    const tested = group.flatMap((one) => testPair(one, runs) ?? []);
    const sure = tested.filter(({ mean, halfWidth = Infinity }) => Math.abs(mean) > halfWidth);
    return {
      claim,
      source,
      ...(published.length === 0 ? {} : {
        paperPairs: published.length,
        paperHolds: published.filter((sum) => sum < 0).length,
        agree: tested.filter(({ mean, paper }) => Math.sign(mean) === Math.sign(paper!)).length,
      }),
      tested,
      holds: tested.filter(({ mean }) => mean < 0).length,
      sureFor: sure.filter(({ mean }) => mean < 0).length,
      sureAgainst: sure.filter(({ mean }) => mean > 0).length,
    };
  });
}

/** The sum at the best preset at which all terms were run on the same images with a seed in common. */
function testPair(
  statement: Statement,
  runs: readonly OurRun[],
): TestedPair | undefined {
  const { terms } = statement;
  for (const preset of COMPARED_PRESETS) {
    const found = terms.map(({ run }) =>
      runsOf(runs, run).find((one) => one.preset === preset && one.values.size > 0)
    );
    const [first] = found;
    if (first === undefined) continue;
    const isWhole = found.every((one) =>
      one !== undefined && one.dataset === first.dataset && one.metric === first.metric &&
      one.unit === first.unit
    );
    if (!isWhole) continue;
    const sums = [...first.values.keys()].flatMap((seed) => {
      const values = found.map((one) => one!.values.get(seed));
      if (values.includes(undefined)) return [];
      return [terms.reduce((sum, { sign }, index) => sum + sign * values[index]!, 0)];
    });
    if (sums.length === 0) continue;
    const { count, mean, halfWidth } = spreadOf(sums);
    const paper = paperSum(statement);
    return {
      statement,
      preset,
      mean,
      ...(halfWidth === undefined ? {} : { halfWidth }),
      seeds: count,
      unit: first.unit,
      ...(paper === undefined ? {} : { paper }),
    };
  }
  return undefined;
}

function paperSum({ terms }: Statement): number | undefined {
  if (terms.some(({ paper }) => paper === undefined)) return undefined;
  const sum = terms.reduce((sum, { sign, paper }) => sum + sign * paper!, 0);
  // Published values have two digits; what is less is what binary fractions leave.
  return Math.round(sum * 100) / 100;
}
