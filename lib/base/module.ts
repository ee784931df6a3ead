/**
 * Parameters by name. A network is built by functions that ask a `Scope` for weights; the scope fills a
 * `ParameterSet`, which the optimiser, checkpoints and tests walk. Names are paths such as
 * "stage2/unit0/conv1/weight".
 */
import { checkShape } from "./check.ts";
import type { Precision } from "../native/tensorflow/precision.ts";
import type { Rng } from "./rng.ts";
import { tf } from "./tf.ts";

/** Fills a new weight of the given shape. */
export type Initialiser = (shape: readonly number[], rng: Rng) => Float32Array;

/** Arrays by name: what checkpoints and published weights hold. */
export type NamedArrays = Record<string, { shape: number[]; values: Float32Array }>;

/** Whether a forward pass trains (batch statistics, dropout, power iteration) or infers. */
export interface Mode {
  readonly training: boolean;
  /** Draws of this step, for dropout and its like; wanted where a network has any. */
  readonly rng?: Rng;
  /** Of the factors of products, here and on the way back; default: float32. */
  readonly precision?: Precision;
}

/**
 * The mode of a further pass in the same step, such as that of a second batch or of another network. Masks of dropout
 * are addressed by step and layer, so passes in one mode drop the same entries; those of a further pass are its own.
 *
 * @param name Which pass of the step it is.
 * @internal
 */
export function furtherPass(mode: Mode, name: string): Mode {
  return mode.rng === undefined ? mode : { ...mode, rng: mode.rng.child("pass", name) };
}

/** Forward pass with running statistics and without dropout. */
export const INFERENCE: Mode = { training: false };

/** The trainable weights and the buffers (running statistics, power-iteration vectors) of a network. */
export class ParameterSet {
  readonly #trainable = new Map<string, tf.Variable>();
  readonly #buffers = new Map<string, tf.Variable>();

  /** Weights that an optimiser updates, in order of creation. */
  get trainable(): ReadonlyMap<string, tf.Variable> {
    return this.#trainable;
  }

  /** State that forward passes update. */
  get buffers(): ReadonlyMap<string, tf.Variable> {
    return this.#buffers;
  }

  /** Trainable scalars, as papers count them. */
  get size(): number {
    let size = 0;
    for (const variable of this.#trainable.values()) size += variable.size;
    return size;
  }

  /** Adds a tensor; called by `Scope`. */
  add(name: string, initial: tf.Tensor, trainable: boolean): tf.Variable {
    if (this.#trainable.has(name) || this.#buffers.has(name)) {
      throw new Error(`Cannot add parameter "${name}": the name is taken`);
    }
    const variable = tf.variable(initial, trainable);
    initial.dispose();
    (trainable ? this.#trainable : this.#buffers).set(name, variable);
    return variable;
  }

  /** Every tensor by name, buffers included. */
  *entries(): Generator<[string, tf.Variable]> {
    yield* this.#trainable;
    yield* this.#buffers;
  }

  /** One set that shares the tensors of several, each under the name of its role. */
  static join(sets: Readonly<Record<string, ParameterSet>>): ParameterSet {
    const joint = new ParameterSet();
    for (const [role, set] of Object.entries(sets)) {
      for (const [name, variable] of set.#trainable) {
        joint.#trainable.set(`${role}/${name}`, variable);
      }
      for (const [name, variable] of set.#buffers) joint.#buffers.set(`${role}/${name}`, variable);
    }
    return joint;
  }

  /** Copies every tensor to the host. */
  async read(): Promise<NamedArrays> {
    const arrays: NamedArrays = {};
    for (const [name, variable] of this.entries()) {
      arrays[name] = {
        shape: [...variable.shape],
        values: (await variable.data()) as Float32Array,
      };
    }
    return arrays;
  }

  /**
   * Overwrites every tensor.
   *
   * @throws {RangeError} A name is missing.
   * @throws {TypeError} A shape differs.
   */
  write(arrays: NamedArrays): void {
    for (const [name, variable] of this.entries()) {
      const array = arrays[name];
      if (array === undefined) {
        throw new RangeError(`Cannot load parameters: "${name}" is missing from the stored arrays`);
      }
      checkShape(array.shape, variable.shape, `stored parameter "${name}"`);
      const value = tf.tensor(array.values, array.shape);
      variable.assign(value);
      value.dispose();
    }
  }

  /**
   * Copies the values of a set with the same names.
   *
   * @throws {RangeError} A name is missing.
   */
  copyFrom(other: ParameterSet): void {
    const source = new Map(other.entries());
    for (const [name, variable] of this.entries()) {
      const value = source.get(name);
      if (value === undefined) {
        throw new RangeError(`Cannot copy parameters: "${name}" is missing from the source`);
      }
      const copy = value.clone();
      variable.assign(copy);
      copy.dispose();
    }
  }

  /** Frees every tensor. */
  dispose(): void {
    for (const [, variable] of this.entries()) variable.dispose();
    this.#trainable.clear();
    this.#buffers.clear();
  }
}

/** A place in the name tree that makes parameters with draws of its own. */
export class Scope {
  constructor(
    readonly parameters: ParameterSet,
    readonly rng: Rng,
    readonly path: string = "",
  ) {}

  /** The scope below this one; its draws depend only on its path. */
  at(name: string | number): Scope {
    const path = this.path === "" ? String(name) : `${this.path}/${name}`;
    return new Scope(this.parameters, this.rng, path);
  }

  /** A trainable tensor. */
  weight<R extends tf.Rank = tf.Rank>(
    name: string,
    shape: number[],
    initialise: Initialiser,
  ): tf.Variable<R> {
    return this.#make(name, shape, initialise, true) as tf.Variable<R>;
  }

  /** A tensor that forward passes update and no optimiser touches. */
  buffer<R extends tf.Rank = tf.Rank>(
    name: string,
    shape: number[],
    initialise: Initialiser,
  ): tf.Variable<R> {
    return this.#make(name, shape, initialise, false) as tf.Variable<R>;
  }

  #make(name: string, shape: number[], initialise: Initialiser, trainable: boolean): tf.Variable {
    const full = this.path === "" ? name : `${this.path}/${name}`;
    const values = initialise(shape, this.rng.child(full));
    return this.parameters.add(full, tf.tensor(values, shape), trainable);
  }
}

/** Every entry the same. */
export function constant(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** N(0, std²). */
export function normal(std: number): Initialiser {
  return (shape, rng) => fill(shape, () => std * rng.normal());
}

/** U(−bound, bound). */
export function uniform(bound: number): Initialiser {
  return (shape, rng) => fill(shape, () => bound * (2 * rng.uniform() - 1));
}

/** U(±1/√fanIn): PyTorch's default for the weight and bias of convolutions and dense layers. */
export function torchUniform(fanIn: number): Initialiser {
  return uniform(1 / Math.sqrt(fanIn));
}

/** U(±gain · √(6 / (fanIn + fanOut))). */
export function xavierUniform(fanIn: number, fanOut: number, gain = 1): Initialiser {
  return uniform(gain * Math.sqrt(6 / (fanIn + fanOut)));
}

function fill(shape: readonly number[], draw: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
