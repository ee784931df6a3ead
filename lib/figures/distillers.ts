/** Distillers side by side: gain, cost, fidelity and calibration, and what their publications report. */
import { type ArgumentKind, checkArgument } from "../base/check_argument.ts";
import { type Spread, spreadOf } from "../base/metrics.ts";
import { checkRun, checkRunAndStudents } from "../chain/check_run.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import type { StudentAnswers } from "../chain/stages/judging/answers_stage.ts";
import { publishedGain } from "../report/paper/methods.ts";
import { groupRows } from "../report/vega/rows.ts";
import { sizesText } from "../report/student_sizes.ts";
import { type Column, DataTable } from "../report/tables.ts";
import type { SplitName } from "../experiments/specification/split_names.ts";
import { unitOfDifferences } from "../report/words.ts";
import { measuredOn, titled } from "./titled.ts";

/** What the table reads of a run. */
export type DistillerRun = Pick<
  ExperimentRun,
  "dataset" | "experiment" | "specification" | "answers"
>;

/** A student with what its answers are worth. */
interface JudgedStudent {
  readonly result: StudentResult;
  readonly answers: StudentAnswers;
}

/** Of the functions that read the table of gains. */
const GAINS: ArgumentKind = {
  want: "a table, as from await figures.distillersTable(...)",
  fits: (value) => value instanceof DataTable,
};

const FAKES = /^cGAN-KD(?:\+|(?= )|$)/;
/** Bytes of the unit of memory. */
const MEBI = 2 ** 20;

/**
 * The method of a row without its fakes: "BLKD" of "cGAN-KD+BLKD", "NOKD" of "cGAN-KD"; undefined where it has none.
 */
function withoutFakes(method: string): string | undefined {
  if (!FAKES.test(method)) return undefined;
  const rest = method.replace(FAKES, "");
  return rest === "" || rest.startsWith(" ") ? `NOKD${rest}` : rest;
}

/**
 * One row a method, the largest gain first: error, gain against plain training, what fakes add, fidelity to the teacher,
 * calibration, cost. Gains are taken seed by seed, intervals are Student's of 95 %. Measures what was never measured, and
 * trains nothing.
 *
 * @param students Of one setting; students of one's own methods among them.
 * @throws {RangeError} Labels are scalar.
 */
export async function distillersTable(
  run: DistillerRun,
  students: readonly StudentResult[],
): Promise<DataTable> {
  checkRunAndStudents("figures.distillersTable()", run, students);
  const judged: JudgedStudent[] = [];
  for (const result of students) judged.push({ result, answers: await run.answers(result) });
  const groups = groupRows(judged, ({ result: { cell } }) => rowKey(cell));
  const seedsOf = (key: string) =>
    new Map(
      (groups.get(key) ?? []).map(({ result }) => [result.seed, result.network.test] as const),
    );
  const rows = [...groups.entries()].map(([key, group]) => {
    const { cell } = group[0]!.result;
    const plain = { student: cell.student, method: "NOKD" };
    const base = withoutFakes(cell.method);
    const gain = cell.method === "NOKD" ? undefined : gainOf(seedsOf(rowKey(plain)), seedsOf(key));
    const fakes = base === undefined
      ? undefined
      : gainOf(seedsOf(rowKey({ ...cell, method: base })), seedsOf(key));
    const mean = (valueOf: (student: JudgedStudent) => number | undefined) =>
      meanOf(group.map(valueOf));
    return {
      student: cell.student,
      teacher: cell.teacher,
      method: cell.method,
      ...spreadColumns("error", spreadOf(group.map(({ result }) => result.network.test))),
      ...spreadColumns("gain", gain),
      byFakes: fakes?.mean,
      agreement: mean(({ answers }) => answers.agreement),
      divergence: mean(({ answers }) => answers.divergence),
      calibration: mean(({ answers }) => answers.expectedError),
      likelihood: mean(({ answers }) => answers.negativeLogLikelihood),
      seconds: mean(({ result }) => result.network.seconds),
      before: mean(({ result }) =>
        Object.values(result.earlier).reduce((sum, { seconds }) => sum + seconds, 0)
      ),
      extra: mean(({ result: { network: { cost } } }) => cost && cost.adapters + cost.peers),
      state: mean(({ result }) => result.network.cost?.state),
      memory: mean(({ result: { network: { artifact } } }) =>
        artifact.peakBytes === undefined ? undefined : artifact.peakBytes / MEBI
      ),
      seeds: group.length,
    };
  });
  // Plain training, the zero of the gains, stands among them; without a gain rows come last.
  const place = ({ method, gain }: typeof rows[number]) =>
    gain ?? (method === "NOKD" ? 0 : -Infinity);
  rows.sort((a, b) => place(b) - place(a) || 0);
  const { metric } = run.experiment;
  const difference = unitOfDifferences(metric.unit);
  const isOne = (key: "student" | "teacher") =>
    new Set(rows.flatMap((row) => row[key] ?? [])).size < 2;
  const columns: Column[] = [
    ...(isOne("student") ? [] : [{ key: "student", title: "student" }]),
    ...(isOne("teacher") ? [] : [{ key: "teacher", title: "teacher" }]),
    { key: "method", title: "method" },
    { key: "error", title: metric.title, unit: metric.unit, digits: 2 },
    { key: "errorHalf", title: "95 %", digits: 2, plusMinus: true },
    { key: "gain", title: "gain", unit: difference, digits: 2, signed: true },
    { key: "gainHalf", title: "95 % of gain", digits: 2, plusMinus: true },
    { key: "byFakes", title: "by fakes", unit: difference, digits: 2, signed: true },
    { key: "agreement", title: "agreement", unit: "%", digits: 1 },
    { key: "divergence", title: "KL", unit: "nats", digits: 3 },
    { key: "calibration", title: "ECE", unit: difference, digits: 2 },
    { key: "likelihood", title: "NLL", unit: "nats", digits: 3 },
    { key: "seconds", title: "training", unit: "s", digits: 1 },
    { key: "before", title: "before it", unit: "s", digits: 1 },
    { key: "extra", title: "extra parameters", digits: 0 },
    { key: "state", title: "kept values", digits: 0 },
    { key: "memory", title: "peak memory", unit: "MiB", digits: 0 },
    { key: "seeds", title: "seeds", digits: 0 },
  ];
  return DataTable.of({
    title: titled(run, "Distillers, the largest gain first"),
    columns,
    rows,
    notes: notesOf(judged, measuredOn(run)),
  });
}

function notesOf(judged: readonly JudgedStudent[], part: SplitName): string[] {
  const bins = judged[0]?.answers.bins;
  return [
    "Gain: error of NOKD less that of the row; by fakes: the same against the row without fakes. Both seed by seed, " +
    "averaged. With one seed there is no interval, and the order may be chance.",
    `Agreement: ${part} images that student and teacher take for the same class. KL(teacher ‖ student) at temperature 1.`,
    `ECE: ${bins} bins of equal width of the highest probability. NLL: mean of −ln of the label's probability.`,
    "Before it: trainings that the method asks for before the student's, shared ones included. Extra parameters: of " +
    "adapters and peers. Kept values: memories and modules of its own, with their optimisers.",
    "Peak memory is that of the whole process, with what earlier trainings left in its allocator: an upper limit.",
    ...sizesText(
      judged.map(({ result: { cell: { student }, record: { size }, network: { speed } } }) => ({
        student,
        size,
        speed,
      })),
    ),
  ];
}

function rowKey(
  { student, teacher, method }: {
    readonly student?: string;
    readonly teacher?: string;
    readonly method: string;
  },
): string {
  const isPlain = method === "NOKD" || method === "cGAN-KD";
  return JSON.stringify([student ?? "", isPlain ? "" : teacher ?? "", method]);
}

/** How far errors fall from some students to others, over the seeds that both have. */
function gainOf(
  from: ReadonlyMap<number, number>,
  to: ReadonlyMap<number, number>,
): Spread | undefined {
  const falls = [...to].flatMap(([seed, error]) => {
    const before = from.get(seed);
    return before === undefined ? [] : [before - error];
  });
  return falls.length === 0 ? undefined : spreadOf(falls);
}

/** Mean of what is known; undefined where one is not known. */
function meanOf(values: readonly (number | undefined)[]): number | undefined {
  if (values.includes(undefined)) return undefined;
  return spreadOf(values as readonly number[]).mean;
}

function spreadColumns<K extends string>(
  key: K,
  spread: Spread | undefined,
): Record<K | `${K}Half`, number | undefined> {
  return { [key]: spread?.mean, [`${key}Half`]: spread?.halfWidth } as Record<
    K | `${K}Half`,
    number | undefined
  >;
}

/**
 * The gains that publications report beside ours, one row a method without fakes. Networks, images and lengths differ,
 * so only sizes and signs can be compared.
 */
export function publishedGainsTable(
  run: Pick<DistillerRun, "dataset">,
  ours: DataTable,
): DataTable {
  checkRun("figures.publishedGainsTable()", run);
  checkArgument("figures.publishedGainsTable()", ours, GAINS);
  const rows = (ours.objects() as { method: string; gain?: number }[])
    .filter(({ method }) => method !== "NOKD" && withoutFakes(method) === undefined)
    .map(({ method, gain }) => {
      const published = publishedGain(method);
      return {
        method,
        gain,
        reported: published && published.value - published.alone,
        alone: published?.alone,
        value: published?.value,
        pair: published && `${published.teacher} → ${published.student}, ${published.dataset}`,
        source: published?.source,
      };
    });
  return DataTable.of({
    title: titled(run, "Gains reported by publications, beside ours"),
    columns: [
      { key: "method", title: "method" },
      { key: "gain", title: "ours", unit: "points", digits: 2, signed: true },
      { key: "reported", title: "reported", unit: "points", digits: 2, signed: true },
      { key: "alone", title: "student alone", unit: "% right", digits: 2 },
      { key: "value", title: "with the method", unit: "% right", digits: 2 },
      { key: "pair", title: "their networks and images" },
      { key: "source", title: "source" },
    ],
    rows,
    notes: [
      "Theirs are other networks, images and lengths of training: no difference is taken. A dash is a figure that we " +
      "know of from nobody.",
    ],
  });
}

/** Which methods gain, on how many seeds, in sentences made from the table. */
export function distillersFinding(table: DataTable): string {
  checkArgument("figures.distillersFinding()", table, GAINS);
  const rows = table.objects() as {
    method: string;
    gain?: number;
    gainHalf?: number;
    byFakes?: number;
  }[];
  const compared = rows.filter(({ gain }) => gain !== undefined);
  if (compared.length === 0) return "No method was run beside NOKD.";
  const better = compared.filter(({ gain }) => gain! > 0);
  const sure = better.filter(({ gain, gainHalf }) => gainHalf !== undefined && gain! > gainHalf);
  const best = compared.reduce((a, b) => b.gain! > a.gain! ? b : a);
  const pairs = rows.filter(({ byFakes }) => byFakes !== undefined);
  const helped = pairs.filter(({ byFakes }) => byFakes! > 0);
  return [
    `${better.length} of ${compared.length} rows have a lower error than NOKD, ${sure.length} of them by more than the ` +
    "interval of their seeds.",
    `The largest gain, ${best.gain!.toFixed(2)} points, is that of ${best.method}.`,
    ...(pairs.length === 0
      ? []
      : [`Processed fakes lower the error of ${helped.length} of ${pairs.length} methods.`]),
  ].join(" ");
}
