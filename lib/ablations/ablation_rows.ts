/** What the seeds of each student come to at each point, and how far that is from the point without fakes. */
import { spreadOf } from "../base/metrics.ts";
import { holm, pairedDifference } from "../base/paired.ts";
import { groupRows } from "../report/vega/rows.ts";
import type { Sweep, SweepPoint, SweepResult } from "./sweep.ts";

/** One student and method at a point. */
export interface AblationRow {
  /** Where it stands. */
  readonly point: SweepPoint;
  /** Which student, by which method. */
  readonly names: Pick<SweepResult, "student" | "teacher" | "method" | "plain">;
  /** Mean over seeds; undefined where every training failed. */
  readonly mean: number | undefined;
  /** Half of Student's 95 % interval of the mean; undefined below two seeds. */
  readonly halfWidth: number | undefined;
  /** Mean over seeds of the difference to the point that this one is compared with; undefined at such a point. */
  readonly difference: number | undefined;
  /** Half of Student's 95 % interval of the difference. */
  readonly differenceHalfWidth: number | undefined;
  /** Of the t-test that the difference is 0, by Holm's correction for all rows; undefined below two seeds. */
  readonly pValue: number | undefined;
  /** Of the mean. */
  readonly seeds: number;
  /** Trainings that came to nothing. */
  readonly failed: number;
}

/** What is the same student and method at every point. */
export const keyOf = ({ student, teacher, plain }: SweepResult) =>
  JSON.stringify([student, teacher, plain]);

/** One row for each point, student and method, in the order of the points. */
export function ablationRows({ points }: Sweep): AblationRow[] {
  const valuesOf = (results: readonly SweepResult[]) =>
    new Map(results.flatMap(({ seed, value }) => value === undefined ? [] : [[seed, value]]));
  const valuesAt = new Map(points.map((point) => [
    point.label,
    new Map(
      [...groupRows([...point.results], keyOf)].map(([key, group]) =>
        [key, valuesOf(group)] as const
      ),
    ),
  ]));
  const rows = points.flatMap((point) =>
    [...groupRows([...point.results], keyOf)].map(([key, group]): AblationRow => {
      const values = valuesOf(group);
      const { student, teacher, method, plain } = group[0]!;
      const names = { student, ...(teacher && { teacher }), method, plain };
      const base = point.against ?? points[0]!.label;
      const differences = base === point.label ? [] : [...values].flatMap(([seed, value]) => {
        const other = valuesAt.get(base)?.get(key)?.get(seed);
        return other === undefined ? [] : [value - other];
      });
      const spread = values.size === 0 ? undefined : spreadOf([...values.values()]);
      const change = differences.length === 0 ? undefined : pairedDifference(differences);
      return {
        point,
        names,
        mean: spread?.mean,
        halfWidth: spread?.halfWidth,
        difference: change?.mean,
        differenceHalfWidth: change?.halfWidth,
        pValue: change?.pValue,
        seeds: values.size,
        failed: group.length - values.size,
      };
    })
  );
  const tested = rows.filter(({ pValue }) => pValue !== undefined);
  const corrected = holm(tested.map(({ pValue }) => pValue!));
  return rows.map((row) => {
    const place = tested.indexOf(row);
    return place < 0 ? row : { ...row, pValue: corrected[place] };
  });
}
