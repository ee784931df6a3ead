import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { convExplicit, depthwiseConvExplicit } from "./explicit_padding.ts";
import {
  type ConvNormCase,
  DEPTH,
  describeCase,
  drawCase,
  paddingOf,
  POINT,
} from "../../testing/conv_norm.ts";
import { convNormInference, type EndedConvolution } from "./norm_inference.ts";
import { draw, kernelsOf } from "../../testing/kernels.ts";
import { batchNormInference, type NormInferenceInputs } from "../normalisation/inference.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";

const EPSILON = 1e-3;

const CASES: readonly ConvNormCase[] = [
  { ...POINT, x: [2, 3, 5, 4], out: 6 },
  { ...POINT, x: [2, 5, 5, 12], out: 40, stride: 2, activation: "swish" },
  { ...POINT, x: [8, 16, 16, 24], out: 24, activation: "none", shortcut: true },
  { ...POINT, x: [1, 7, 7, 3], out: 9, activation: "relu6", shortcut: true },
  { ...DEPTH, x: [2, 5, 6, 3], out: 3 },
  { ...DEPTH, x: [4, 9, 9, 40], out: 40, stride: 2 },
  { ...DEPTH, x: [3, 8, 8, 18], out: 18, kernel: 5, activation: "swish" },
];

function drawn(given: ConvNormCase) {
  const { kind, out } = given;
  const { x, filter, shortcut } = drawCase(given);
  const convolution: EndedConvolution = { kind, x, filter, padding: paddingOf(given) };
  const norm: Omit<NormInferenceInputs, "x"> = {
    scale: draw("scale", [out]) as tf.Tensor1D,
    offset: draw("offset", [out]) as tf.Tensor1D,
    mean: draw("mean", [out]) as tf.Tensor1D,
    variance: tf.tidy(() => tf.exp(draw("variance", [out]))) as tf.Tensor1D,
    ...shortcut && { shortcut },
  };
  return { convolution, norm };
}

for (const given of CASES) {
  const { kind, activation } = given;
  Deno.test(
    `convNormInference() has the bits of both one after the other: ${describeCase(given)}`,
    { ignore: !hasOwnKernels },
    () =>
      tf.tidy(() => {
        const { convolution, norm } = drawn(given);
        const options = { epsilon: EPSILON, activation };
        const { filter, padding } = convolution;
        const convolve = kind === "dense" ? convExplicit : depthwiseConvExplicit;
        const wanted = batchNormInference(
          { x: convolve(convolution.x, filter, padding), ...norm },
          options,
        );
        const found = convNormInference(convolution, norm, options);
        assert.ok(found !== undefined);
        assert.deepEqual(found.shape, wanted.shape);
        assert.deepEqual(found.dataSync(), wanted.dataSync());
      }),
  );
}

Deno.test("convNormInference() leaves what it has no kernel for, and gradients, to two operations", () => {
  tf.tidy(() => {
    const { convolution, norm } = drawn(CASES[0]!);
    const options = { epsilon: EPSILON, activation: "relu" } as const;
    const wide = { ...convolution, filter: draw("wide", [3, 3, 4, 6]) as tf.Tensor4D };
    const padding = { stride: 1, padding: 1 };
    assert.equal(convNormInference({ ...wide, padding }, norm, options), undefined);
    assert.equal(convNormInference(convolution, norm, { ...options, pool: true }), undefined);
    tf.grad((x) => {
      const maps = { ...convolution, x: x as tf.Tensor4D };
      assert.equal(convNormInference(maps, norm, options), undefined);
      return tf.square(x);
    })(convolution.x);
  });
});

Deno.test("convNormInference() is one kernel and leaves its result alone", {
  ignore: !hasOwnKernels,
}, () => {
  const { convolution, norm } = drawn(CASES[2]!);
  const before = tf.memory().numTensors;
  const run = () =>
    tf.tidy(() =>
      void convNormInference(convolution, norm, { epsilon: EPSILON, activation: "none" })
    );
  assert.deepEqual([...kernelsOf(run)], ["CganKdPointwiseNorm"]);
  assert.equal(tf.memory().numTensors, before);
});
