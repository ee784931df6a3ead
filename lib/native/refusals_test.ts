import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { assertRefused } from "../testing/refusals.ts";
import { biasRelu, joinBranches, reluAndPool } from "./gan/residual.ts";
import { applyGate, joinChannels, shuffle, shuffleAndSplit } from "./maps/maps.ts";
import { gateChannels } from "./maps/squeeze_excite.ts";
import { batchNormActivation, batchNormTraining } from "./normalisation/batch_norm.ts";
import { groupNormActivation } from "./normalisation/group_norm.ts";
import { batchNormInference } from "./normalisation/inference.ts";
import { batchNormReluPool } from "./normalisation/pool.ts";
import { batchNormSharedInput } from "./normalisation/shared_input.ts";
import { hiddenTail } from "./vectors/hidden_layer.ts";
import { blendStatistics } from "./vectors/update.ts";

// Whichever form computes a call, it refuses the same inputs in the same words: these tests hold with our kernels,
// with CGAN_KD_KERNELS=stock and on other backends.

const map = (...shape: number[]) => tf.ones<tf.Rank>(shape) as tf.Tensor4D;
const vector = (channels: number) => tf.ones([channels]) as tf.Tensor1D;
const rows = (...shape: [number, number]) => tf.ones(shape) as tf.Tensor2D;
const X = [2, 4, 6, 8] as const;

const norm = { epsilon: 1e-5, activation: "relu" } as const;
const ignored = () => {};
assertRefused("a normalisation", TypeError, {
  "one scale for all channels": [
    () => batchNormTraining(map(...X), vector(1), vector(8), 1e-5, ignored),
    /batchNormTraining\(\) .*scale has shape \[1\], want \[8\]/,
  ],
  "one offset for all channels": [
    () => {
      const one = { scale: vector(8), offset: vector(1), epsilon: 1e-5, onStatistics: ignored };
      batchNormActivation({ x: map(...X), ...one }, "relu");
    },
    /offset has shape \[1\], want \[8\]/,
  ],
  "one offset for all channels before a pool": [
    () => {
      const one = { scale: vector(8), offset: vector(1), epsilon: 1e-5, onStatistics: ignored };
      batchNormReluPool({ x: map(...X), ...one });
    },
    /batchNormReluPool\(\) .*offset has shape \[1\], want \[8\]/,
  ],
  "maps of other pixels beside each other": [
    () => {
      const one = { scale: vector(11), offset: vector(11), epsilon: 1e-5, onStatistics: ignored };
      batchNormSharedInput([map(...X), map(2, 4, 5, 3)], one, "relu");
    },
    /the second map has shape \[2, 4, 5, 3\], want \[2, 4, 6, 3\]/,
  ],
  "a shortcut of one pixel": [
    () => {
      const all = vector(8), shortcut = map(2, 1, 1, 8);
      const numbers = { scale: all, offset: all, mean: all, variance: all, shortcut };
      batchNormInference({ x: map(...X), ...numbers }, norm);
    },
    /the shortcut has shape \[2, 1, 1, 8\], want \[2, 4, 6, 8\]/,
  ],
  "a shift of one image": [
    () => {
      const inputs = { x: map(...X), gain: rows(2, 8), shift: rows(1, 8) };
      groupNormActivation(inputs, { ...norm, groups: 2 });
    },
    /the shift has shape \[1, 8\], want \[2, 8\]/,
  ],
});
const threeGroups = () => {
  const inputs = { x: map(...X), gain: rows(1, 8), shift: rows(1, 8) };
  return groupNormActivation(inputs, { ...norm, groups: 3 });
};
assertRefused("groupNormActivation()", RangeError, {
  "channels that cannot be cut": [threeGroups, /channels \/ groups must be a whole number/],
});

assertRefused("what lies between layers", TypeError, {
  "halves of other channels": [
    () => shuffle(map(...X), map(2, 4, 6, 7)),
    /b has shape \[2, 4, 6, 7\], want \[2, 4, 6, 8\]/,
  ],
  "halves of other pixels": [
    () => shuffleAndSplit(map(...X), map(2, 4, 5, 8)),
    /shuffleAndSplit\(\)/,
  ],
  "maps of another batch to join": [
    () => joinChannels(map(...X), map(1, 4, 6, 8)),
    /joinChannels\(\)/,
  ],
  "one gate for all images": [
    () => applyGate(map(...X), map(1, 1, 1, 8)),
    /the gate has shape \[1, 1, 1, 8\], want \[2, 1, 1, 8\]/,
  ],
  "weights that lead to other channels": [
    () =>
      gateChannels(map(...X), {
        squeeze: map(1, 1, 8, 2),
        squeezeBias: vector(2),
        excite: map(1, 1, 2, 7),
        exciteBias: vector(8),
      }),
    /excite has shape \[1, 1, 2, 7\], want \[1, 1, 2, 8\]/,
  ],
  "one bias for all channels": [() => biasRelu(map(...X), vector(1)), /bias has shape \[1\]/],
  "a branch of a third of the width": [
    () => joinBranches({ x: map(...X), bias: vector(8) }, { x: map(2, 2, 2, 8), bias: vector(8) }),
    /side has shape \[2, 2, 2, 8\], want \[2, 2, 3, 8\]/,
  ],
});
assertRefused("reluAndPool()", RangeError, {
  "odd sides": [
    () => reluAndPool(map(2, 5, 6, 8), { pooled: "raw" }),
    /height \/ 2 must be a whole number from 1 to 5: current value is 2\.5/,
  ],
});

const tail = {
  epsilon: 1e-5,
  seed: [1, 2],
  host: (count: number) => new Float32Array(count),
} as const;
const hidden = (features: number) => {
  const [full, other] = [vector(8), vector(features)];
  return { x: rows(3, 8), bias: full, scale: full, offset: other };
};
assertRefused("hiddenTail()", TypeError, {
  "one offset for all features": [
    () => hiddenTail(hidden(1), { ...tail, groups: 2, rate: 0 }),
    /offset has shape \[1\], want \[8\]/,
  ],
});
assertRefused("hiddenTail()", RangeError, {
  "a rate of 1": [
    () => hiddenTail(hidden(8), { ...tail, groups: 2, rate: 1 }),
    /the rate must be in \[0, 1\): current value is 1/,
  ],
  "groups that do not divide": [
    () => hiddenTail(hidden(8), { ...tail, groups: 3, rate: 0 }),
    /features \/ groups must be a whole number/,
  ],
});
Deno.test("blendStatistics() refuses statistics of other channels", () => {
  const running = { mean: tf.variable(vector(5)), variance: tf.variable(vector(5)) };
  const batch = { mean: vector(5), variance: vector(1) };
  assert.throws(
    () => blendStatistics(running, batch, 0.1),
    /^TypeError: .*the batch's variance has shape \[1\], want \[5\]$/,
  );
  tf.dispose([running.mean, running.variance, batch.mean, batch.variance]);
});
