/** Optimisers with PyTorch's semantics, and learning-rate schedules. */
import { constant, ParameterSet, Scope } from "./module.ts";
import { rngOf } from "./rng.ts";
import { tf } from "./tf.ts";

/** Moves weights along gradients; its slots belong into every checkpoint. */
export interface Optimiser {
  /** Momentum buffers and the like, by parameter name. */
  readonly state: ParameterSet;
  /**
   * One update. Parameters without a gradient stay as they are.
   *
   * @param gradients By parameter name.
   * @param learningRate Of this step.
   */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): void;
}

/** Options of `sgd`. */
export interface SgdOptions {
  /** 0.9 unless said. */
  readonly momentum?: number;
  /** Coupled weight decay on every parameter, biases and norm scales included; 0 unless said. */
  readonly weightDecay?: number;
  /** false unless said. */
  readonly nesterov?: boolean;
}

/**
 * v ← momentum · v + g + weightDecay · w; w ← w − lr · v (no dampening); with Nesterov
 * w ← w − lr · (g + weightDecay · w + momentum · v).
 */
export function sgd(parameters: ParameterSet, options: SgdOptions = {}): Optimiser {
  const { momentum = 0.9, weightDecay = 0, nesterov = false } = options;
  const state = new ParameterSet();
  const slots = zerosLike(parameters, state, "velocity");
  return {
    state,
    apply(gradients, learningRate) {
      tf.tidy(() => {
        for (const [name, weight] of parameters.trainable) {
          const gradient = gradients[name];
          if (gradient === undefined) continue;
          const velocity = slots.get(name)!;
          const slope = weightDecay === 0 ? gradient : gradient.add(weight.mul(weightDecay));
          velocity.assign(velocity.mul(momentum).add(slope));
          const direction = nesterov ? slope.add(velocity.mul(momentum)) : velocity;
          weight.assign(weight.sub(direction.mul(learningRate)));
        }
      });
    },
  };
}

/** Options of `adam`. */
export interface AdamOptions {
  /** 0.9 unless said. */
  readonly beta1?: number;
  /** 0.999 unless said. */
  readonly beta2?: number;
  /** 1e-8 unless said. */
  readonly epsilon?: number;
  /** L2 added to the gradient (coupled); 0 unless said. */
  readonly weightDecay?: number;
}

/**
 * m ← β1 m + (1 − β1) g; v ← β2 v + (1 − β2) g²;
 * w ← w − lr · m̂ / (√v̂ + ε) with m̂ = m / (1 − β1ᵗ), v̂ = v / (1 − β2ᵗ).
 */
export function adam(parameters: ParameterSet, options: AdamOptions = {}): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const state = new ParameterSet();
  const first = beta1 === 0 ? undefined : zerosLike(parameters, state, "first");
  const second = zerosLike(parameters, state, "second");
  const count = stateScope(state).weight("steps", [], constant(0));
  let steps: number | undefined;
  return {
    state,
    apply(gradients, learningRate) {
      // Read once: after a resumption the stored count is the truth.
      steps = (steps ?? count.dataSync()[0]!) + 1;
      const scale = learningRate / (1 - beta1 ** steps);
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      tf.tidy(() => {
        count.assign(tf.scalar(steps!));
        for (const [name, weight] of parameters.trainable) {
          const gradient = gradients[name];
          if (gradient === undefined) continue;
          const slope = weightDecay === 0 ? gradient : gradient.add(weight.mul(weightDecay));
          const m = first?.get(name);
          const v = second.get(name)!;
          m?.assign(m.mul(beta1).add(slope.mul(1 - beta1)));
          v.assign(v.mul(beta2).add(slope.square().mul(1 - beta2)));
          const denominator = v.sqrt().mul(correction).add(epsilon);
          weight.assign(weight.sub((m ?? slope).div(denominator).mul(scale)));
        }
      });
    },
  };
}

function stateScope(state: ParameterSet): Scope {
  return new Scope(state, rngOf(0));
}

function zerosLike(
  parameters: ParameterSet,
  state: ParameterSet,
  kind: string,
): Map<string, tf.Variable> {
  const slots = new Map<string, tf.Variable>();
  for (const [name, weight] of parameters.trainable) {
    const slot = stateScope(state).weight(`${kind}/${name}`, [...weight.shape], constant(0));
    slots.set(name, slot);
  }
  return slots;
}

/** Learning rate of an epoch, counted from 0. */
export type Schedule = (epoch: number) => number;

/** base · factor^k, where k milestones are at or before the epoch. */
export function stepDecay(base: number, milestones: readonly number[], factor = 0.1): Schedule {
  return (epoch) => base * factor ** milestones.filter((milestone) => epoch >= milestone).length;
}

/** base · (1 + cos(π · epoch / epochs)) / 2. */
export function cosineDecay(base: number, epochs: number): Schedule {
  return (epoch) => base * (1 + Math.cos(Math.PI * Math.min(1, epoch / epochs))) / 2;
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
  const { value, grads } = tf.variableGrads(loss, weights.map(([, weight]) => weight));
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, weight] of weights) {
    const gradient = grads[weight.name];
    if (gradient != null) gradients[name] = gradient;
  }
  return { loss: value, gradients };
}
