/** The parts of one setting that students learn from: each is looked up or made once, whoever asks first. */
import { checkOptionNames } from "../base/check_argument.ts";
import { lookUp } from "../base/check.ts";
import type { Dataset, LabelledImages } from "../base/contracts.ts";
import { canonicalJson } from "../base/disk/identity.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import { drawSample } from "./sample_images.ts";
import { checkRequest, type SampleRequest } from "./sample_request.ts";
import type { SizedNetwork, Specification } from "../experiments/specification/schema.ts";
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
import { featuresStage, type TrainedFeatures } from "./stages/features_stage.ts";
import { judgeByNetwork, judgeVariety } from "./stages/generator/gan_judge.ts";
import { ganStage, type TrainedGan } from "./stages/generator/gan_stage.ts";
import { judgeStage } from "./stages/judging/judge_stage.ts";
import type { TrainedNetwork } from "./stages/network_job.ts";
import { teacherStage } from "./stages/network_stage.ts";
import { type FittedRatio, ratioStage } from "./stages/ratio_stage.ts";

/** All that comes before students. */
export class Parts {
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
    return this.once(
      `teacher ${canonicalJson(sized)}`,
      () => teacherStage(this.context, sized),
    );
  }

  /** What the parts are conditioned on: one-hot classes, or the embedding of scalar labels. */
  condition(): Promise<TrainedCondition> {
    return this.once("condition", () => conditionStage(this.context));
  }

  /** The conditional GAN. */
  gan(): Promise<TrainedGan> {
    const { judgeEvery } = this.specification.gan;
    return this.once("gan", async () => {
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
    return this.once("features", () => featuresStage(this.context));
  }

  /** A network that learnt the real images and has no part in GAN, filter and labels. */
  judge(): Promise<TrainedNetwork> {
    return this.once("judge", () => judgeStage(this.context));
  }

  /** The density-ratio model. */
  ratio(): Promise<FittedRatio> {
    return this.once(
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
    return this.once(
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
    return this.once(
      `opinion ${isSubsampled}`,
      async () => opinionStage(this.context, await this.pool(isSubsampled), await this.teacher()),
    );
  }

  /** The fakes that join the training set; an ablation gives other steps, rho or M^g. */
  async processed(changes: Partial<Processing> = {}): Promise<ProcessedFakes> {
    checkOptionNames("run.processed()", changes, {
      known: { steps: true, rho: true, fakes: true },
      example: "{ fakes: 1000 }",
    });
    const { synthesis } = this.specification;
    const processing: Processing = {
      steps: synthesis.steps,
      rho: lookUp(synthesis.rho, this.context.setting, "rho for setting"),
      fakes: synthesis.fakes,
      ...changes,
    };
    return await this.once(`processed ${canonicalJson(processing)}`, async () => {
      const isSubsampled = processing.steps.includes("subsample");
      const pool = await this.pool(isSubsampled);
      const judged = { teacher: await this.teacher(), opinion: await this.opinion(isSubsampled) };
      return processFakes(this.context, pool, judged, processing);
    });
  }

  /** The images of the control "real+other real", which take the place of fakes. */
  others(): Promise<AddedImages> {
    return this.once("other images", () => otherImages(this.context, () => this.teacher()));
  }

  /**
   * Images for labels of your choice: `await run.sample({ label: 35, count: 64 })`, `{ label: "cat", processed: true }`.
   *
   * @throws {RangeError} A label is not a class or out of range.
   */
  async sample(request: SampleRequest): Promise<LabelledImages> {
    checkRequest("run.sample()", request);
    return await drawSample(this.context, this, request);
  }

  /**
   * What was made under this name, or is made now.
   *
   * @param name Of all that is made of this setting, no other may have it.
   */
  protected once<T>(name: string, make: () => Promise<T>): Promise<T> {
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
