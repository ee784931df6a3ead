/** Trainings of networks whose last ReLU can die: one that died makes room for the next. */
import { checkInteger } from "../check.ts";
import type { History } from "../disk/checkpoint.ts";
import { constant, type NamedArrays, ParameterSet, Scope } from "../module.ts";
import { rngOf } from "../rng.ts";
import { tf } from "../tf.ts";
import { TrainingFailed } from "./failures.ts";
import { type LoopOptions, type Trainee, trainLoop } from "./train_loop.ts";

/** Remembers whether outputs that cannot be negative were 0 all the time. */
export class DeadReluMonitor {
  /** Belongs into checkpoints: a resumed training then judges the same interval. */
  readonly state: ParameterSet = new LenientSet();
  readonly #sums: tf.Variable[];

  /** @param outputs How many are watched; each has to be above 0 at times. */
  constructor(outputs = 1) {
    const scope = new Scope(this.state, rngOf(0));
    this.#sums = Array.from(
      { length: outputs },
      // The name that checkpoints have for it.
      (_, i) => scope.buffer(`heard${i + 1}`, [], constant(0)),
    );
  }

  /** Notes the mean or sum of each output over the inputs of a step. */
  note(...means: readonly tf.Scalar[]): void {
    for (const [i, mean] of means.entries()) {
      const sum = this.#sums[i]!;
      sum.assign(sum.add(mean));
    }
  }

  /**
   * Whether one of the outputs was 0 since the last call, so that no gradient flows through it any more, or not a
   * number.
   */
  async foundDead(): Promise<boolean> {
    let isDead = false;
    for (const sum of this.#sums) {
      const [value] = await sum.data();
      tf.tidy(() => sum.assign(tf.scalar(0)));
      // A sum that is not a number comes of a network that gives none.
      isDead ||= !(value! > 0 && value! < Infinity);
    }
    return isDead;
  }

  dispose(): void {
    this.state.dispose();
  }
}

/** Checkpoints of fits that were stopped before these sums were saved hold none: they stay readable. */
class LenientSet extends ParameterSet {
  override write(arrays: NamedArrays): void {
    if (Object.keys(arrays).length > 0) super.write(arrays);
  }
}

/** A network that may die in training. */
export interface MortalTrainee extends Trainee {
  /** Whether it gave nothing but 0 since the last call. */
  hasDied(): Promise<boolean>;
  /** Frees the optimiser's state; the network stays. */
  dispose(): void;
}

/** How to train networks until one survives. */
export interface TrainUntilAliveOptions {
  readonly loop: Omit<LoopOptions, "steps" | "evaluation">;
  readonly steps: number;
  /** Networks tried; default: 3. */
  readonly attempts?: number;
  /** What is 0 in a dead one, for the error: "output". */
  readonly output: string;
}

/** A network that survived its training. */
export interface LiveFit<Net> {
  readonly net: Net;
  readonly history: History;
  readonly seconds: number;
  readonly resumedAt: number;
  /** Networks that died before this one. */
  readonly deadNetworks: number;
}

/** How often to start again, and what to say when nothing came of it. */
export interface FirstAliveOptions {
  /** Networks tried. */
  readonly attempts: number;
  /** Thrown when all of them died. */
  failure(): TrainingFailed;
}

/**
 * What the first attempt with a living network gives: the one place where a dead network makes room for the next,
 * however its death is noticed.
 *
 * @param attempt Trains from the start of an attempt, counted from 0; undefined if the network is dead.
 * @throws {TrainingFailed} Every attempt ended with a dead network.
 */
export async function firstAlive<T>(
  attempt: (index: number) => Promise<T | undefined>,
  { attempts, failure }: FirstAliveOptions,
): Promise<T> {
  checkInteger(attempts, "attempts");
  for (let index = 0; index < attempts; index++) {
    const result = await attempt(index);
    if (result !== undefined) return result;
  }
  throw failure();
}

/**
 * Trains the network that `start` makes; one that was dead for a whole log interval is thrown away, and
 * the next attempt begins.
 *
 * @throws {TrainingFailed} Every network that was tried died; or a metric stopped being finite.
 */
export function trainUntilAlive<Net>(
  start: (attempt: number) => { net: Net; trainee: MortalTrainee; discard(): void },
  { loop, steps, attempts = 3, output }: TrainUntilAliveOptions,
): Promise<LiveFit<Net>> {
  let diedAt = 0;
  const fit = async (attempt: number): Promise<LiveFit<Net> | undefined> => {
    const { net, trainee, discard } = start(attempt);
    try {
      const { history, seconds, resumedAt } = await trainLoop(trainee, {
        ...loop,
        steps,
        // A network that died must not be resumed as the next one.
        ...(loop.checkpointPath === undefined || attempt === 0
          ? {}
          : { checkpointPath: `${loop.checkpointPath}.attempt${attempt}` }),
        evaluation: {
          every: loop.logEvery,
          async run(stepsDone) {
            if (await trainee.hasDied()) throw new DeadNetwork(stepsDone);
            return {};
          },
        },
      });
      return { net, history, seconds, resumedAt, deadNetworks: attempt };
    } catch (error) {
      discard();
      if (error instanceof DeadNetwork) {
        diedAt = error.step;
        return undefined;
      }
      throw error;
    } finally {
      trainee.dispose();
    }
  };
  return firstAlive(fit, {
    attempts,
    failure() {
      const finding = `${attempts} networks in a row whose ${output} is 0 for every input`;
      return new TrainingFailed(
        `Cannot fit ${loop.stage}: found ${finding}, the last by step ${diedAt}, from seed ` +
          `${loop.seed}; lower the learning rate or start from another seed`,
        finding,
      );
    },
  });
}

class DeadNetwork extends Error {
  constructor(
    /** Steps done when it was found dead. */
    readonly step: number,
  ) {
    super();
  }
}
