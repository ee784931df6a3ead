import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { type Attribute, rawOp } from "./tensorflow/raw_op.ts";
import { hasOwnKernels } from "./tensorflow/own_kernels.ts";

/** Shapes of an operation's inputs that fit, its attributes and the number of its outputs. */
interface Door {
  readonly inputs: readonly (readonly number[])[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
}

const int = (value: number): Attribute => ({ int: value });
const float = (value: number): Attribute => ({ float: value });
const MAP = [2, 4, 4, 16];
const EACH = [16];
const WINDOW = { kernel: int(3), stride: int(1), before: int(1) };

/** Operations whose inputs have to fit each other, gradients above all: their callers come from a tape. */
const DOORS: Readonly<Record<string, Door>> = {
  CganKdConv: {
    inputs: [MAP, [3, 3, 16, 8]],
    attributes: { stride: int(1), before: int(1), after: int(1) },
    outputs: 1,
  },
  CganKdConvInputGrad: {
    inputs: [[3, 3, 16, 8], [2, 4, 4, 8]],
    attributes: { stride: int(1), before: int(1), height: int(4), width: int(4) },
    outputs: 1,
  },
  CganKdFilterGrad: { inputs: [MAP, [2, 4, 4, 8]], attributes: WINDOW, outputs: 1 },
  CganKdFewChannelsFilterGrad: {
    inputs: [[2, 4, 4, 3], MAP],
    attributes: WINDOW,
    outputs: 1,
  },
  CganKdWinograd: {
    inputs: [MAP, [3, 3, 16, 16]],
    attributes: { before: int(1), after: int(1) },
    outputs: 1,
  },
  CganKdWinogradInputGrad: {
    inputs: [[3, 3, 16, 16], MAP],
    attributes: { before: int(1), height: int(4), width: int(4) },
    outputs: 1,
  },
  CganKdWinogradFilterGrad: { inputs: [MAP, MAP], attributes: { before: int(1) }, outputs: 1 },
  CganKdDepthwise: {
    inputs: [MAP, [3, 3, 16, 1]],
    attributes: { ...WINDOW, after: int(1) },
    outputs: 1,
  },
  CganKdDepthwiseGrad: { inputs: [MAP, [3, 3, 16, 1], MAP], attributes: WINDOW, outputs: 2 },
  CganKdPointwise: { inputs: [MAP, [1, 1, 16, 8]], attributes: { stride: int(1) }, outputs: 1 },
  CganKdPointwiseInputGrad: {
    inputs: [MAP, [1, 1, 16, 8], [2, 4, 4, 8]],
    attributes: { stride: int(1) },
    outputs: 1,
  },
  CganKdPointwiseFilterGrad: {
    inputs: [MAP, [2, 4, 4, 8]],
    attributes: { stride: int(1) },
    outputs: 1,
  },
  CganKdNorm: {
    inputs: [MAP, EACH, EACH],
    attributes: { epsilon: float(1e-5), activation: int(0) },
    outputs: 4,
  },
  CganKdNormGrad: {
    inputs: [MAP, MAP, EACH, EACH, EACH, EACH],
    attributes: { activation: int(0) },
    outputs: 3,
  },
  CganKdNormPoolGrad: {
    inputs: [[2, 2, 2, 16], MAP, EACH, EACH, EACH, EACH],
    outputs: 3,
  },
  CganKdConditionalNormGrad: {
    inputs: [MAP, MAP, [2, 16], [2, 16], EACH, EACH],
    attributes: { activation: int(0) },
    outputs: 3,
  },
  CganKdMapGroupNormGrad: {
    inputs: [MAP, MAP, EACH, EACH, [2, 4], [2, 4]],
    attributes: { activation: int(0), groups: int(4) },
    outputs: 3,
  },
  CganKdGate: { inputs: [MAP, [2, 1, 1, 16]], outputs: 1 },
  CganKdGateGrad: { inputs: [MAP, MAP, [2, 1, 1, 16]], outputs: 2 },
  CganKdMaxPool3Grad: { inputs: [[2, 2, 2, 16], MAP, [2, 2, 2, 16]], outputs: 1 },
  CganKdAttentionGrad: {
    inputs: [[2, 9, 4], [2, 5, 4], [2, 5, 8], [2, 9, 8], [2, 9], [2, 9, 8]],
    outputs: 3,
  },
  CganKdSpectralGrad: { inputs: [[6, 4], [6, 4], [1], [6], [4]], outputs: 1 },
  CganKdInterleave: { inputs: [MAP, MAP], outputs: 1 },
  CganKdShuffle: { inputs: [MAP, MAP], outputs: 2 },
  CganKdBiasReluGrad: { inputs: [MAP, MAP], outputs: 2 },
};

/** Whether an operation refuses the shapes; frees whatever it gives. */
function isRefused(
  name: string,
  { attributes = {}, outputs }: Door,
  shapes: readonly (readonly number[])[],
) {
  return tf.tidy(() => {
    try {
      rawOp(name, shapes.map((shape) => tf.ones([...shape])), attributes, outputs);
      return false;
    } catch (error) {
      assert.match(String(error), /want /, `${name} fails without saying what it wants`);
      return true;
    }
  });
}

for (const [name, door] of Object.entries(DOORS)) {
  Deno.test({
    name: `${name} takes inputs that fit, and refuses each that does not`,
    ignore: !hasOwnKernels,
  }, () => {
    const { inputs, attributes = {} } = door;
    assert.ok(!isRefused(name, door, inputs), "inputs that fit");
    for (const [place, shape] of inputs.entries()) {
      const channels = [...shape.slice(0, -1), shape.at(-1)! + 1];
      const batch = [shape[0]! + 1, ...shape.slice(1)];
      for (const other of [channels, batch, [], [0]]) {
        const changed = inputs.map((own, i) => i === place ? other : own);
        if (isFree(name, place, other, shape)) continue;
        assert.ok(isRefused(name, door, changed), `input ${place} of shape [${other}]`);
      }
    }
    for (
      const [key, bad] of [["stride", 0], ["before", -1], ["after", -1], ["kernel", -1], [
        "height",
        -1,
      ], ["groups", 0]] as const
    ) {
      if (!(key in attributes)) continue;
      const wrong = { ...door, attributes: { ...attributes, [key]: int(bad) } };
      assert.ok(isRefused(name, wrong, inputs), `${key} = ${bad}`);
    }
  });
}

/** Changes after which the inputs still fit: gradients of filters take their channels from the maps. */
function isFree(
  name: string,
  place: number,
  other: readonly number[],
  shape: readonly number[],
): boolean {
  const isOtherBatch = other.length === shape.length && other[0] !== shape[0];
  const isOtherChannels = other.length === shape.length && other.at(-1) !== shape.at(-1) &&
    !isOtherBatch;
  // One filter serves any number of maps out, and of images.
  if (["CganKdConv", "CganKdWinograd", "CganKdPointwise"].includes(name)) {
    return (place === 0 && isOtherBatch) || (place === 1 && isOtherChannels);
  }
  if (name === "CganKdDepthwise" || name === "CganKdNorm") return place === 0 && isOtherBatch;
  if (name === "CganKdConvInputGrad" || name === "CganKdWinogradInputGrad") {
    return place === 1 && isOtherBatch;
  }
  if (/FilterGrad$/.test(name)) return isOtherChannels;
  return false;
}
