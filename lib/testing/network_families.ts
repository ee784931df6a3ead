/** Checks that every network family must pass; used by their tests. */
import assert from "node:assert/strict";
import type { Rng } from "../base/rng.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { ForwardMode, Network, NetworkFamily, NetworkOptions } from "../networks/network.ts";

/** Kind of head and image side, as the parameter table of the method specification (5.6) has columns. */
export type Column = "cifar10" | "tiny_imagenet" | "regression";

const COLUMNS = {
  cifar10: { head: "classification", imageSize: 32, outputs: 10 },
  tiny_imagenet: { head: "classification", imageSize: 64, outputs: 200 },
  regression: { head: "regression", imageSize: 64, outputs: 1 },
} as const satisfies Record<Column, Omit<NetworkOptions, "width" | "rng">>;

/** A stream that costs nothing, where values do not matter. */
const STILL: Rng = {
  nextUint32: () => 0,
  uniform: () => 0.5,
  integer: () => 0,
  normal: () => 0,
  child: () => STILL,
};

/** Trainable scalars at full width. */
export function countParameters(family: NetworkFamily, column: Column): number {
  const { parameters } = family.build({ ...COLUMNS[column], width: 1, rng: STILL });
  const { size } = parameters;
  parameters.dispose();
  return size;
}

/** A narrow network. */
export function buildTiny(
  family: NetworkFamily,
  options: Partial<NetworkOptions> & { column?: Column } = {},
): Network {
  const { column = "cifar10", ...rest } = options;
  return family.build({ ...COLUMNS[column], width: 1 / 16, rng: rngOf(3, "build"), ...rest });
}

/** Images that differ from pixel to pixel, `[batch, side, side, 3]`. */
export function tinyImages(side: number, batch = 2): tf.Tensor4D {
  const rng = rngOf(4, "images");
  const values = Float32Array.from({ length: batch * side * side * 3 }, () => rng.normal());
  return tf.tensor4d(values, [batch, side, side, 3]);
}

/** Shapes of one pass, to be compared with a literal. */
export interface PassShapes {
  readonly output: number[];
  readonly features: number[];
  /** `name: side x channels`, in order. */
  readonly taps: string[];
}

/** Runs a training pass with taps and describes its tensors; checks that all values are finite. */
export function passShapes(network: Network, side: number): PassShapes {
  return tf.tidy(() => {
    const mode: ForwardMode = { training: true, rng: rngOf(5), taps: true };
    const { output, features, taps } = network.forward(tinyImages(side), mode);
    for (const tensor of [output, features, ...taps.flatMap(({ pre, post }) => [pre, post])]) {
      assert.ok(tensor.dataSync().every(Number.isFinite), "values must be finite");
    }
    return {
      output: output.shape,
      features: features.shape,
      taps: taps.map(({ name, pre, post }) => {
        assert.deepEqual(pre.shape, post.shape);
        return `${name}: ${post.shape[1]} x ${post.shape[3]}`;
      }),
    };
  });
}

/** A pass leaves nothing but its outcome behind, and taps come only when asked for. */
export function checkNoLeak(network: Network, side: number): void {
  const x = tinyImages(side);
  const before = tf.memory().numTensors;
  for (const training of [true, false]) {
    tf.tidy(() => {
      const { taps } = network.forward(x, { training, rng: rngOf(5) });
      assert.deepEqual(taps, []);
    });
  }
  assert.equal(tf.memory().numTensors, before);
  x.dispose();
}

/** Inference is deterministic and leaves the running statistics as they are; training moves them. */
export function checkModes(network: Network, side: number): void {
  const x = tinyImages(side);
  const infer = () => [...tf.tidy(() => network.forward(x, { training: false }).output).dataSync()];
  const buffers = () => [...network.parameters.buffers.values()].map((b) => [...b.dataSync()]);
  const start = buffers();
  const first = infer();
  assert.deepEqual(infer(), first);
  assert.deepEqual(buffers(), start);
  tf.tidy(() => void network.forward(x, { training: true, rng: rngOf(5) }));
  assert.notDeepEqual(buffers(), start);
  x.dispose();
}

/** Of the loss, what one step of the difference is expected to change: fits shallow and steep networks. */
const FRACTION = 5e-4;
/** Room for curvature and single precision; a wrong gradient misses by far more. */
const TOLERANCE = 0.05;

/**
 * Holds the gradient of a network to a central difference along the gradient's own direction, where the
 * derivative of the loss is the gradient's length.
 */
export function checkGradient(network: Network, side: number): void {
  const x = tinyImages(side);
  const variables = [...network.parameters.trainable.values()];
  const loss = () =>
    tf.tidy(() => {
      const { output } = network.forward(x, { training: true, rng: rngOf(5) });
      // Not a plain sum, which batch normalisation may hold constant.
      return tf.sum(tf.square(tf.sub(output, 0.5))).asScalar();
    });
  const { value, grads } = tf.variableGrads(loss, variables);
  const start = value.dataSync()[0]!;
  value.dispose();
  const squares = Object.values(grads).map((g) => tf.tidy(() => g.square().sum().dataSync()[0]!));
  const length = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  const step = FRACTION * start / length;
  const shift = (amount: number) => {
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (gradient === undefined) continue;
      tf.tidy(() => variable.assign(variable.add(gradient.mul(amount / length))));
    }
  };
  const at = (amount: number) => {
    shift(amount);
    const result = loss();
    const number = result.dataSync()[0]!;
    result.dispose();
    shift(-amount);
    return number;
  };
  const slope = (at(step) - at(-step)) / (2 * step);
  Object.values(grads).forEach((g) => g.dispose());
  x.dispose();
  const error = Math.abs(slope - length) / length;
  assert.ok(error < TOLERANCE, `slope ${slope} for ${length}`);
}

/**
 * Puts the statistics of a batch in the place of running ones, as a long training would, so that values reach the output
 * at the size that they have in trained networks; and keeps the output of a regression above its last ReLU.
 *
 * @param network Fresh: its running means are 0 and its variances 1.
 */
export function settleStatistics(network: Network, side: number): void {
  const { name, parameters } = network;
  const isSlow = name === "efficientnet_b0" && parameters.trainable.has("last/conv/weight");
  tf.tidy(() => {
    network.forward(tinyImages(side, 8), { training: true, rng: rngOf(5) });
    for (const [path, variable] of parameters.buffers) {
      // Of `formOf` in efficientnet.ts; all other norms take a tenth of each batch.
      const momentum = isSlow && !path.startsWith("head/") ? 0.01 : 0.1;
      const start = path.endsWith("variance") ? 1 : 0;
      const batch = variable.sub((1 - momentum) * start).div(momentum);
      variable.assign(start === 1 ? batch.maximum(1e-3) : batch);
    }
    // Sums of what is not below 0.
    const last = parameters.trainable.get("head/linear3/weight");
    last?.assign(last.abs());
  });
}
