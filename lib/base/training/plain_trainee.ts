/** The step that all plain networks have in common: one batch, one loss, one optimiser, a rate by epoch. */
import { lossAndGradients, type Optimiser, type Schedule } from "./optimisers.ts";
import type { ParameterSet } from "../module.ts";
import { tf } from "../tf.ts";
import type { Trainee } from "./train_loop.ts";
import { DeadReluMonitor, type MortalTrainee } from "./train_until_alive.ts";

/** What a loss gives. */
export interface PlainLoss {
  /** What the weights descend on; logged as `loss`. */
  readonly loss: tf.Scalar;
  /** Logged beside it, by name. */
  readonly logged?: Readonly<Record<string, tf.Scalar>>;
  /** Sums or means of outputs that cannot be negative, each 0 in a dead network. */
  readonly outputs?: readonly tf.Scalar[];
}

/** A network that learns by one loss. */
export interface PlainLearner<Batch> {
  /** Names of network and optimiser in checkpoints. */
  readonly roles: readonly [network: string, optimiser: string];
  /** Trained in place. */
  readonly weights: ParameterSet;
  readonly optimiser: Optimiser;
  /** Learning rate by epoch. */
  readonly rateAt: Schedule;
  readonly stepsPerEpoch: number;
  /** Depends on the step only, counted from 0. */
  batch(step: number): Batch;
  /** Inside of the gradient. */
  loss(batch: Batch, step: number): PlainLoss;
}

/** One step after the other; the caller calls `dispose`, which leaves the network. */
export function plainTrainee<Batch>(
  learner: PlainLearner<Batch>,
  onOutputs: (...outputs: tf.Scalar[]) => void = () => {},
): Trainee & { dispose(): void } {
  const { roles: [network, slots], weights, optimiser, rateAt, stepsPerEpoch } = learner;
  return {
    state: { [network]: weights, [slots]: optimiser.state },
    step(step) {
      const batch = learner.batch(step);
      // Kept past the gradient's own tidy; the loop owns copies and frees them.
      const kept: { logged: Record<string, tf.Scalar>; outputs: tf.Scalar[] } = {
        logged: {},
        outputs: [],
      };
      const { loss, gradients } = lossAndGradients(weights, () => {
        const { loss, logged = {}, outputs = [] } = learner.loss(batch, step);
        for (const [name, value] of Object.entries(logged)) kept.logged[name] = tf.keep(value);
        for (const value of outputs) kept.outputs.push(tf.keep(value));
        return loss;
      });
      optimiser.apply(gradients, rateAt(Math.floor(step / stepsPerEpoch)));
      onOutputs(...kept.outputs);
      const logged = Object.fromEntries(
        Object.entries(kept.logged).map(([name, value]) => [name, value.clone()]),
      );
      tf.dispose([...Object.values(kept.logged), ...kept.outputs]);
      return { loss, ...logged };
    },
    dispose: () => optimiser.state.dispose(),
  };
}

/**
 * The same for a network whose outputs end in a ReLU, which can die.
 *
 * @param outputs How many the loss gives.
 */
export function mortalTrainee<Batch>(learner: PlainLearner<Batch>, outputs = 1): MortalTrainee {
  const monitor = new DeadReluMonitor(outputs);
  const trainee = plainTrainee(learner, (...values) => monitor.note(...values));
  return {
    step: trainee.step,
    // The name that checkpoints have for it.
    state: { ...trainee.state, silence: monitor.state },
    hasDied: () => monitor.foundDead(),
    dispose() {
      trainee.dispose();
      monitor.dispose();
    },
  };
}
