/** The network that says how much likelier an image is under real than under fake images. */
import { checkInteger } from "../base/check.ts";
import {
  type Initialiser,
  type Mode,
  normal,
  ParameterSet,
  Scope,
  torchUniform,
} from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { product } from "../native/vectors/hidden_layer.ts";
import { biasAdd, relu } from "../native/maps/activation.ts";
import { normalisedTail } from "../networks/layers.ts";

const HIDDEN = [2048, 1024, 512, 256, 128];
const GROUPS = 8;
// Groups of one or two features lose nearly all they hold when they are normalised.
const LEAST_WIDTH = 4 * GROUPS;

/** φ(h(x), y). */
export interface RatioNet {
  readonly parameters: ParameterSet;
  /**
   * @param features h(x), `[batch, d]`.
   * @param condition One-hot classes, or the embedding of scalar labels, `[batch, conditionSize]`.
   * @returns φ >= 0, the estimate of p_r(x | y) / p_g(x | y), `[batch, 1]`.
   */
  forward(features: tf.Tensor2D, condition: tf.Tensor2D, mode: Mode): tf.Tensor2D;
}

/** Everything that decides a ratio network before its first weight. */
export interface RatioNetOptions {
  /** d. */
  readonly featureSize: number;
  readonly conditionSize: number;
  /**
   * "trainable": a table [conditionSize, conditionSize] on one-hot conditions, N(0, 1) at first
   * (classes); "given": the condition is an embedding already (scalar labels, y2h).
   */
  readonly embedding: "trainable" | "given";
  /** Widths relative to the paper's 2048 … 128; default: 1. */
  readonly width?: number;
  /** Probability of a zero after each hidden layer; default: 0.5, as in the paper. */
  readonly dropout?: number;
  /** Draws of the initial weights. */
  readonly rng: Rng;
}

/**
 * Widths of the five hidden layers: multiples of 8 (the groups), at least 32; exact at width 1.
 *
 * @throws {RangeError} The width is not positive.
 */
export function hiddenWidths(width: number): number[] {
  if (!(width > 0)) {
    throw new RangeError(`Cannot build a ratio network of width ${width}: want a positive number`);
  }
  return HIDDEN.map((size) => Math.max(LEAST_WIDTH, GROUPS * Math.round(size * width / GROUPS)));
}

/**
 * MLP-5 (method specification 3.3): label embedding and features side by side, five times [dense,
 * group normalisation in 8 groups, ReLU, dropout], dense to 1, ReLU.
 *
 * At width 1 it has 9,109,349 parameters for CIFAR-10 (d = 3,072), 28,412,737 for Tiny-ImageNet
 * (d = 12,288) and 28,225,281 for scalar labels (d = 12,288, embedding of 128).
 */
export function buildRatioNet(options: RatioNetOptions): RatioNet {
  const { featureSize, conditionSize, width = 1, rng } = options;
  checkInteger(featureSize, "featureSize");
  checkInteger(conditionSize, "conditionSize");
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("ratio"));
  const embed = options.embedding === "trainable"
    ? matrix(root.at("embedding"), [conditionSize, conditionSize], normal(1))
    : undefined;
  let size = conditionSize + featureSize;
  const layers = hiddenWidths(width).map((out, i) => {
    const scope = root.at(`layer${i + 1}`);
    const layer = i === 0
      ? denseOnBoth(scope.at("dense"), { featureSize, conditionSize, out })
      : dense(scope.at("dense"), size, out);
    const tail = normalisedTail(scope, {
      features: out,
      groups: GROUPS,
      rate: options.dropout ?? 0.5,
    });
    size = out;
    return (x: tf.Tensor2D, mode: Mode, label: tf.Tensor2D) =>
      mode.training
        ? tail.train(layer.product(x, label), layer.bias, mode)
        : tail.infer(layer.whole(x, label));
  });
  const last = dense(root.at("output"), size, 1);
  return {
    parameters,
    forward(features, condition, mode) {
      const multiply = mode.training ? product : tf.matMul<tf.Tensor2D>;
      const label = embed === undefined ? condition : multiply(condition, embed);
      let x = features;
      for (const layer of layers) x = layer(x, mode, label);
      return relu(mode.training ? biasAdd(last.product(x), last.bias) : last.whole(x));
    },
  };
}

/** A dense layer in two forms that differ only in rounding: frozen networks keep to the second. */
interface Dense<Inputs extends tf.Tensor2D[]> {
  readonly bias: tf.Tensor1D;
  /** Without the bias, for a kernel that adds it. */
  readonly product: (...inputs: Inputs) => tf.Tensor2D;
  readonly whole: (...inputs: Inputs) => tf.Tensor2D;
}

function dense(scope: Scope, size: number, out: number): Dense<[tf.Tensor2D, ...tf.Tensor2D[]]> {
  const init = torchUniform(size);
  const weight = matrix(scope, [size, out], init);
  const bias = scope.weight<tf.Rank.R1>("bias", [out], init) as tf.Tensor1D;
  return {
    bias,
    product: (x) => product(x, weight),
    whole: (x) => biasAdd(tf.matMul(x, weight) as tf.Tensor2D, bias),
  };
}

/**
 * Dense layer on label and features side by side, as the sum of two products: the gradient for the
 * frozen features, a quarter of the whole network's arithmetic, is then never computed.
 */
function denseOnBoth(
  scope: Scope,
  { featureSize, conditionSize, out }: {
    featureSize: number;
    conditionSize: number;
    out: number;
  },
): Dense<[tf.Tensor2D, tf.Tensor2D]> {
  // Both start as parts of one layer.
  const init = torchUniform(conditionSize + featureSize);
  const onLabel = matrix(scope.at("label"), [conditionSize, out], init);
  const onFeatures = matrix(scope.at("features"), [featureSize, out], init);
  const bias = scope.at("features").weight<tf.Rank.R1>("bias", [out], init) as tf.Tensor1D;
  return {
    bias,
    product: (features, label) => product(features, onFeatures).add(product(label, onLabel)),
    whole: (features, label) =>
      biasAdd(tf.matMul(features, onFeatures) as tf.Tensor2D, bias).add(
        tf.matMul(label, onLabel),
      ),
  };
}

function matrix(scope: Scope, shape: [number, number], init: Initialiser): tf.Tensor2D {
  return scope.weight<tf.Rank.R2>("weight", shape, init) as tf.Tensor2D;
}
