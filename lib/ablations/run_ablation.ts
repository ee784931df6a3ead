/** Runs an ablation: each point is an ordinary run, so points share what the store has, and a second start goes on. */
import { lookUp } from "../base/check.ts";
import { canonicalJson } from "../base/disk/identity.ts";
import { join } from "../base/disk/path.ts";
import { Store } from "../base/disk/store.ts";
import { TrainingFailed } from "../base/training/failures.ts";
import { boundChanges } from "../bound/error_bound.ts";
import { checkCall } from "../chain/check_call.ts";
import { checkFakes } from "../chain/check_specification.ts";
import { fitToData } from "../chain/fit_to_data.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { ExperimentRun } from "../chain/run.ts";
import type { PlannedRun, RunOptions } from "../chain/run_options.ts";
import type { Session } from "../chain/session.ts";
import {
  addsImages,
  distillerOf,
  methodTitle,
  type StudentChoice,
} from "../chain/stages/student_choice.ts";
import { PROJECT, settingTitle } from "../chain/student_record.ts";
import { titleAmong } from "../chain/title_among.ts";
import { openExperiment } from "../estimate/open_experiment.ts";
import { change } from "../experiments/specification/changes.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import type { Ablation, AblationPoint } from "./ablation.ts";
import { ABLATIONS } from "./registry.ts";
import type { PointBound, PointMeasures, Sweep, SweepPoint, SweepResult } from "./sweep.ts";

/** Choices of whoever runs an ablation. */
export interface AblationOptions extends RunOptions {
  /**
   * Whether the terms of the error bound are measured at every point, which trains a judge and fits a ratio a point.
   * Default: true.
   */
  readonly bound?: boolean;
}

/**
 * Trains the students of the preset, for all of its seeds, at every point of an ablation; what is there is reused, so an
 * interrupted one goes on where it stopped. Students learn by the ordinary loss, as in the paper's figures, unless
 * `changes` names `distillers`, and all take equal steps, unless it names `studentEpochs`. Every student has an ordinary
 * record.
 *
 * @param what A name of the registry, such as "components" or "fakes"; or an ablation of one's own.
 * @throws {TypeError} No experiment, or an option of another kind.
 * @throws {RangeError} An unknown ablation, option, preset, setting or path of a change; or a point asks for what cannot be.
 */
export async function runAblation(
  experiment: Experiment,
  what: string | Ablation,
  options: AblationOptions = {},
): Promise<Sweep> {
  checkCall(experiment, options, ["bound"]);
  const ablation = typeof what === "string" ? lookUp(ABLATIONS, what, "ablation") : what;
  const results = options.results ?? join(PROJECT, "results");
  // One store, so that `fresh` makes again once what points share.
  const store = options.store ?? new Store(join(results, ".work"), join(results, "parts"));
  const shared = { ...options, results, store };
  const base = planBase(experiment, shared);
  const first = await openExperiment(base, { ...shared, bound: undefined } as RunOptions);
  const planned = planPoints(ablation, first, { base, options: shared });
  if (first.preset === "paper") {
    await options.session?.tell?.(
      `That was for one of ${planned.length} points; what they share is made once.`,
    );
  }
  const points: SweepPoint[] = [];
  const failures = new Set<string>();
  for (const [place, { point, run }] of planned.entries()) {
    const position = [`point ${place + 1} of ${planned.length}`];
    const session = options.session && saying(options.session, position);
    const onePoint = async () => {
      // Without an estimate, which the run that points change has had.
      const opened = await openRun(run, { ...shared, session });
      return await runPoint(opened, point, { options: shared, position, failures });
    };
    points.push(await (options.session?.live(onePoint()) ?? onePoint()));
  }
  return {
    ablation,
    experiment: first.experiment,
    preset: first.preset,
    setting: settingTitle(base.specification, base.setting),
    dataset: first.dataset.name,
    scale: first.dataset.train.task.kind === "classification"
      ? 100
      : first.dataset.train.task.scale,
    hasEqualSteps: base.specification.studentEpochs === "real images",
    points,
    failures: [...failures],
  };
}

/** The run that points change: students by the ordinary loss, at equal steps. */
function planBase(experiment: Experiment, options: RunOptions): PlannedRun {
  const { specification } = planRuns(experiment, { ...options, cells: undefined })[0]!;
  const changes = {
    ...(specification.studentEpochs !== "real images" && { studentEpochs: "real images" }),
    distillers: '["nokd"]',
    ...options.changes,
  };
  return planRuns(experiment, { ...options, changes })[0]!;
}

/** All points, checked before the first of them trains anything. */
function planPoints(
  ablation: Ablation,
  first: ExperimentRun,
  { base, options }: { base: PlannedRun; options: RunOptions },
): { readonly point: AblationPoint; readonly run: PlannedRun }[] {
  const { setting } = base;
  // As it was fitted to the images, where the experiment has a rule.
  const { specification } = first;
  const { task } = first.dataset.train;
  const labels = task.kind === "classification" ? task.classes : task.labels.length;
  const pool = labels * specification.synthesis.perLabel;
  const { originals: real, train } = first.dataset;
  const input = { specification, setting, pool, real, labels: new Set(train.labels).size };
  return ablation.points(input).map((point) => {
    // What the specification has already is no change, and its students are those of the ordinary run.
    const own = Object.entries(point.changes).filter(([path, text]) =>
      canonicalJson(change(specification, path, text)) !== canonicalJson(specification)
    );
    const run = planRuns(base.experiment, {
      ...options,
      setting,
      changes: {
        ...base.changes,
        ...Object.fromEntries(own),
        trainOn: JSON.stringify([point.trainOn ?? "real+fake"]),
      },
    })[0]!;
    checkFakes(fitToData(run, first.dataset).specification, setting, task);
    return { point, run };
  });
}

/**
 * The same session, whose progress says first which point is under way; shown by whoever waits for the whole point, so
 * that loading its data has no display of its own.
 */
function saying(session: Session, position: readonly string[]): Session {
  return {
    progress: (event) => {
      const remark = [...position, event.remark ?? ""].filter((part) => part !== "").join(", ");
      session.progress({ ...event, remark });
    },
    get signal() {
      return session.signal;
    },
    live: (work) => work,
    tell: session.tell,
    gate: session.gate,
  };
}

/** Measures the bound at a point and trains its students; one that comes to nothing costs only itself. */
async function runPoint(
  run: ExperimentRun,
  point: AblationPoint,
  { options, position, failures }: {
    readonly options: AblationOptions;
    /** Its second word is the student under way. */
    readonly position: string[];
    readonly failures: Set<string>;
  },
): Promise<SweepPoint> {
  const hasFakes = run.specification.trainOn.includes("real+fake");
  const bound = hasFakes && options.bound !== false ? await boundOf(run) : undefined;
  const measures = point.measuresGenerator ? await measuresOf(run) : undefined;
  const choices = run.choices({ cells: options.cells });
  const results: SweepResult[] = [];
  for (const [place, choice] of choices.entries()) {
    position[1] = `student ${place + 1} of ${choices.length}`;
    results.push({ ...namesOf(run, choice), ...await resultOf(run, choice, failures) });
  }
  position.length = 1;
  const { trainOn, synthesis } = run.specification;
  const fakes = trainOn.some(addsImages) ? synthesis.fakes : 0;
  const real = run.dataset.originals;
  return { ...point, fakes, real, results, ...(bound && { bound }), ...(measures && { measures }) };
}

async function boundOf(run: ExperimentRun): Promise<PointBound> {
  const { expectation, greatestGap, threshold } = await run.verdict();
  const { terms, without, totalVariation, certified, labelTerm, seconds } = await run.bound();
  return {
    expectation,
    greatestGap,
    threshold,
    change: boundChanges(terms, without).reduce((sum, { change }) => sum + change, 0),
    totalVariation: Math.max(totalVariation.value, certified),
    labelTerm: labelTerm.value,
    seconds,
  };
}

async function measuresOf(run: ExperimentRun): Promise<PointMeasures> {
  const { fake } = await run.generatorMeasures();
  const { coverage, recall, precision } = fake.mean;
  const { fake: student } = await run.accuracyScore();
  return {
    coverage,
    recall,
    precision,
    frechet: fake.frechet.distance,
    labels: fake.labels,
    accuracyScore: student.test,
  };
}

async function resultOf(
  run: ExperimentRun,
  choice: StudentChoice,
  failures: Set<string>,
): Promise<Pick<SweepResult, "value" | "seconds" | "size" | "speed">> {
  try {
    const { record: { value, wallSeconds, size, confirmed, speed } } = await run.student(choice);
    return { value, seconds: wallSeconds, size, speed: confirmed?.speed ?? speed };
  } catch (error) {
    if (!(error instanceof TrainingFailed)) throw error;
    failures.add(error.message);
    return {};
  }
}

/** How tables name a choice of a run: whatever they take for one student or teacher has one name. */
export function namesOf(
  { specification }: Pick<ExperimentRun, "specification">,
  choice: StudentChoice,
): SweepResult {
  const { student, distiller, trainOn, teacher, seed } = choice;
  const chosen = distillerOf(specification, distiller);
  return {
    student: titleAmong(specification.students, student),
    ...(teacher && { teacher: titleAmong(specification.teachers, teacher) }),
    method: methodTitle(chosen, trainOn),
    plain: methodTitle(chosen, "real"),
    seed,
  };
}
