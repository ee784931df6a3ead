/**
 * An experiment at a preset, ready to be walked stage by stage: what notebooks and the command line share.
 * Every stage is looked up or made once; results of students become records.
 */
import type { Dataset } from "../base/contracts.ts";
import { lookUp } from "../base/check.ts";
import { disagreement } from "../bound/estimators.ts";
import { dirname, join } from "../base/path.ts";
import {
  type Cell,
  codeRevision,
  readRecords,
  type RunRecord,
  writeRecord,
} from "../base/records.ts";
import { rngOf } from "../base/rng.ts";
import { canonicalJson, shortHash, Store } from "../base/store.ts";
import { backendInfo, tf } from "../base/tf.ts";
import { foreseeEffect, type Verdict } from "../synthesis/verdict.ts";
import { askTeacher, type TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import { DATASETS } from "../registry.ts";
import { boundFactor, boundStage, type MeasuredBound } from "./stages/bound_stage.ts";
import { checkFakes, checkSpecification } from "./check_specification.ts";
import type { Context } from "./stages/context.ts";
import { type Experiment, type Preset, resolve, type SizedNetwork } from "./experiment.ts";
import type { Specification } from "./experiment.ts";
import {
  type FakePool,
  opinionStage,
  poolStage,
  type ProcessedFakes,
  processFakes,
  type Processing,
} from "./stages/fakes_stage.ts";
import { judgeByNetwork } from "./stages/gan_judge.ts";
import { ganStage, type TrainedGan } from "./stages/gan_stage.ts";
import { teacherStage, type TrainedNetwork } from "./stages/network_stage.ts";
import { conditionStage, type TrainedCondition } from "./stages/condition_stage.ts";
import { featuresOf, featuresStage, type TrainedFeatures } from "./stages/features_stage.ts";
import { judgeStage } from "./stages/judge_stage.ts";
import { type FittedRatio, ratioStage } from "./stages/ratio_stage.ts";
import type { Session } from "./session.ts";
import {
  distillerOf,
  methodTitle,
  needsTeacher,
  type StudentChoice,
  studentChoices,
  studentStage,
} from "./stages/student_stage.ts";

export type { StudentChoice } from "./stages/student_stage.ts";

/** Choices of whoever runs an experiment; none of them but `preset` and `changes` moves a result. */
export interface RunOptions {
  /** "quick" unless said. */
  readonly preset?: string;
  /** The first of the preset unless said. */
  readonly setting?: string;
  /** Dotted paths of the specification and JSON values, such as {"synthesis.fakes": "2000"}. */
  readonly changes?: Readonly<Record<string, string>>;
  /** Make everything anew that this machine made; published parts too when "all". */
  readonly fresh?: boolean | "all";
  /** Progress and the Stop button; silent and unstoppable without. */
  readonly session?: Session;
  /** Folder of records, stage results and figures; `results/` of the project unless said. */
  readonly results?: string;
}

/** A student of one cell and seed. */
export interface StudentResult {
  readonly cell: Cell;
  readonly seed: number;
  readonly network: TrainedNetwork;
  readonly record: RunRecord;
}

const PROJECT = dirname(dirname(import.meta.dirname!));

/** Opens an experiment: resolves its preset, loads its data, finds its store. */
export async function openExperiment(
  experiment: Experiment,
  options: RunOptions = {},
): Promise<ExperimentRun> {
  const { preset = "quick", changes = {} } = options;
  const specification = resolve(experiment, preset, changes);
  const setting = options.setting ?? specification.settings[0]!;
  if (!specification.settings.includes(setting)) {
    throw new RangeError(
      `Cannot run setting "${setting}" at preset "${preset}": known settings are ` +
        specification.settings.map((name) => `"${name}"`).join(", "),
    );
  }
  checkSpecification(specification, setting);
  const load = lookUp(DATASETS, specification.dataset, "data set");
  const dataset = await load(setting);
  checkFakes(specification, setting, dataset.train.task);
  return new ExperimentRun(
    experiment,
    preset as Preset,
    { specification, setting, dataset },
    options,
  );
}

/** One setting of an experiment; see `openExperiment`. */
export class ExperimentRun {
  readonly context: Context;
  /** Folder of records, stage results and figures. */
  readonly results: string;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(
    readonly experiment: Experiment,
    readonly preset: Preset,
    resolved: { specification: Specification; setting: string; dataset: Dataset },
    options: RunOptions,
  ) {
    this.results = options.results ?? join(PROJECT, "results");
    const { session, fresh } = options;
    this.context = {
      ...resolved,
      store: new Store(join(this.results, ".work"), join(this.results, "parts")),
      progress: session?.progress,
      get signal() {
        return session?.signal;
      },
      fresh,
    };
  }

  /** Everything that decides the outcome. */
  get specification(): Specification {
    return this.context.specification;
  }

  /** The data of the setting. */
  get dataset(): Dataset {
    return this.context.dataset;
  }

  /** A teacher on real images; the one that filters and relabels unless said. */
  teacher(sized: SizedNetwork = this.specification.filterTeacher): Promise<TrainedNetwork> {
    return this.#once(
      `teacher ${canonicalJson(sized)}`,
      () => teacherStage(this.context, sized),
    );
  }

  /** What the parts are told about labels: one-hot classes, or the embedding of scalar labels. */
  condition(): Promise<TrainedCondition> {
    return this.#once("condition", () => conditionStage(this.context));
  }

  /** The conditional GAN. */
  gan(): Promise<TrainedGan> {
    const { judgeEvery } = this.specification.gan;
    return this.#once("gan", async () =>
      ganStage(
        this.context,
        await this.condition(),
        judgeEvery === undefined ? undefined : {
          every: judgeEvery,
          measure: judgeByNetwork(this.context, await this.judge(), await this.condition()),
        },
      ));
  }

  /** The network whose features the density ratio reads. */
  features(): Promise<TrainedFeatures> {
    return this.#once("features", () => featuresStage(this.context));
  }

  /** A network that learnt the real images and has no part in GAN, filter and labels. */
  judge(): Promise<TrainedNetwork> {
    return this.#once("judge", () => judgeStage(this.context));
  }

  /** The density-ratio model. */
  ratio(): Promise<FittedRatio> {
    return this.#once(
      "ratio",
      async () =>
        ratioStage(this.context, {
          gan: await this.gan(),
          features: await this.features(),
          condition: await this.condition(),
        }),
    );
  }

  /** Fakes before the filter: subsampled where the specification says so. */
  pool(isSubsampled = this.specification.synthesis.steps.includes("subsample")): Promise<FakePool> {
    return this.#once(
      `pool ${isSubsampled}`,
      async () =>
        poolStage(this.context, {
          gan: await this.gan(),
          condition: await this.condition(),
          ratio: isSubsampled ? await this.ratio() : undefined,
        }),
    );
  }

  /** What the filter's teacher thinks of the fakes of a pool. */
  opinion(isSubsampled?: boolean): Promise<TeacherOpinion> {
    return this.#once(
      `opinion ${isSubsampled}`,
      async () => opinionStage(this.context, await this.pool(isSubsampled), await this.teacher()),
    );
  }

  /** The fakes that join the training set; an ablation gives other steps, rho or M^g. */
  processed(changes: Partial<Processing> = {}): Promise<ProcessedFakes> {
    const { synthesis } = this.specification;
    const processing: Processing = {
      steps: synthesis.steps,
      rho: lookUp(synthesis.rho, this.context.setting, "rho for setting"),
      fakes: synthesis.fakes,
      ...changes,
    };
    return this.#once(`processed ${canonicalJson(processing)}`, async () => {
      const isSubsampled = processing.steps.includes("subsample");
      const pool = await this.pool(isSubsampled);
      const judged = { teacher: await this.teacher(), opinion: await this.opinion(isSubsampled) };
      return processFakes(this.context, pool, judged, processing);
    });
  }

  /**
   * What to expect of the fakes, said before any student is trained on them.
   */
  verdict(): Promise<Verdict> {
    return this.#once("verdict", async () => {
      const pool = await this.pool();
      const processed = await this.processed();
      const judge = await this.judge();
      const network = judge.open();
      const { normalisation } = judge;
      const { predicted } = await askTeacher(network, processed.set, {
        normalisation,
        signal: this.context.signal,
      });
      network.parameters.dispose();
      const { task } = processed.set;
      // Shares of wrong labels, or of the label scale.
      const unit = task.kind === "classification" ? 100 : task.scale;
      const { value: differing } = disagreement(predicted, processed.set.labels, {
        rng: rngOf(0),
        replicates: 1,
        ...(task.kind === "regression" && { range: task.scale }),
      });
      return foreseeEffect({ set: pool.open().set, opinion: await this.opinion() }, {
        realCount: this.dataset.train.labels.length,
        fakeCount: processed.set.labels.length,
        areAdjusted: processed.adjusted !== undefined,
        teacherError: (await this.teacher()).test / unit,
        judge: { realError: judge.test / unit, disagreement: differing },
        ...(task.kind === "regression" && { b: boundFactor(task) }),
      });
    });
  }

  /** The terms of the error bound, measured on the processed fakes. */
  bound(): Promise<MeasuredBound> {
    return this.#once(
      "bound",
      async () => {
        const judge = await this.judge();
        const isClassifier = this.dataset.train.task.kind === "classification";
        return boundStage(this.context, {
          processed: await this.processed(),
          // The bound's own ratio, which no quirk of the reference's concerns.
          features: isClassifier
            ? featuresOf(this.context, judge, "standardized")
            : await this.features(),
          condition: await this.condition(),
          judge,
        });
      },
    );
  }

  /** Trains one student, or resumes or reuses it, and keeps its record. */
  async student(choice: StudentChoice): Promise<StudentResult> {
    const { specification, dataset, setting } = this.context;
    const { seed, trainOn } = choice;
    const { distiller } = distillerOf(specification, choice.distiller);
    const teacher = needsTeacher(distiller) ? await this.teacher(choice.teacher) : undefined;
    const fakes = trainOn === "real+fake" ? await this.processed() : undefined;
    const network = await studentStage(this.context, choice, { teacher, fakes });
    const method = methodTitle(distiller, trainOn);
    const { experiment, preset } = this;
    const cell: Cell = {
      dataset: dataset.name,
      setting,
      student: network.title,
      method,
      ...(teacher && { teacher: teacher.title }),
    };
    const record: RunRecord = {
      experiment: experiment.name,
      preset,
      cell,
      seed,
      metric: experiment.metric.name,
      unit: experiment.metric.unit,
      value: network.test,
      data: { name: `${dataset.name} ${dataset.setting}`, checksum: dataset.checksum },
      backend: {
        name: backendInfo.name,
        device: backendInfo.device,
        version: backendInfo.version,
      },
      versions: { deno: Deno.version.deno, tfjs: tf.version.tfjs },
      wallSeconds: network.seconds,
      revision: await codeRevision(PROJECT),
      stages: {
        student: network.artifact.id,
        ...(teacher && { teacher: teacher.artifact.id }),
        ...(fakes && { fakes: fakes.id, gan: (await this.gan()).artifact.id }),
      },
      // More seeds of the same cell belong into the same row of a table.
      specification: await shortHash(canonicalJson({ ...specification, seeds: undefined })),
      time: new Date().toISOString(),
    };
    await writeRecord(this.results, record);
    return { cell, seed, network, record };
  }

  /**
   * Every student of the table: students x distillers x training sets x seeds.
   *
   * @param pattern Only cells whose "student, method" holds it (case-insensitive).
   */
  async students(pattern = ""): Promise<StudentResult[]> {
    const results: StudentResult[] = [];
    for (const choice of studentChoices(this.specification, pattern)) {
      results.push(await this.student(choice));
    }
    return results;
  }

  /** Every record of the experiment at this preset, from this and earlier runs. */
  records(): Promise<RunRecord[]> {
    return readRecords(this.results, this.experiment.name, this.preset);
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    let made = this.#made.get(name) as Promise<T> | undefined;
    if (made === undefined) {
      made = make();
      this.#made.set(name, made);
      // A stage that was stopped or failed can be asked for again.
      made.catch(() => this.#made.delete(name));
    }
    return made;
  }
}
