/** Optimisers with PyTorch's semantics, and learning-rate schedules. */
import { freeOnTheWayBack } from "../../native/tensorflow/free_tape.ts";
import { hasUpdateKernels, updateByAdam, updateBySgd } from "../../native/vectors/update.ts";
import { pack, packedSize, unpackInto } from "../flat.ts";
import { constant, ParameterSet, Scope } from "../module.ts";
import { rngOf } from "../rng.ts";
import { tf } from "../tf.ts";

/** Moves weights along gradients; its slots belong into every checkpoint. */
export interface Optimiser {
  /** Momentum buffers and the like, over all weights in order of creation. */
  readonly state: ParameterSet;
  /**
   * One update of every trainable weight; the gradient of a weight that the loss does not reach is 0.
   *
   * @param gradients By parameter name.
   * @param learningRate Of this step.
   */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): void;
}

/** Options of `sgd`. */
export interface SgdOptions {
  /** Default: 0.9. */
  readonly momentum?: number;
  /** Coupled weight decay on every parameter, biases and norm scales included; default: 0. */
  readonly weightDecay?: number;
  /** Nesterov's momentum, as PyTorch has it; default: false. */
  readonly nesterov?: boolean;
}

/**
 * v ← momentum · v + d, d = g + weightDecay · w; w ← w − lr · v (no dampening), or w ← w − lr · (d + momentum · v) with
 * Nesterov's momentum.
 */
export function sgd(parameters: ParameterSet, options: SgdOptions = {}): Optimiser {
  const { momentum = 0.9, weightDecay = 0, nesterov = false } = options;
  const weights = [...parameters.trainable.values()];
  const state = new ParameterSet();
  const velocity = slot(state, "velocity", packedSize(weights));
  return {
    state,
    apply(gradients, learningRate) {
      tf.tidy(() => {
        // The kernel has plain momentum only.
        if (hasUpdateKernels && !nesterov) {
          const updated = {
            weights,
            gradients: listGradients(parameters, gradients, tf.tensor1d([])),
          };
          updateBySgd(updated, velocity, { learningRate, momentum, weightDecay });
          return;
        }
        const before = pack(weights);
        const gradient = decayed(packGradients(parameters, gradients), before, weightDecay);
        velocity.assign(velocity.mul(momentum).add(gradient));
        const direction = nesterov ? gradient.add(velocity.mul(momentum)) : velocity;
        unpackInto(weights, before.sub(direction.mul(learningRate)));
      });
    },
  };
}

/** Options of `adam`. */
export interface AdamOptions {
  /** Default: 0.9. */
  readonly beta1?: number;
  /** Default: 0.999. */
  readonly beta2?: number;
  /** Default: 1e-8. */
  readonly epsilon?: number;
  /** L2 added to the gradient (coupled); default: 0. */
  readonly weightDecay?: number;
}

/**
 * m ← β1 m + (1 − β1) g; v ← β2 v + (1 − β2) g²;
 * w ← w − lr · m̂ / (√v̂ + ε) with m̂ = m / (1 − β1ᵗ), v̂ = v / (1 − β2ᵗ).
 */
export function adam(parameters: ParameterSet, options: AdamOptions = {}): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const weights = [...parameters.trainable.values()];
  const size = packedSize(weights);
  const state = new ParameterSet();
  const first = beta1 === 0 ? undefined : slot(state, "first", size);
  const second = slot(state, "second", size);
  const count = slot(state, "steps", 1);
  let steps: number | undefined;
  return {
    state,
    apply(gradients, learningRate) {
      // Read once: after a resumption the stored count is the truth.
      steps = (steps ?? count.dataSync()[0]!) + 1;
      const scale = learningRate / (1 - beta1 ** steps);
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      tf.tidy(() => {
        count.assign(tf.tensor1d([steps!]));
        if (hasUpdateKernels) {
          const updated = {
            weights,
            gradients: listGradients(parameters, gradients, tf.tensor1d([])),
          };
          const settings = { scale, correction, beta1, beta2, epsilon, weightDecay };
          updateByAdam(updated, { first, second }, settings);
          return;
        }
        const before = pack(weights);
        const gradient = decayed(packGradients(parameters, gradients), before, weightDecay);
        first?.assign(first.mul(beta1).add(gradient.mul(1 - beta1)));
        second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)));
        const denominator = second.sqrt().mul(correction).add(epsilon);
        unpackInto(
          weights,
          before.sub((first ?? gradient).div<tf.Tensor1D>(denominator).mul(scale)),
        );
      });
    },
  };
}

function slot(state: ParameterSet, name: string, size: number): tf.Variable<tf.Rank.R1> {
  return new Scope(state, rngOf(0)).weight(name, [size], constant(0));
}

/** The gradients of every trainable weight as one vector; zeros where the loss does not reach one. */
function packGradients(
  parameters: ParameterSet,
  gradients: Readonly<Record<string, tf.Tensor>>,
): tf.Tensor1D {
  return pack(listGradients(parameters, gradients));
}

/** In the order of the trainable weights; `none`, or zeros, where the loss does not reach one. */
function listGradients(
  parameters: ParameterSet,
  gradients: Readonly<Record<string, tf.Tensor>>,
  none?: tf.Tensor,
): tf.Tensor[] {
  return [...parameters.trainable].map(([name, weight]) =>
    gradients[name] ?? none ?? tf.zerosLike(weight)
  );
}

function decayed(gradient: tf.Tensor1D, weight: tf.Tensor1D, weightDecay: number): tf.Tensor1D {
  return weightDecay === 0 ? gradient : gradient.add(weight.mul(weightDecay));
}

/** Learning rate of an epoch, counted from 0. */
export type Schedule = (epoch: number) => number;

/** base · factor^k, where k milestones are at or before the epoch. */
export function stepDecay(base: number, milestones: readonly number[], factor = 0.1): Schedule {
  return (epoch) => base * factor ** milestones.filter((milestone) => epoch >= milestone).length;
}

/** The loss and its gradients by parameter name. */
export interface LossAndGradients {
  readonly loss: tf.Scalar;
  readonly gradients: Record<string, tf.Tensor>;
}

/** Value and gradients of `loss` for the trainable weights of `parameters`; nothing else is taped. */
export function lossAndGradients(
  parameters: ParameterSet,
  loss: () => tf.Scalar,
): LossAndGradients {
  const weights = [...parameters.trainable];
  const { value, grads } = tf.variableGrads(() => {
    const value = loss();
    freeOnTheWayBack();
    return value;
  }, weights.map(([, weight]) => weight));
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, weight] of weights) {
    const gradient = grads[weight.name];
    if (gradient != null) gradients[name] = gradient;
  }
  return { loss: value, gradients };
}
