/** The stages of a run as rows: what each costs, and which are there already. */
import { countProgress } from "../base/progress.ts";
import { stepsPerEpoch } from "../data/batches/batches.ts";
import { NETWORKS } from "../registry.ts";
import type { SizedNetwork } from "../experiments/specification/schema.ts";
import type { TrainingRecipe } from "../networks/supervised.ts";
import type { Context } from "../chain/stages/context.ts";
import type { TrainedNetwork } from "../chain/stages/network_job.ts";
import { ERRORS } from "../chain/stages/measured_elsewhere.ts";
import { teacherStage } from "../chain/stages/network_stage.ts";
import { StepCosts } from "./step_costs.ts";
import type { Cost } from "./measure_step.ts";
import { type AskedStage, DryRunStore } from "./dry_run_store.ts";

/** Label, draw, ratio, opinion and positions of a fake; measured up to a million (`lib/bench/README.md`). */
const BYTES_A_FAKE = 140;
/** Images of a pass in which errors are measured, as in `predict`. */
const ERROR_BATCH = 250;

/** One stage, or several of the same cost. */
export interface EstimateRow {
  /** For people, for instance "student VGG11, NOKD on real". */
  readonly stage: string;
  /** Names of their results in the store. */
  readonly ids: readonly string[];
  /** How many there are. */
  readonly runs: number;
  /** How many of them are in the store already. */
  readonly held: number;
  /** Of one run: optimisation steps; rounds of fakes where nothing is trained. */
  readonly steps: number;
  /** Measured here; undefined where nothing is left to do. */
  readonly secondsPerStep?: number;
  /** Of all runs that are not held. */
  readonly hours: number;
  /** Largest need of one run, in bytes; 0 where nothing is left to do. */
  readonly memory: number;
}

/** One run of a stage. */
export interface Work {
  readonly steps: number;
  /** Measured only when a run is left to do. */
  readonly cost: () => Promise<Cost>;
  /** Bytes beside those of a step and of the real images. */
  readonly extra?: number;
  /** Name of the stage in its key; default: every stage that was asked for. */
  readonly is?: string;
}

/** Collects rows while the stages of a run are asked for, none of which is made. */
export class WorkList {
  readonly rows: EstimateRow[] = [];
  /** Where stages are asked for. */
  readonly context: Context;
  readonly stepCosts: StepCosts;
  readonly #plan: DryRunStore;
  readonly #watcher: Pick<Context, "progress" | "signal">;
  readonly #teachers = new Map<string, TrainedNetwork>();
  /** Of networks that have rows already. */
  readonly #errors: AskedStage[] = [];

  /** @param patience Seconds of a measurement, as for {@link StepCosts}. */
  constructor(context: Context, readonly patience: number) {
    const { specification, setting, dataset, store, fresh } = context;
    this.#plan = new DryRunStore(store);
    this.context = { specification, setting, dataset, store: this.#plan, fresh };
    // Looked up stages tell nobody; what is measured for them does.
    this.#watcher = context;
    this.stepCosts = new StepCosts(this.context, patience);
  }

  /** Real training images. */
  get real(): number {
    return this.context.dataset.train.labels.length;
  }

  /** Classes, or labels that fakes are drawn for. */
  get labels(): number {
    const { task } = this.context.dataset.train;
    return task.kind === "classification" ? task.classes : task.labels.length;
  }

  /** Fakes before the filter. */
  get poolSize(): number {
    return this.context.specification.synthesis.perLabel * this.labels;
  }

  /** Of what is kept in memory about each of these fakes; their pixels stay on disk. */
  get poolBytes(): number {
    return this.poolSize * BYTES_A_FAKE;
  }

  /** Steps of a training on `count` images; default: on the real ones. */
  stepsOf({ epochs, batch, epochImages }: TrainingRecipe, count = this.real): number {
    return epochs * stepsPerEpoch({ count: epochImages ?? count, batch });
  }

  /**
   * Adds a row for the stages that were asked for since the last one; none without any. Errors of networks on unused
   * images are left for {@link addErrors}.
   */
  async add(stage: string, work: Work): Promise<void> {
    this.#errors.push(...this.#plan.take(ERRORS));
    await this.#addRow(stage, work, this.#plan.take(work.is));
  }

  /** Adds the row of all errors on unused images; none where errors are those that trainings note. */
  async addErrors(): Promise<void> {
    const { specification: { filterTeacher, teachers, students }, dataset } = this.context;
    const asked = [...this.#errors.splice(0), ...this.#plan.take(ERRORS)];
    const sized = new Map(
      [filterTeacher, ...teachers, ...students].map((one) => [JSON.stringify(one), one]),
    );
    await this.#addRow("errors on unused images", {
      steps: Math.ceil(dataset.test.labels.length / ERROR_BATCH),
      // The dearest network stands for all.
      cost: async () => {
        const costs: Cost[] = [];
        for (const one of sized.values()) {
          costs.push(await this.stepCosts.inference(one, ERROR_BATCH));
        }
        const dearest = (of: keyof Cost) => Math.max(...costs.map((cost) => cost[of]));
        return { seconds: dearest("seconds"), bytes: dearest("bytes") };
      },
    }, asked);
  }

  async #addRow(stage: string, work: Work, asked: readonly AskedStage[]): Promise<void> {
    if (asked.length === 0) return;
    const left = asked.filter((entry) => !entry.held).length;
    const runs = asked.length;
    const cost = left === 0 ? undefined : await this.#measured(stage, work);
    const images = this.real + this.context.dataset.test.labels.length;
    this.rows.push({
      stage,
      ids: asked.map(({ id }) => id),
      runs,
      held: runs - left,
      steps: work.steps,
      ...(cost && { secondsPerStep: cost.seconds }),
      hours: cost === undefined ? 0 : left * work.steps * cost.seconds / 3600,
      memory: cost === undefined
        ? 0
        : cost.bytes + images * this.#bytesPerImage + (work.extra ?? 0),
    });
  }

  /** Whether a stage of this name was asked for and has no row yet. */
  awaits(stage: string): boolean {
    return this.#plan.holdsAny(stage);
  }

  /** A teacher, with its row when it is asked for first. */
  async teacher(sized: SizedNetwork): Promise<TrainedNetwork> {
    const name = JSON.stringify(sized);
    const known = this.#teachers.get(name);
    if (known) return known;
    const teacher = await teacherStage(this.context, sized);
    this.#teachers.set(name, teacher);
    const { teacherTraining } = this.context.specification;
    await this.add(`teacher ${titleOf(sized)}`, {
      steps: this.stepsOf(teacherTraining),
      cost: () => this.stepCosts.training(sized, teacherTraining),
    });
    return teacher;
  }

  async #measured(stage: string, { cost }: Work): Promise<Cost> {
    const { progress, signal } = this.#watcher;
    signal?.throwIfAborted();
    const report = countProgress(`measuring ${stage}`, progress);
    report(0, 1);
    const measured = await cost();
    report(1, 1);
    return measured;
  }

  get #bytesPerImage(): number {
    const { height, width, channels } = this.context.dataset.train.images.shape;
    return height * width * channels;
  }
}

/** The title of a network's family. */
export function titleOf({ network }: SizedNetwork): string {
  return NETWORKS[network].title;
}
