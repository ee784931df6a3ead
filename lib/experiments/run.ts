/**
 * An experiment at a preset, ready to be walked stage by stage: what notebooks and the command line share.
 * Every stage is looked up or made once; results of students become records.
 */
import type { Dataset } from "../base/contracts.ts";
import { lookUp } from "../base/check.ts";
import { join } from "../base/path.ts";
import { type Cell, readRecords, type RunRecord, writeRecord } from "../base/records.ts";
import { canonicalJson, Store } from "../base/store.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import type { Verdict } from "../synthesis/verdict.ts";
import { type Estimate, type EstimateOptions, estimateRun } from "./estimate/estimate.ts";
import type { Experiment, Preset } from "./experiment.ts";
import { foresee } from "./foresee.ts";
import type { Session } from "./session.ts";
import type { SizedNetwork, Specification } from "./specification.ts";
import { boundStage, type MeasuredBound } from "./stages/bound_stage.ts";
import { conditionStage, type TrainedCondition } from "./stages/condition_stage.ts";
import type { Context } from "./stages/context.ts";
import {
  type FakePool,
  opinionStage,
  poolStage,
  type ProcessedFakes,
  processFakes,
  type Processing,
} from "./stages/fakes_stage.ts";
import {
  evaluationProtocol,
  evaluationStage,
  type GeneratorEvaluation,
} from "./stages/evaluation_stage.ts";
import { featuresOf, featuresStage, type TrainedFeatures } from "./stages/features_stage.ts";
import { judgeByNetwork } from "./stages/gan_judge.ts";
import { ganStage, type TrainedGan } from "./stages/gan_stage.ts";
import { judgeStage } from "./stages/judge_stage.ts";
import { teacherStage, type TrainedNetwork } from "./stages/network_stage.ts";
import { type FittedRatio, ratioStage } from "./stages/ratio_stage.ts";
import {
  distillerOf,
  needsTeacher,
  type StudentChoice,
  studentChoices,
  studentStage,
} from "./stages/student_stage.ts";
import { PROJECT, recordOf } from "./student_record.ts";

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
  /** Only students whose "student, method" holds it count in the estimate of preset "paper". */
  readonly cells?: string;
  /** Progress and the Stop button; silent and unstoppable without. */
  readonly session?: Session;
  /** Folder of records, stage results and figures; `results/` of the project unless said. */
  readonly results?: string;
}

/** A student of one cell and seed. */
export interface StudentResult {
  /** Where it stands in a table. */
  readonly cell: Cell;
  /** Of its weights and batches. */
  readonly seed: number;
  /** The student itself, with its curve and its error on the test set. */
  readonly network: TrainedNetwork;
  /** As it was written to the results. */
  readonly record: RunRecord;
}

/** One setting of an experiment; see `openExperiment`. */
export class ExperimentRun {
  /** What every stage is given. */
  readonly context: Context;
  /** Folder of records, stage results and figures. */
  readonly results: string;
  readonly #made = new Map<string, Promise<unknown>>();

  /** Without any check of the specification; `openExperiment` makes them. */
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

  /** What is left to do and what it will take here, measured now: time and memory of every stage. */
  estimate(options?: EstimateOptions): Promise<Estimate> {
    return estimateRun(this.context, options);
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
      async () => {
        const pool = await poolStage(this.context, {
          gan: await this.gan(),
          condition: await this.condition(),
          ratio: isSubsampled ? await this.ratio() : undefined,
        });
        await pool.restore();
        return pool;
      },
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
   * Intra-FID, diversity and label score of the fakes (method specification 7.4): beside the chain, for scalar
   * labels. Trains networks of its own.
   */
  generatorScore(): Promise<GeneratorEvaluation> {
    return this.#once("generator score", async () => {
      const { compat } = evaluationProtocol(this.context);
      return evaluationStage(
        this.context,
        await this.pool(compat.sampler === "raw" ? false : undefined),
      );
    });
  }

  /** What to expect of the fakes, said before any student is trained on them. */
  verdict(): Promise<Verdict> {
    return this.#once("verdict", async () =>
      foresee(this.context, {
        pool: await this.pool(),
        processed: await this.processed(),
        opinion: await this.opinion(),
        teacher: await this.teacher(),
        judge: await this.judge(),
      }));
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
    const { distiller } = distillerOf(this.specification, choice.distiller);
    const teacher = needsTeacher(distiller) ? await this.teacher(choice.teacher) : undefined;
    const fakes = choice.trainOn === "real+fake" ? await this.processed() : undefined;
    const network = await studentStage(this.context, choice, { teacher, fakes });
    const record = await recordOf(this, choice, {
      network,
      teacher,
      ...(fakes && { fakes: { id: fakes.id, gan: (await this.gan()).artifact.id } }),
    });
    await writeRecord(this.results, record);
    return { cell: record.cell, seed: choice.seed, network, record };
  }

  /**
   * What {@link students} trains, and nothing trained.
   *
   * @throws {RangeError} No cell holds the pattern; lists them.
   */
  choices(pattern = ""): StudentChoice[] {
    return studentChoices(this.specification, pattern);
  }

  /**
   * Every student of the table: students x distillers x training sets x seeds.
   *
   * @param pattern Only cells whose "student, method" holds it (case-insensitive). "equal steps" asks for controls
   *   that are not in the table: students on real images alone for as many steps as those with fakes take.
   * @throws {RangeError} No cell holds the pattern; lists them.
   */
  async students(pattern = ""): Promise<StudentResult[]> {
    const results: StudentResult[] = [];
    for (const choice of this.choices(pattern)) {
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
