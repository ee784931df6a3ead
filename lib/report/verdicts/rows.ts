/** What was expected of fakes beside what they changed in the errors of students. */
import type { RunRecord } from "../../base/disk/records.ts";
import { pairedDifference } from "../../base/paired.ts";
import type { FakesRecord } from "../../bound/fakes_record.ts";
import { type Expectation, expectationOf } from "../../bound/verdict.ts";
import { cellKey, newest } from "../result_rows.ts";
import { groupRows } from "../vega/rows.ts";

/** Students with fakes beside the same students without. */
export interface VerdictRow {
  readonly experiment: string;
  readonly preset: string;
  readonly dataset: string;
  readonly setting: string;
  readonly student: string;
  /** With fakes, such as "cGAN-KD+BLKD". */
  readonly method: string;
  /** What a record changed of its preset. */
  readonly changes: Readonly<Record<string, string>>;
  /** Identity of the generator. */
  readonly generator: string;
  /** What the verdict's rule gives for what was measured on the fakes; absent where no record of it is there. */
  readonly expected?: Expectation;
  /** Whether the students without fakes took as many steps; if not, those with fakes took more. */
  readonly hasEqualSteps: boolean;
  /** Error with fakes less without, mean over the seeds that both have. */
  readonly mean: number;
  /** Half the width of Student's 95 % interval; absent for one seed. */
  readonly halfWidth?: number;
  readonly seeds: number;
  /** Of the errors. */
  readonly unit: string;
}

/** What records do not say themselves. */
export interface VerdictSources {
  /** What a record changes of its preset, as far as it decides a student of the method. */
  readonly changesOf: (record: RunRecord, method: string) => Readonly<Record<string, string>>;
  /** Whether students with and without fakes take equal steps in the run of a record, without a control. */
  readonly hasEqualSteps: (record: RunRecord) => boolean;
}

/** Seeds of one cell and recipe. */
interface Group {
  /** The newest. */
  readonly record: RunRecord;
  readonly values: ReadonlyMap<number, number>;
}

/**
 * A row for each cell with fakes that was run without them too, with a seed in common: at equal steps where such students
 * are there, else against students that took fewer.
 *
 * @param records Of several experiments and presets.
 * @param fakes What was measured on fakes; found by the identity of the fakes, at any preset of the experiment.
 */
export function verdictRows(
  records: readonly RunRecord[],
  fakes: readonly FakesRecord[],
  sources: VerdictSources,
): VerdictRow[] {
  const grouped = groupRows(
    records.filter(({ cell }) => cell.student !== undefined),
    ({ experiment, preset, cell, metric, recipe }) =>
      JSON.stringify([experiment, preset, cellKey(cell), metric, recipe]),
  );
  const groups = [...grouped.values()].map((group): Group => ({
    record: group.reduce((last, one) => one.time > last.time ? one : last),
    values: newest(group).values,
  }));
  return groups.filter(({ record }) => record.stages.gan !== undefined).flatMap((group) => {
    const { record } = group;
    const { experiment, preset, cell, stages, unit } = record;
    const compared = comparison(group, groups, sources);
    if (compared === undefined) return [];
    const { mean, halfWidth, count } = pairedDifference(compared.differences);
    const measured = fakes.find((one) =>
      one.experiment === experiment && one.stages.fakes === stages.fakes
    );
    return [{
      experiment,
      preset,
      dataset: cell.dataset,
      setting: cell.setting,
      student: cell.student!,
      method: cell.method,
      changes: sources.changesOf(record, cell.method),
      generator: stages.gan!,
      ...(measured && { expected: expectationOf(measured.evidence) }),
      hasEqualSteps: compared.hasEqualSteps,
      mean,
      ...(halfWidth === undefined ? {} : { halfWidth }),
      seeds: count,
      unit,
    }];
  });
}

/** "BLKD" of "cGAN-KD+BLKD", "NOKD" of "cGAN-KD". */
function plainMethod(method: string): string {
  return method.startsWith("cGAN-KD+")
    ? method.slice("cGAN-KD+".length)
    : method.replace("cGAN-KD", "NOKD");
}

/** "NOKD (equal steps)", "DKD (beta 2, equal steps)". */
function controlMethod(plain: string): string {
  return plain.endsWith(")") ? `${plain.slice(0, -1)}, equal steps)` : `${plain} (equal steps)`;
}

/** Differences seed by seed, at equal steps where that can be had. */
function comparison(
  { record, values }: Group,
  groups: readonly Group[],
  { changesOf, hasEqualSteps }: VerdictSources,
): { readonly differences: number[]; readonly hasEqualSteps: boolean } | undefined {
  const { method: withFakes } = record.cell;
  const plain = plainMethod(withFakes);
  const ofStudent = (one: RunRecord) => canonical(changesOf(one, plain));
  // A control took as many steps as these fakes make, whoever drew them.
  const ofSteps = (one: RunRecord) =>
    canonical(
      Object.fromEntries(
        Object.entries(changesOf(one, withFakes)).filter(([path]) => !/^(gan|ratio)\./.test(path)),
      ),
    );
  const bases: [method: string, isEqual: boolean, changes: typeof ofStudent][] =
    hasEqualSteps(record)
      ? [[plain, true, ofStudent]]
      : [[controlMethod(plain), true, ofSteps], [plain, false, ofStudent]];
  for (const [method, equal, of] of bases) {
    const wanted = cellKey({ ...record.cell, method });
    const changes = of(record);
    const found = groups.filter(({ record: other }) =>
      other.experiment === record.experiment && other.preset === record.preset &&
      other.metric === record.metric && other.data.checksum === record.data.checksum &&
      cellKey(other.cell) === wanted && isOfSize(other, record) && of(other) === changes
    ).sort((a, b) => b.record.time.localeCompare(a.record.time));
    for (const base of found) {
      const differences = [...values].flatMap(([seed, value]) => {
        const other = base.values.get(seed);
        return other === undefined ? [] : [value - other];
      });
      if (differences.length > 0) return { differences, hasEqualSteps: equal };
    }
  }
  return undefined;
}

/** Whether two records may be of one student: a run may have several widths of a family. */
function isOfSize({ size: a }: RunRecord, { size: b }: RunRecord): boolean {
  return a === undefined || b === undefined || a.weights === b.weights;
}

function canonical(changes: Readonly<Record<string, string>>): string {
  // Spaces of a JSON list say nothing.
  return Object.entries(changes).map(([path, text]) => `${path}=${text.replaceAll(" ", "")}`)
    .sort().join(" ");
}

/** How often a rule was right. */
export interface RuleCount {
  /** Comparisons that it gave a sign for. */
  readonly answers: number;
  /** Of these, those whose mean has the sign. */
  readonly right: number;
  /** Of the answers, those whose interval leaves zero out. */
  readonly sure: number;
  /** Of these, those with the sign. */
  readonly sureRight: number;
}

/** Counts a rule over comparisons: −1 says that errors fall, 1 that they rise, 0 nothing. */
export function countRule(
  rows: readonly VerdictRow[],
  rule: (row: VerdictRow) => -1 | 0 | 1,
): RuleCount {
  const answered = rows.flatMap((row) => {
    const sign = rule(row);
    const isSure = Math.abs(row.mean) > (row.halfWidth ?? Infinity);
    return sign === 0 ? [] : [{ isRight: Math.sign(row.mean) === sign, isSure }];
  });
  const sure = answered.filter(({ isSure }) => isSure);
  return {
    answers: answered.length,
    right: answered.filter(({ isRight }) => isRight).length,
    sure: sure.length,
    sureRight: sure.filter(({ isRight }) => isRight).length,
  };
}

/** The sign that a verdict gives: that of the change in errors. */
export function expectedSign({ expected }: VerdictRow): -1 | 0 | 1 {
  switch (expected?.expectation) {
    case "help":
      return -1;
    case "hurt":
      return 1;
    default:
      return 0;
  }
}

/** The sign of the bound's change, where it is the same at both ends. */
export function boundSign({ expected }: VerdictRow): -1 | 0 | 1 {
  if (expected === undefined) return 0;
  const { low, high } = expected.change;
  if (high < 0) return -1;
  return low > 0 ? 1 : 0;
}
