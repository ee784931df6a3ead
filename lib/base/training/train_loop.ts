/**
 * The only training loop: steps, averages, progress, checkpoints, evaluation, and the checks that stop a
 * run that went wrong. It knows no model; a `Trainee` does one step at a time.
 */
import {
  type History,
  NonFiniteState,
  readCheckpoint,
  type RestoredCheckpoint,
  type TrainingState,
  writeCheckpoint,
} from "../disk/checkpoint.ts";
import type { ProgressEvent, ProgressSink } from "../progress.ts";
import { tf } from "../tf.ts";
import { explosionIn } from "./explosion.ts";
import { diverged, TrainingStopped } from "./failures.ts";
import { averageOf, OpenRow } from "./open_row.ts";

/** Something that learns. All randomness of step k comes from streams addressed by k. */
export interface Trainee {
  /** Everything that decides the next step, saved in checkpoints. */
  readonly state: TrainingState;
  /**
   * Does one optimisation step, counted from 0; runs inside a tidy.
   *
   * @returns Scalars to average and log. They are read later, so a step never waits for the device.
   */
  step(step: number): Record<string, tf.Scalar>;
}

/** Measures that cost more than a step, such as an error rate after each epoch. */
export interface Evaluation {
  /** Every how many steps, and after the last; a row of the history ends there. */
  readonly every: number;
  /** @returns Numbers for the row of the history that ends at this step. */
  run(stepsDone: number): Promise<Record<string, number>>;
  /** What is wrong with what was measured, for whoever watches; undefined where nothing is. */
  warn?(measured: Readonly<Record<string, number>>): string | undefined;
}

/** How to train. */
export interface LoopOptions {
  /** Named in progress and errors. */
  readonly stage: string;
  /** Named in errors, so that a failed run can be repeated. */
  readonly seed: number;
  readonly steps: number;
  /** Steps averaged into one row of the history. */
  readonly logEvery: number;
  readonly evaluation?: Evaluation;
  /** File to resume from and to save to; no checkpoints without. */
  readonly checkpointPath?: string;
  /** Seconds between checkpoints; default: 60. */
  readonly checkpointSeconds?: number;
  /** Units of metrics, for whoever watches: `{ test: "%" }`. */
  readonly units?: ProgressEvent["units"];
  readonly progress?: ProgressSink;
  /** Stops between two steps, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** Said of a checkpoint whose weights nobody can vouch for. */
const UNVERIFIED = "its checkpoint is of an older version, without a checksum";

/** The curves and the time of a finished training. */
export interface LoopResult {
  readonly history: History;
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
  /** Step of the checkpoint that this process started from; 0 for a fresh one. */
  readonly resumedAt: number;
}

/**
 * Trains to the last step, going on from the checkpoint if there is one. A resumed training ends with
 * the same bits as an undisturbed one.
 *
 * @throws {TrainingFailed} A metric, an evaluated figure or a weight stopped being finite; names stage, step and
 *   seed.
 * @throws {RangeError} The checkpoint is that of a longer training; names its file.
 * @throws {SyntaxError} The checkpoint is damaged; names its file.
 * @throws {TrainingStopped} The signal was aborted; a checkpoint was written first.
 * @throws {Error} A step leaked tensors.
 */
export async function trainLoop(trainee: Trainee, options: LoopOptions): Promise<LoopResult> {
  const { stage, steps, checkpointPath } = options;
  const restored = checkpointPath === undefined
    ? undefined
    : await readCheckpoint(checkpointPath, trainee.state);
  if (restored !== undefined && restored.step > steps) {
    throw new RangeError(
      `Cannot resume ${stage}: found a checkpoint of step ${restored.step} in "${checkpointPath}", ` +
        `want one of at most ${steps} steps; delete it, or ask for more steps`,
    );
  }
  return await new Loop(trainee, options, restored).run();
}

/** One training in this process. */
class Loop {
  readonly #trainee: Trainee;
  readonly #options: LoopOptions;
  readonly #restored: RestoredCheckpoint | undefined;
  readonly #resumedAt: number;
  readonly #history: History;
  readonly #row: OpenRow;
  readonly #warnings: { explosion?: string; evaluation?: string } = {};
  readonly #start = performance.now();
  #savedAt = 0;
  #yieldedAt = 0;
  #reportedAt = -Infinity;
  /** Rows of the history that whoever watches knows; those of an earlier process were told by it. */
  #rowsTold: number;
  /** What was measured last, each figure for itself. */
  #metrics: Record<string, number>;
  #tensorsAtRest: number | undefined;

  constructor(trainee: Trainee, options: LoopOptions, restored: RestoredCheckpoint | undefined) {
    this.#trainee = trainee;
    this.#options = options;
    this.#restored = restored;
    this.#resumedAt = restored?.step ?? 0;
    this.#history = restored?.history ?? [];
    this.#rowsTold = this.#history.length;
    this.#row = new OpenRow(restored?.row ?? [], options);
    const { step: _step, ...metrics }: Record<string, number> = Object.assign(
      {},
      ...this.#history,
    );
    this.#metrics = metrics;
  }

  async run(): Promise<LoopResult> {
    const { steps, logEvery, evaluation } = this.#options;
    const resumedAt = this.#resumedAt;
    this.#report(resumedAt, resumedAt > 0 ? "resumed" : "training");
    try {
      for (let step = resumedAt; step < steps; step++) {
        this.#row.add(tf.tidy(() => this.#trainee.step(step)));
        const done = step + 1;
        const isMeasured = evaluation !== undefined &&
          (done % evaluation.every === 0 || done === steps);
        // Where rows end depends only on the step, whatever was resumed: curves are the same bits.
        if (done % logEvery === 0 || isMeasured || done === steps) {
          await this.#endRow(done, isMeasured ? evaluation : undefined);
        }
        if (done < steps) await this.#saveOrStop(done);
        if (this.#elapsed() - this.#reportedAt >= 0.25) this.#report(done, "training");
        await this.#yield();
      }
      await this.#save(steps);
    } catch (error) {
      this.#tellRows();
      throw error;
    } finally {
      this.#row.dispose();
    }
    this.#report(steps, "trained");
    return { history: this.#history, seconds: this.#seconds(), resumedAt };
  }

  /** Seconds in this process. */
  #elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Seconds over all processes. */
  #seconds(): number {
    return (this.#restored?.seconds ?? 0) + this.#elapsed();
  }

  async #endRow(done: number, evaluation: Evaluation | undefined): Promise<void> {
    const { seed } = this.#options;
    const values = await this.#row.close(done);
    const averages = averageOf(values);
    this.#warnings.explosion ??= explosionIn(averages, this.#history[0] ?? values[0]!, {
      done,
      seed,
    });
    this.#checkLeak(done);
    const measured = await evaluation?.run(done) ?? {};
    for (const [name, value] of Object.entries(measured)) {
      if (!Number.isFinite(value)) {
        throw diverged(`${name} is ${value} at step ${done}`, this.#options);
      }
    }
    if (evaluation !== undefined) {
      const warning = evaluation.warn?.(measured);
      this.#warnings.evaluation = warning && `${warning} (step ${done}, seed ${seed})`;
    }
    // The last measurement stays in view while the averages move on.
    this.#metrics = { ...this.#metrics, ...averages, ...measured };
    this.#history.push({ step: done, ...averages, ...measured });
  }

  async #saveOrStop(done: number): Promise<void> {
    const { stage, steps, checkpointSeconds = 60, signal } = this.#options;
    const isStopped = signal?.aborted === true;
    if (isStopped || this.#elapsed() - this.#savedAt >= checkpointSeconds) await this.#save(done);
    if (isStopped) {
      throw new TrainingStopped(`Stopped ${stage} at step ${done} of ${steps}: run again to go on`);
    }
  }

  async #save(step: number): Promise<void> {
    const { checkpointPath } = this.#options;
    if (checkpointPath === undefined) return;
    // Who goes on from the checkpoint takes its rows as told.
    this.#tellRows();
    const row = await this.#row.read(step);
    try {
      await writeCheckpoint(checkpointPath, {
        step,
        history: this.#history,
        row,
        seconds: this.#seconds(),
      }, this.#trainee.state);
    } catch (error) {
      if (!(error instanceof NonFiniteState)) throw error;
      const { place, value } = error.found;
      throw diverged(`${place} is ${value} at step ${step}`, this.#options);
    }
    this.#savedAt = this.#elapsed();
  }

  /** Says what nobody was told of the history so far. */
  #tellRows(): void {
    if (this.#rowsTold < this.#history.length) {
      this.#report(this.#history.at(-1)!.step!, "training");
    }
  }

  #report(step: number, state: "training" | "trained" | "resumed"): void {
    const { stage, steps: total, units, progress } = this.#options;
    const resumedAt = this.#resumedAt;
    const remark = [
      ...(resumedAt > 0 ? [`resumed at step ${resumedAt.toLocaleString("en-US")}`] : []),
      ...(this.#restored?.lacksChecksum ? [UNVERIFIED] : []),
      ...Object.values(this.#warnings).filter((warning) => warning !== undefined),
    ].join(", ");
    const rows = this.#history.slice(this.#rowsTold);
    this.#rowsTold = this.#history.length;
    progress?.({
      stage,
      step,
      total,
      metrics: this.#metrics,
      ...(rows.length > 0 && { rows }),
      ...(units && { units }),
      elapsedSeconds: this.#elapsed(),
      stepsHere: step - resumedAt,
      state,
      ...(remark !== "" && { remark }),
    });
    this.#reportedAt = this.#elapsed();
  }

  /** Lets signals, timers and the kernel's messages in. */
  async #yield(): Promise<void> {
    if (this.#elapsed() - this.#yieldedAt < 0.05) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#yieldedAt = this.#elapsed();
  }

  #checkLeak(step: number): void {
    const { numTensors } = tf.memory();
    if (this.#tensorsAtRest !== undefined && numTensors > this.#tensorsAtRest) {
      throw new Error(
        `Cannot go on with ${this.#options.stage}: found ${
          numTensors - this.#tensorsAtRest
        } leaked tensors at step ${step}, want none`,
      );
    }
    this.#tensorsAtRest = numTensors;
  }
}
