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

/** The training was stopped by its signal; what it had done is in its checkpoint. */
export class TrainingStopped extends Error {
  override readonly name = "TrainingStopped";
}

/** The training came to nothing: a figure or a weight is not a number any more, or every network died. */
export class TrainingFailed extends RangeError {
  constructor(
    message: string,
    /** What was found, such as `loss is NaN at step 40`. */
    readonly finding: string,
  ) {
    super(message);
  }
}

/** What went wrong, and where. */
function diverged(
  finding: string,
  { stage, seed }: Pick<LoopOptions, "stage" | "seed">,
): TrainingFailed {
  return new TrainingFailed(
    `Cannot go on with ${stage}: ${finding} with seed ${seed}; lower the learning rate or start ` +
      "from another seed",
    finding,
  );
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
  const { stage, seed, steps, logEvery, checkpointPath, checkpointSeconds = 60 } = options;
  let restored: RestoredCheckpoint | undefined;
  if (checkpointPath !== undefined) {
    restored = await readCheckpoint(checkpointPath, trainee.state);
  }
  const history: History = restored?.history ?? [];
  const resumedAt = restored?.step ?? 0;
  if (resumedAt > steps) {
    throw new RangeError(
      `Cannot resume ${stage}: found a checkpoint of step ${resumedAt} in "${checkpointPath}", ` +
        `want one of at most ${steps} steps; delete it, or ask for more steps`,
    );
  }
  const warnings: { explosion?: string; evaluation?: string } = {};
  const remarks = () => [
    ...(resumedAt > 0 ? [`resumed at step ${resumedAt.toLocaleString("en-US")}`] : []),
    ...(restored?.lacksChecksum ? [UNVERIFIED] : []),
    ...Object.values(warnings).filter((warning) => warning !== undefined),
  ];
  const secondsBefore = restored?.seconds ?? 0;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let savedAt = elapsed();
  let yieldedAt = elapsed();
  let reportedAt = -Infinity;
  // Of the history; those of an earlier process were told by it.
  let rowsTold = history.length;
  // What was measured last, each figure for itself.
  let { step: _step, ...metrics }: Record<string, number> = Object.assign({}, ...history);
  let tensorsAtRest: number | undefined;
  // The row under way: metrics of its steps already read, and those still on the device.
  let values: Record<string, number>[] = [...restored?.row ?? []];
  let pending: Record<string, tf.Scalar>[] = [];

  const report = (step: number, state: "training" | "trained" | "resumed") => {
    const remark = remarks().join(", ");
    const rows = history.slice(rowsTold);
    rowsTold = history.length;
    options.progress?.({
      stage,
      step,
      total: steps,
      metrics,
      ...(rows.length > 0 && { rows }),
      ...(options.units && { units: options.units }),
      elapsedSeconds: elapsed(),
      stepsHere: step - resumedAt,
      state,
      ...(remark !== "" && { remark }),
    });
    reportedAt = elapsed();
  };
  const readPending = async (done: number) => {
    const rows = pending;
    pending = [];
    values.push(...await read(rows, { stage, seed, firstStep: done - rows.length }));
  };
  const save = async (step: number) => {
    if (checkpointPath === undefined) return;
    await readPending(step);
    try {
      await writeCheckpoint(checkpointPath, {
        step,
        history,
        row: values,
        seconds: secondsBefore + elapsed(),
      }, trainee.state);
    } catch (error) {
      if (!(error instanceof NonFiniteState)) throw error;
      const { place, value } = error.found;
      throw diverged(`${place} is ${value} at step ${step}`, options);
    }
    savedAt = elapsed();
  };

  report(resumedAt, resumedAt > 0 ? "resumed" : "training");
  try {
    for (let step = resumedAt; step < steps; step++) {
      pending.push(tf.tidy(() => trainee.step(step)));
      const done = step + 1;
      const { evaluation } = options;
      const isMeasured = evaluation !== undefined &&
        (done % evaluation.every === 0 || done === steps);
      // Where rows end depends only on the step, whatever was resumed: curves are the same bits.
      if (done % logEvery === 0 || isMeasured || done === steps) {
        await readPending(done);
        const averages = averageOf(values);
        warnings.explosion ??= explosionIn(averages, history[0] ?? values[0]!, { done, seed });
        values = [];
        checkLeak(stage, done);
        const measured = isMeasured ? await evaluation.run(done) : {};
        for (const [name, value] of Object.entries(measured)) {
          if (!Number.isFinite(value)) {
            throw diverged(`${name} is ${value} at step ${done}`, options);
          }
        }
        if (isMeasured) {
          const warning = evaluation.warn?.(measured);
          warnings.evaluation = warning && `${warning} (step ${done}, seed ${seed})`;
        }
        // The last measurement stays in view while the averages move on.
        metrics = { ...metrics, ...averages, ...measured };
        history.push({ step: done, ...averages, ...measured });
      }
      if (done < steps) {
        const isStopped = options.signal?.aborted === true;
        if (isStopped || elapsed() - savedAt >= checkpointSeconds) await save(done);
        if (isStopped) {
          throw new TrainingStopped(
            `Stopped ${stage} at step ${done} of ${steps}: run again to go on`,
          );
        }
      }
      if (elapsed() - reportedAt >= 0.25) report(done, "training");
      // Lets signals, timers and the kernel's messages in.
      if (elapsed() - yieldedAt >= 0.05) {
        await new Promise((resolve) => setTimeout(resolve));
        yieldedAt = elapsed();
      }
    }
    await save(steps);
  } finally {
    for (const row of pending) tf.dispose(row);
  }
  report(steps, "trained");
  return { history, seconds: secondsBefore + elapsed(), resumedAt };

  function checkLeak(stage: string, step: number): void {
    const { numTensors } = tf.memory();
    if (tensorsAtRest !== undefined && numTensors > tensorsAtRest) {
      throw new Error(
        `Cannot go on with ${stage}: found ${numTensors - tensorsAtRest} leaked tensors at step ` +
          `${step}, want none`,
      );
    }
    tensorsAtRest = numTensors;
  }
}

/** Reads the scalars of each step, in one transfer, and frees them. */
async function read(
  rows: Record<string, tf.Scalar>[],
  { stage, seed, firstStep }: { stage: string; seed: number; firstStep: number },
): Promise<Record<string, number>[]> {
  const scalars = rows.flatMap((row) => Object.values(row));
  if (scalars.length === 0) return rows.map(() => ({}));
  const stacked = tf.tidy(() => tf.stack(scalars));
  const values = await stacked.data();
  stacked.dispose();
  tf.dispose(scalars);
  let position = 0;
  return rows.map((row, i) => {
    const metrics: Record<string, number> = {};
    for (const name of Object.keys(row)) {
      const value = values[position++]!;
      if (!Number.isFinite(value)) {
        throw diverged(`${name} is ${value} at step ${firstStep + i}`, { stage, seed });
      }
      metrics[name] = value;
    }
    return metrics;
  });
}

/** Mean of each metric over the steps that have it: some begin later than others. */
function averageOf(rows: readonly Record<string, number>[]): Record<string, number> {
  const averages: Record<string, number> = {};
  for (const name of new Set(rows.flatMap((row) => Object.keys(row)))) {
    const values = rows.flatMap((row) => row[name] === undefined ? [] : [row[name]]);
    averages[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  return averages;
}
