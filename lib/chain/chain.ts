/** The chain of one setting, stage by stage: each is looked up or made once, whoever asks first. */
import { lookUp } from "../base/check.ts";
import type { Dataset, LabelledImages } from "../base/contracts.ts";
import { canonicalJson } from "../base/disk/identity.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import type { Verdict } from "../bound/verdict.ts";
import { drawSample, type SampleRequest } from "./sample_images.ts";
import { verdictOnFakes } from "./verdict_on_fakes.ts";
import type { SizedNetwork, Specification } from "../experiments/specification/schema.ts";
import { boundStage, type MeasuredBound } from "./stages/bound_stage.ts";
import { conditionStage, type TrainedCondition } from "./stages/generator/condition_stage.ts";
import type { Context } from "./stages/context.ts";
import { type AddedImages, otherImages } from "./stages/fakes/other_images.ts";
import { opinionStage } from "./stages/fakes/opinion_stage.ts";
import { type FakePool, poolStage } from "./stages/fakes/pool_stage.ts";
import {
  type ProcessedFakes,
  processFakes,
  type Processing,
} from "./stages/fakes/process_fakes.ts";
import { type AccuracyScore, accuracyScoreStage } from "./stages/judging/accuracy_score_stage.ts";
import { answersStage, type StudentAnswers, testOutputs } from "./stages/judging/answers_stage.ts";
import {
  evaluationProtocol,
  evaluationStage,
  type GeneratorEvaluation,
} from "./stages/judging/evaluation_stage.ts";
import { featuresOf, featuresStage, type TrainedFeatures } from "./stages/features_stage.ts";
import {
  generatorMeasureStage,
  type MeasuredGenerator,
} from "./stages/judging/generator_measure_stage.ts";
import { judgeByNetwork, judgeVariety } from "./stages/generator/gan_judge.ts";
import { ganStage, type TrainedGan } from "./stages/generator/gan_stage.ts";
import {
  complexityStage,
  type MeasuredComplexity,
  trainingErrorStage,
} from "./stages/judging/complexity_stage.ts";
import { judgeStage } from "./stages/judging/judge_stage.ts";
import { teacherStage, type TrainedNetwork } from "./stages/network_stage.ts";
import { type FittedRatio, ratioStage } from "./stages/ratio_stage.ts";
import type { TrainedStudent } from "./stages/student_stage.ts";

/** All that comes before students, and the measurements beside it. */
export class Chain {
  readonly #made = new Map<string, Promise<unknown>>();

  readonly #context: Context;
  readonly #check: () => void;

  /**
   * A chain of which nothing is made yet.
   *
   * @param context What every stage is given.
   * @param check Throws where the chain must not be used any more; asked at every use.
   */
  constructor(context: Context, check: () => void = () => {}) {
    this.#context = context;
    this.#check = check;
  }

  /** What every stage is given. */
  get context(): Context {
    this.#check();
    return this.#context;
  }

  /** Everything that decides the outcome. */
  get specification(): Specification {
    return this.context.specification;
  }

  /** The data of the setting. */
  get dataset(): Dataset {
    return this.context.dataset;
  }

  /** A teacher on real images; default: the one that filters and relabels. */
  teacher(sized: SizedNetwork = this.specification.filterTeacher): Promise<TrainedNetwork> {
    return this.#once(
      `teacher ${canonicalJson(sized)}`,
      () => teacherStage(this.context, sized),
    );
  }

  /** What the parts are conditioned on: one-hot classes, or the embedding of scalar labels. */
  condition(): Promise<TrainedCondition> {
    return this.#once("condition", () => conditionStage(this.context));
  }

  /** The conditional GAN. */
  gan(): Promise<TrainedGan> {
    const { judgeEvery } = this.specification.gan;
    return this.#once("gan", async () => {
      const condition = await this.condition();
      // Asked for where something is trained: a generator that is found needs no judge, whose training takes minutes.
      return ganStage(
        this.context,
        condition,
        async () =>
          judgeEvery === undefined ? { measure: judgeVariety(this.context, condition) } : {
            every: judgeEvery,
            measure: judgeByNetwork(this.context, await this.judge(), condition),
          },
      );
    });
  }

  /** The network whose features the density ratio reads. */
  features(): Promise<TrainedFeatures> {
    return this.#once("features", () => featuresStage(this.context));
  }

  /** A network that learnt the real images and has no part in GAN, filter and labels. */
  judge(): Promise<TrainedNetwork> {
    return this.#once("judge", () => judgeStage(this.context));
  }

  /**
   * Whether the generator's images lie among held-out real ones and reach all of them: precision, recall, density,
   * coverage and Fréchet distance, with training images in the place of fakes for comparison.
   */
  generatorMeasures(): Promise<MeasuredGenerator> {
    return this.#once("generator measures", async () =>
      generatorMeasureStage(this.context, {
        gan: await this.gan(),
        condition: await this.condition(),
        judge: await this.judge(),
        features: await this.#uninvolvedFeatures(),
      }));
  }

  /**
   * What the first student learns from unprocessed fakes alone, beside real images: trains two networks for as long as
   * a student takes.
   */
  accuracyScore(): Promise<AccuracyScore> {
    return this.#once(
      "accuracy score",
      async () => accuracyScoreStage(this.context, await this.pool(false)),
    );
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

  /** The images of the control "real+other real", which take the place of fakes. */
  others(): Promise<AddedImages> {
    return this.#once("other images", () => otherImages(this.context, () => this.teacher()));
  }

  /**
   * Images for labels of your choice: `await run.sample({ label: 35, count: 64 })`, `{ label: "cat", processed: true }`.
   *
   * @throws {RangeError} A label is not a class or out of range.
   */
  sample(request: SampleRequest): Promise<LabelledImages> {
    return drawSample(this.context, this, request);
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

  /**
   * Agreement and divergence of a student from its teacher, and how far its confidence can be believed, on the test
   * images; trains no student. One without a teacher is compared with the filter's.
   *
   * @throws {RangeError} Labels are scalar.
   */
  async answers(
    { network, teacher }: Pick<TrainedStudent, "network" | "teacher">,
  ): Promise<StudentAnswers> {
    const compared = teacher ?? await this.teacher();
    return answersStage(this.context, {
      student: network,
      teacher: compared,
      teacherOutputs: () =>
        this.#once(
          `test outputs ${compared.artifact.id}`,
          () => testOutputs(this.context, compared),
        ),
    });
  }

  /** What to expect of the fakes, said before any student is trained on them; measures the bound first. */
  verdict(): Promise<Verdict> {
    return this.#once("verdict", async () =>
      verdictOnFakes(this.context, {
        pool: await this.pool(),
        processed: await this.processed(),
        opinion: await this.opinion(),
        teacher: await this.teacher(),
        judge: await this.judge(),
        bound: await this.bound(),
      }));
  }

  /** The terms of the error bound, measured on the processed fakes. */
  bound(): Promise<MeasuredBound> {
    return this.#once(
      "bound",
      async () => {
        return boundStage(this.context, {
          processed: await this.processed(),
          features: await this.#uninvolvedFeatures(),
          judge: await this.judge(),
        });
      },
    );
  }

  /**
   * ε_opt of a student at the most: its error on its own training set as a loss in [0, 1].
   */
  trainingError(student: Pick<TrainedStudent, "network" | "added">): Promise<number> {
    return trainingErrorStage(this.context, student);
  }

  /** Complexity of the first student's class by random signs, beside b / √N; each draw trains a student. */
  complexity(draws?: number): Promise<MeasuredComplexity> {
    return this.#once(`complexity ${draws}`, () => complexityStage(this.context, { draws }));
  }

  /** Features to measure by: of classes the judge's, which no quirk of the reference's concerns. */
  async #uninvolvedFeatures(): Promise<TrainedFeatures> {
    return this.dataset.train.task.kind === "classification"
      ? featuresOf(this.context, await this.judge(), "standardized")
      : await this.features();
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    this.#check();
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
