import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { hasOwnConvolutions, hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { isNative } from "../tensorflow/raw_op.ts";
import { convExplicit, depthwiseConvExplicit } from "./explicit_padding.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
  gradientsOf,
  kernelsOf,
} from "../../testing/kernels.ts";

const CASES = [
  { kernel: 3, stride: 1, padding: 1, side: 5 },
  { kernel: 3, stride: 2, padding: 1, side: 6 },
  { kernel: 3, stride: 2, padding: 1, side: 5 },
  { kernel: 5, stride: 2, padding: 2, side: 6 },
  { kernel: 4, stride: 2, padding: 1, side: 6 },
  { kernel: 1, stride: 2, padding: 0, side: 4 },
  { kernel: 1, stride: 1, padding: 0, side: 3 },
  // Maps smaller than the kernel take another way to the filter's gradient.
  { kernel: 3, stride: 1, padding: 1, side: 2 },
  { kernel: 5, stride: 1, padding: 2, side: 4 },
  { kernel: 5, stride: 1, padding: 2, side: 1 },
  { kernel: 5, stride: 2, padding: 2, side: 2 },
] as const;

for (
  const { name, kernelOf, stock, outputs } of [
    { name: "convExplicit", kernelOf: convExplicit, stock: tf.conv2d, outputs: 3 },
    {
      name: "depthwiseConvExplicit",
      kernelOf: depthwiseConvExplicit,
      stock: tf.depthwiseConv2d,
      outputs: 1,
    },
  ]
) {
  for (const { kernel, stride, padding, side } of CASES) {
    const title = `kernel ${kernel}, stride ${stride}, padding ${padding}, side ${side}`;
    Deno.test(`${name}() equals padding and a valid convolution: ${title}`, () => {
      const inputs = [draw("x", [2, side, side, 8]), draw("filter", [kernel, kernel, 8, outputs])];
      const explicit: Function = (x, filter) =>
        kernelOf(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding });
      const sides: [number, number] = [padding, padding];
      const composed: Function = (x, filter) =>
        stock(
          tf.pad(x as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]]),
          filter as tf.Tensor4D,
          stride,
          "valid",
        );
      assertMatches(explicit, composed, inputs);
      assertNoLeak(explicit, inputs);
    });
  }

  for (const [stride, side, kernel] of [[2, 4, 3], [1, 2, 3]] as const) {
    Deno.test(`${name}() has the gradient of its finite differences: side ${side}`, () => {
      const inputs = [draw("x", [1, side, side, 2]), draw("filter", [kernel, kernel, 2, outputs])];
      assertFiniteDifferences(
        (x, filter) => kernelOf(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding: 1 }),
        inputs,
      );
    });
  }
}

for (
  const { kernel, stride, padding, side, outputs } of [
    { kernel: 3, stride: 1, padding: 1, side: 7, outputs: 8 },
    { kernel: 3, stride: 2, padding: 1, side: 6, outputs: 20 },
    { kernel: 3, stride: 1, padding: "same", side: 5, outputs: 9 },
    { kernel: 3, stride: 2, padding: "same", side: 6, outputs: 16 },
    { kernel: 3, stride: 2, padding: "same", side: 7, outputs: 16 },
    { kernel: 5, stride: 2, padding: "same", side: 40, outputs: 24 },
    { kernel: 5, stride: 1, padding: 2, side: 2, outputs: 8 },
  ] as const
) {
  const title = `kernel ${kernel}, stride ${stride}, padding ${padding}, side ${side}`;
  for (
    const { name, kernelOf, stock, inputs, filters } of [
      {
        name: "convExplicit() of three channels",
        kernelOf: convExplicit,
        stock: tf.conv2d,
        inputs: 3,
        filters: outputs,
      },
      {
        name: "depthwiseConvExplicit()",
        kernelOf: depthwiseConvExplicit,
        stock: tf.depthwiseConv2d,
        inputs: outputs,
        filters: 1,
      },
    ]
  ) {
    Deno.test(`${name} equals the stock one: ${title}`, () => {
      const tensors = [
        draw("x", [4, side, side, inputs]),
        draw("filter", [kernel, kernel, inputs, filters]),
      ];
      const zeros: [number, number] = padding === "same" ? [0, 0] : [padding, padding];
      const explicit: Function = (x, filter) =>
        kernelOf(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding });
      const composed: Function = (x, filter) =>
        stock(
          tf.pad(x as tf.Tensor4D, [[0, 0], zeros, zeros, [0, 0]]),
          filter as tf.Tensor4D,
          stride,
          padding === "same" ? "same" : "valid",
        );
      assertMatches(explicit, composed, tensors);
      assertNoLeak(explicit, tensors);
    });
  }
}

Deno.test("convExplicit() works on maps that are not square", () => {
  const inputs = [draw("x", [2, 2, 7, 3]), draw("filter", [3, 3, 3, 2])];
  assertMatches(
    (x, filter) => convExplicit(x as tf.Tensor4D, filter as tf.Tensor4D, { stride: 1, padding: 1 }),
    (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    inputs,
  );
});

/**
 * Σ over input channels of x[b, stride · i, stride · j, ·] · f[·, o], and its derivatives along `slopes`, in plain loops of
 * 64-bit numbers.
 */
function slowPointwise(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  slopes: tf.Tensor4D,
  stride: number,
) {
  const [batch, height, width, inputs] = x.shape;
  const [, rows, columns, outputs] = slopes.shape;
  const [pixels, weights, dy] = [x, filter, slopes].map((tensor) => tensor.dataSync());
  const value = new Float64Array(slopes.size);
  const input = new Float64Array(x.size);
  const weight = new Float64Array(filter.size);
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const from = ((b * height + stride * i) * width + stride * j) * inputs;
        const to = ((b * rows + i) * columns + j) * outputs;
        for (let c = 0; c < inputs; c++) {
          for (let o = 0; o < outputs; o++) {
            const w = c * outputs + o;
            value[to + o]! += pixels![from + c]! * weights![w]!;
            input[from + c]! += dy![to + o]! * weights![w]!;
            weight[w]! += dy![to + o]! * pixels![from + c]!;
          }
        }
      }
    }
  }
  return [
    tf.tensor(Float32Array.from(value), slopes.shape),
    tf.tensor(Float32Array.from(input), x.shape),
    tf.tensor(Float32Array.from(weight), filter.shape),
  ];
}

// Channels that fill vectors and tiles, that leave some over, and filters that are cut into pieces.
for (
  const [inputs, outputs, side, stride] of [
    [8, 8, 3, 1],
    [8, 16, 3, 2],
    [9, 15, 5, 1],
    [13, 23, 4, 1],
    [29, 58, 6, 1],
    [16, 25, 33, 2],
    [64, 100, 12, 1],
    [130, 200, 4, 1],
  ] as const
) {
  Deno.test(`convExplicit() of 1 x 1 equals a product: ${inputs} to ${outputs} channels, side ${side}`, () => {
    const x = draw("x", [3, side, side, inputs]) as tf.Tensor4D;
    const filter = draw("filter", [1, 1, inputs, outputs]) as tf.Tensor4D;
    const explicit: Function = (z, w) =>
      convExplicit(z as tf.Tensor4D, w as tf.Tensor4D, { stride, padding: 0 });
    const half = Math.ceil(side / stride);
    const slopes = draw("weights", [3, half, half, outputs]) as tf.Tensor4D;
    const [value, ...wanted] = slowPointwise(x, filter, slopes, stride);
    assertSame(explicit(x, filter), value!);
    gradientsOf(explicit, [x, filter]).forEach((found, i) => assertSame(found, wanted[i]!));
    assertNoLeak(explicit, [x, filter]);
  });
}

// TensorFlow's own filter gradient of these writes past its memory: other bits every time, or a crash.
for (
  const { batch, side, channels } of [
    { batch: 1, side: 64, channels: 4 },
    { batch: 12, side: 64, channels: 4 },
    { batch: 12, side: 33, channels: 4 },
    { batch: 12, side: 64, channels: 1 },
  ]
) {
  const title = `batch ${batch}, side ${side}, ${channels} channels`;
  Deno.test(`convExplicit() of stride 2 and 1 x 1 repeats to the bit: ${title}`, () => {
    const x = draw("x", [batch, side, side, channels]) as tf.Tensor4D;
    const filter = draw("filter", [1, 1, channels, channels]) as tf.Tensor4D;
    const explicit: Function = (z, w) =>
      convExplicit(z as tf.Tensor4D, w as tf.Tensor4D, { stride: 2, padding: 0 });
    const once = () => {
      const tensors = tf.tidy(() => [explicit(x, filter), ...gradientsOf(explicit, [x, filter])]);
      const bits = tensors.map((tensor) => new Uint32Array(tensor.dataSync().slice().buffer));
      return { tensors, bits };
    };
    const first = once();
    const half = Math.ceil(side / 2);
    const slopes = draw("weights", [batch, half, half, channels]) as tf.Tensor4D;
    slowPointwise(x, filter, slopes, 2).forEach((wanted, i) =>
      assertSame(first.tensors[i]!, wanted)
    );
    for (let repetition = 2; repetition <= 10; repetition++) {
      once().bits.forEach((bits, i) => {
        const differing = bits.findIndex((word, k) => word !== first.bits[i]![k]);
        assert.equal(differing, -1, `tensor ${i} differs in repetition ${repetition}`);
      });
    }
  });
}

Deno.test({
  name: "convExplicit() computes no gradient of images, nor of a frozen filter",
  ignore: !isNative,
  fn() {
    tf.tidy(() => {
      const [x, w] = [draw("x", [2, 8, 8, 3]), draw("w", [3, 3, 3, 4])];
      const sum = (z: tf.Tensor, f: tf.Tensor) =>
        tf.sum(convExplicit(z as tf.Tensor4D, f as tf.Tensor4D, { stride: 2, padding: 1 }));
      const ofFilter = kernelsOf(() => tf.grads((f: tf.Tensor) => sum(x, f))([w]));
      const ofInput = kernelsOf(() => tf.grads((z: tf.Tensor) => sum(z, w))([x]));
      const [input, filter] = [
        hasOwnConvolutions ? "CganKdConvInputGrad" : "Conv2DBackpropInput",
        hasOwnKernels ? "CganKdFilterGrad" : "Conv2DBackpropFilter",
      ];
      assert.deepEqual([ofFilter.has(input), ofFilter.has(filter)], [false, true]);
      assert.deepEqual([ofInput.has(input), ofInput.has(filter)], [true, false]);
    });
  },
});
