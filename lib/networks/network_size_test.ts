import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { densenet121 } from "./densenet.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import type { NetworkFamily } from "./network.ts";
import { countMultiplyAdds, networkSize } from "./network_size.ts";
import { resnet18, resnet34, resnet50 } from "./resnet.ts";
import { shufflenetV2 } from "./shufflenet.ts";
import { vgg11, vgg16 } from "./vgg.ts";

const CIFAR = { outputs: 10, head: "classification", imageSize: 32, width: 1 } as const;
const REGRESSION = { outputs: 1, head: "regression", imageSize: 64, width: 1 } as const;

/** Millions of weights and 10⁹ multiply-adds for CIFAR-10 as github.com/da2so/DA2Lite prints them, model_zoo/README.md. */
const PUBLISHED: readonly (readonly [NetworkFamily, string, string])[] = [
  [vgg16, "14.73", "0.31"],
  [resnet18, "11.17", "0.56"],
  [resnet34, "21.28", "1.16"],
  [resnet50, "23.52", "1.30"],
  [mobilenetV2, "2.30", "0.09"],
];

for (const [family, weights, multiplyAdds] of PUBLISHED) {
  Deno.test(`networkSize() of ${family.title} is the published one`, () => {
    const size = networkSize(family, CIFAR);
    assert.equal((size.weights / 1e6).toFixed(2), weights);
    assert.equal((size.multiplyAdds / 1e9).toFixed(2), multiplyAdds);
  });
}

Deno.test("networkSize() of VGG11 is the published one less two hidden layers", () => {
  // github.com/chenyaofo/pytorch-cifar-models, vgg11_bn: 153.29 million, with two dense layers of 512 before the last.
  const { multiplyAdds } = networkSize(vgg11, CIFAR);
  assert.equal(((multiplyAdds + 2 * 512 * 512) / 1e6).toFixed(2), "153.29");
});

Deno.test("networkSize() of DenseNet-121 is the published one, which counts normalisations too", () => {
  const { weights, multiplyAdds } = networkSize(densenet121, CIFAR);
  assert.equal((weights / 1e6).toFixed(2), "6.96");
  // DA2Lite: 0.90.
  assert.ok(multiplyAdds > 0.87e9 && multiplyAdds < 0.9e9, String(multiplyAdds));
});

Deno.test("networkSize() of ShuffleNetV2 is the published one at another side", () => {
  // Ma et al. 2018 (arXiv 1807.11164), table 8: 146 million at 224 x 224, with 1024 x 1000 of its last layer.
  const published = (146e6 - 1024 * 1000) * (64 / 224) ** 2;
  const head = 1024 * 128 + 128 * 128 + 128;
  const trunk = networkSize(shufflenetV2, REGRESSION).multiplyAdds - head;
  assert.ok(Math.abs(trunk / published - 1) < 0.01, `found ${trunk}, published ${published}`);
});

Deno.test("networkSize() leaves no tensor behind, and the engine as it was", () => {
  const { runKernel } = tf.engine();
  const { numTensors } = tf.memory();
  const quarter = networkSize(resnet18, { ...CIFAR, width: 0.25 });
  assert.ok(quarter.multiplyAdds < 0.07e9 && quarter.weights < 0.8e6);
  assert.throws(() => networkSize(resnet18, { ...CIFAR, imageSize: 33 }), RangeError);
  assert.equal(tf.memory().numTensors, numTensors);
  assert.equal(tf.engine().runKernel, runKernel);
});

Deno.test("countMultiplyAdds() counts convolutions of any stride and padding, transposed too, and products turned or not", () => {
  const count = (work: () => tf.Tensor) => countMultiplyAdds(work);
  const x = tf.zeros<tf.Rank.R4>([2, 8, 8, 6]);
  const filter = tf.zeros<tf.Rank.R4>([3, 3, 6, 16]);
  const single = tf.zeros<tf.Rank.R4>([3, 3, 6, 1]);
  assert.equal(count(() => tf.conv2d(x, filter, 2, "same")), 2 * 4 * 4 * 16 * 9 * 6);
  assert.equal(count(() => tf.conv2d(x, filter, 1, "valid")), 2 * 6 * 6 * 16 * 9 * 6);
  assert.equal(count(() => tf.depthwiseConv2d(x, single, 1, "same")), 2 * 8 * 8 * 6 * 9);
  const [a, b] = [tf.zeros<tf.Rank.R2>([3, 5]), tf.zeros<tf.Rank.R2>([5, 7])];
  assert.equal(count(() => tf.matMul(a, b)), 3 * 5 * 7);
  assert.equal(count(() => tf.matMul(b, a, true, true)), 3 * 5 * 7);
  assert.equal(count(() => a.add(1)), 0);
  // A transposed one takes each of its inputs through the kernel, at any stride.
  const back = tf.zeros<tf.Rank.R4>([4, 4, 16, 6]);
  const larger = (stride: number) =>
    tf.conv2dTranspose(x, back, [2, 8 * stride, 8 * stride, 16], stride, "same");
  for (const stride of [1, 2, 4]) {
    assert.equal(count(() => larger(stride)), 2 * 8 * 8 * 6 * 16 * 16);
  }
  assert.equal(count(() => larger(2).sum()), count(() => larger(2)));
  // Fused with an activation, they cost the same.
  const fused = { strides: 2, pad: "same", activation: "relu" } as const;
  assert.equal(count(() => tf.fused.conv2d({ x, filter, ...fused })), 2 * 4 * 4 * 16 * 9 * 6);
  assert.equal(
    count(() => tf.fused.depthwiseConv2d({ x, filter: single, ...fused })),
    2 * 4 * 4 * 6 * 9,
  );
  assert.equal(count(() => tf.fused.matMul({ a, b, activation: "relu" })), 3 * 5 * 7);
  tf.dispose([x, filter, single, a, b, back]);
});
