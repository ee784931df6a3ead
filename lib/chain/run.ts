/**
 * An experiment at a preset, ready to be walked stage by stage: what notebooks and the command line share.
 * Results of students become records.
 */
import { type ArgumentKind, checkArgument } from "../base/check_argument.ts";
import { checkFilter, CHOICE } from "./check_run.ts";
import type { Dataset } from "../base/contracts.ts";
import { isForbiddenWrite } from "../base/disk/files.ts";
import { basename, join } from "../base/disk/path.ts";
import {
  type Cell,
  type FinishedRecord,
  readRecord,
  readRecords,
  type RunRecord,
  writeRecord,
} from "../base/disk/records.ts";
import { StageRecorder } from "../base/disk/stage_progress.ts";
import { Store } from "../base/disk/store.ts";
import { TrainingFailed } from "../base/training/failures.ts";
import { writeFakesRecord } from "../bound/fakes_record.ts";
import type { Verdict } from "../bound/verdict.ts";
import { Chain } from "./chain.ts";
import type { Experiment, Preset } from "../experiments/specification/experiment.ts";
import { checkExport, type ExportRequest } from "./export/card_parts.ts";
import { exportGenerator } from "./export/export_generator.ts";
import { exportNetwork } from "./export/export_network.ts";
import { checkParameters } from "./gate.ts";
import type { PlannedRun, RunOptions } from "./run_options.ts";
import type { Session } from "./session.ts";
import { tf } from "../base/tf.ts";
import { MLFLOW_VARIABLE } from "../tracking/mlflow.ts";
import { fileName } from "../tracking/series.ts";
import { type Tracker, trackRun } from "../tracking/tracker.ts";
import { type DataTable, recordTable } from "../report/tables.ts";
import { momentOf, StageBusy } from "./stages/context.ts";
import { type StudentChoice, studentChoices, type StudentFilter } from "./stages/student_choice.ts";
import { StudentFailed, studentStage, type TrainedStudent } from "./stages/student_stage.ts";
import { fakesRecordOf } from "./fakes_record_of.ts";
import {
  failedRecordOf,
  PROJECT,
  recordedChecksum,
  recordOf,
  runHash,
  settingTitle,
} from "./student_record.ts";

export type { StudentChoice, StudentFilter } from "./stages/student_choice.ts";

/** A student of one cell and seed: the network, its curve and its error on the test set. */
export interface StudentResult extends TrainedStudent {
  /** Where it stands in a table. */
  readonly cell: Cell;
  /** Of its weights and batches. */
  readonly seed: number;
  /** As it was written to the results. */
  readonly record: FinishedRecord;
}

const EXPORTED: ArgumentKind = {
  want: '"teacher", "generator" or a student, as one of those of await run.students()',
  fits: (value) => "network" in value && "record" in value,
};

/** One setting of an experiment; see `openRun`. */
export class ExperimentRun extends Chain {
  /** As in the specification, but for its metric's title where training images are held out. */
  readonly experiment: Experiment;
  /** One of those of the experiment. */
  readonly preset: Preset;
  /** Dotted paths of the specification that this run changed, and their values. */
  readonly changes: Readonly<Record<string, string>>;
  /** What the experiment's rule gave for the images, likewise. */
  readonly byRule: Readonly<Record<string, string>>;
  /** Folder of records, stage results and figures. */
  readonly results: string;
  /** Shows its progress and stops it; absent where it was opened without. */
  readonly session?: Session;

  /** Which student of how many is under way. */
  #position = "";
  /** "student" while students that another process trains are left to it for now. */
  readonly #leaves: string[];
  readonly #tracker: Tracker;

  /** Without any check; `openRun` makes them. */
  constructor(planned: PlannedRun, dataset: Dataset, options: RunOptions) {
    const { session, fresh, page, results = join(PROJECT, "results") } = options;
    const { store = new Store(join(results, ".work"), join(results, "parts")) } = options;
    const { experiment, preset, setting, specification, changes } = planned;
    const opened = structuredClone(page?.() ?? {});
    const leaves: string[] = [];
    const recorder = new StageRecorder();
    const tracker = trackRun(
      {
        experiment: experiment.name,
        preset,
        setting,
        changes,
        versions: { deno: Deno.version.deno, v8: Deno.version.v8, tfjs: tf.version.tfjs },
      },
      {
        folder: join(results, experiment.name, "tracking", preset, fileName(setting)),
        mlflow: Deno.env.get(MLFLOW_VARIABLE),
        warn: (line) => console.warn(line),
      },
    );
    super({
      specification,
      setting,
      dataset,
      store,
      progress: (event) => {
        tracker.progress(event);
        const remark = [this.#position, event.remark ?? ""].filter((part) => part !== "");
        session?.progress({ ...event, ...(remark.length > 0 && { remark: remark.join(", ") }) });
        recorder.sink(event);
      },
      recorder,
      get signal() {
        return session?.signal;
      },
      fresh,
      leaves,
      checkMaking: (title) => session?.gate?.checkMaking(title),
    }, () => {
      session?.gate?.check();
      if (page !== undefined) checkParameters(opened, page());
    });
    this.#leaves = leaves;
    this.experiment = experiment;
    this.preset = preset;
    this.changes = changes;
    this.byRule = planned.byRule ?? {};
    this.results = results;
    if (session !== undefined) this.session = session;
    this.#tracker = tracker;
  }

  /**
   * Trains one student, or resumes or reuses it, and keeps its record.
   *
   * @throws {TrainingFailed} Its training came to nothing; the record says so.
   */
  async student(choice: StudentChoice): Promise<StudentResult> {
    checkArgument("run.student()", choice, CHOICE);
    const start = performance.now();
    const trained = await studentStage(this, choice).catch(async (error) => {
      if (error instanceof StudentFailed) {
        const seconds = (performance.now() - start) / 1000;
        const failed = await failedRecordOf(this, choice, { error, seconds });
        await writeRecord(this.results, failed);
        this.#track(failed);
      }
      throw error;
    });
    const found = await recordOf(this, choice, trained);
    // As it is kept: of a student that is only looked up, with the time and the code of its training.
    const kept = await readRecord(await writeRecord(this.results, found));
    const record = { ...kept, value: found.value };
    this.#track(record);
    return { ...trained, cell: record.cell, seed: choice.seed, record };
  }

  /** As of the chain; keeps what it rests on beside the records of students, or says why it cannot. */
  override async verdict(): Promise<Verdict> {
    const verdict = await super.verdict();
    await writeFakesRecord(this.results, await fakesRecordOf(this, verdict)).catch((error) => {
      // Whoever may only read can ask for a verdict too.
      if (!isForbiddenWrite(error)) throw error;
      this.#remark("record of the fakes", `not kept: ${error.message}`);
    });
    return verdict;
  }

  #remark(what: string, remark: string): void {
    this.context.progress?.({ ...momentOf(what), step: 1, state: "done", remark });
  }

  #track({ cell, seed, metric, value, failure, stages }: RunRecord): void {
    this.#tracker.record({
      cell: [cell.setting, cell.student, cell.method].filter((part) => part !== undefined).join(
        ", ",
      ),
      seed,
      metric,
      ...(value === undefined ? { failure: failure! } : { value }),
      student: stages.student,
    });
  }

  /**
   * What {@link students} trains, and nothing trained.
   *
   * @throws {RangeError} No cell holds the pattern; lists them.
   */
  choices(filter?: StudentFilter): StudentChoice[] {
    checkFilter("run.choices()", filter);
    return studentChoices(this.specification, filter);
  }

  /**
   * Every student of the table: students x distillers x training sets x seeds; those that another process trains come
   * last. Some of them by the pattern of their cells; controls beside them with `{ trainOn: ["real, equal steps"] }`.
   *
   * @throws {RangeError} No cell holds the pattern; lists them.
   * @throws {TrainingFailed} Trainings came to nothing; all others were finished before.
   */
  async students(filter?: StudentFilter): Promise<StudentResult[]> {
    checkFilter("run.students()", filter);
    const results: StudentResult[] = [];
    const failures: TrainingFailed[] = [];
    const choices = this.choices(filter);
    const queue = choices.map((choice, place) => ({ choice, place, isLast: false }));
    // It grows while it is walked: a student of another process comes once more, after all others.
    for (const { choice, place, isLast } of queue) {
      if (choices.length > 1) this.#position = `student ${place + 1} of ${choices.length}`;
      if (!isLast) this.#leaves.push("student");
      try {
        results[place] = await this.student(choice);
      } catch (error) {
        if (error instanceof StageBusy) queue.push({ choice, place, isLast: true });
        // A diverged student says nothing about the others, which may take the night.
        else if (error instanceof TrainingFailed) failures.push(error);
        else throw error;
      } finally {
        this.#position = "";
        this.#leaves.length = 0;
      }
    }
    const [first] = failures;
    if (first === undefined) return results;
    if (failures.length === 1) throw first;
    throw new TrainingFailed(
      `Cannot train ${failures.length} of ${choices.length} students:\n` +
        failures.map(({ message }) => message).join("\n"),
      first.finding,
    );
  }

  /**
   * Every record of the experiment at this preset, from this and earlier runs on the same images, as an arquero table:
   * `(await run.records()).filter((d) => d.seed === 1).orderby("value")`.
   *
   * @param onDamaged Is told of each file that cannot be read and is left out; default: progress names it.
   */
  async records(onDamaged?: (path: string, error: Error) => void): Promise<DataTable> {
    return recordTable(await this.recordList(onDamaged));
  }

  /** The same as a list of records, with all that they hold. */
  async recordList(
    onDamaged: (path: string, error: Error) => void = (path, { message }) =>
      this.#remark(`record ${basename(path)}`, `left out: ${message}`),
  ): Promise<RunRecord[]> {
    const { name: experiment } = this.experiment;
    const all = await readRecords(this.results, experiment, this.preset, onDamaged);
    const { dataset, specification } = this.context;
    const checksum = recordedChecksum(dataset);
    const setting = settingTitle(specification, this.context.setting);
    // Other settings have images of their own.
    return all.filter(({ cell, data }) =>
      cell.dataset !== dataset.name || cell.setting !== setting || data.checksum === checksum
    );
  }

  /**
   * Writes a trained network for other programs, with a model card: `await run.export(student, { out: "export" })`. As a
   * LayersModel of TensorFlow.js, and with `formats` also as a Keras file or ONNX; all give what the network gives here.
   *
   * @param part A student, the teacher that filters the fakes, or the generator.
   * @returns The folder that was written.
   * @throws {RangeError} No export knows an operation of the network.
   */
  async export(
    part: StudentResult | "teacher" | "generator",
    request: ExportRequest,
  ): Promise<string> {
    if (part !== "generator" && part !== "teacher") checkArgument("run.export()", part, EXPORTED);
    checkExport("run.export()", request);
    if (part === "generator") return await exportGenerator(this, request);
    if (part === "teacher") {
      return await exportNetwork(this, { network: await this.teacher(), method: part }, request);
    }
    const { network, teacher, seed, record, cell: { method } } = part;
    return await exportNetwork(this, { network, teacher, seed, record, method }, request);
  }

  /** What the records of this very run have in common; see `RunRecord.specification`. */
  identity(): Promise<string> {
    return runHash(this.specification, this.context.setting);
  }
}
