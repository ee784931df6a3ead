import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { networkSize } from "../../networks/network_size.ts";
import { isNative } from "../../native/tensorflow/raw_op.ts";
import { type NetworkName, NETWORKS } from "../../registry.ts";
import { countFlops, multiplyAdds } from "./flops.ts";

/** Multiply-adds of one 32 x 32 image at width 1, by hand. */
const BY_HAND: readonly (readonly [NetworkName, number])[] = [
  [
    "vgg11",
    32 ** 2 * 9 * 3 * 64 + 16 ** 2 * 9 * 64 * 128 + 8 ** 2 * 9 * (128 * 256 + 256 * 256) +
    4 ** 2 * 9 * (256 * 512 + 512 * 512) + 2 ** 2 * 9 * 2 * 512 * 512 + 512 * 10,
  ],
  [
    "resnet18",
    32 ** 2 * 9 * (3 * 64 + 4 * 64 * 64) +
    // Three stages cost the same: half the side, twice the channels; each has a 1 x 1 shortcut.
    3 * 16 ** 2 * (9 * 64 * 128 + 3 * 9 * 128 * 128 + 64 * 128) + 512 * 10,
  ],
];

for (const [name, macs] of BY_HAND) {
  Deno.test({
    name: `countFlops() of a forward pass of ${name} is the hand value`,
    ignore: !isNative,
    fn() {
      const network = NETWORKS[name].build({
        outputs: 10,
        head: "classification",
        imageSize: 32,
        width: 1,
        rng: rngOf(1),
      });
      const { numTensors } = tf.memory();
      const flops = countFlops(() =>
        network.forward(tf.zeros([1, 32, 32, 3]), { training: false })
      );
      assert.equal(flops, 2 * macs);
      assert.equal(tf.memory().numTensors, numTensors);
      network.parameters.dispose();
    },
  });
}

for (const [name, family] of Object.entries(NETWORKS)) {
  Deno.test({
    name: `countFlops() of ${name} is what networkSize() counts on stock operations`,
    ignore: !isNative,
    fn() {
      const options = {
        outputs: 10,
        head: "classification",
        imageSize: 64,
        width: 0.25,
      } as const;
      const network = family.build({ ...options, rng: rngOf(1) });
      const flops = countFlops(() =>
        network.forward(tf.zeros([1, 64, 64, 3]), { training: false })
      );
      assert.equal(flops, 2 * networkSize(family, options).multiplyAdds);
      network.parameters.dispose();
    },
  });
}

Deno.test({
  name: "countFlops() of inference is that of a forward pass in training, whose kernels are others",
  ignore: !isNative,
  fn() {
    const options = { outputs: 10, head: "classification", imageSize: 32, width: 0.25 } as const;
    const network = NETWORKS.mobilenet_v2.build({ ...options, rng: rngOf(1) });
    const [infer, train] = [false, true].map((training) =>
      countFlops(() => network.forward(tf.zeros([2, 32, 32, 3]), { training, rng: rngOf(2) }))
    );
    assert.equal(infer, train);
    network.parameters.dispose();
  },
});

Deno.test({
  name: "countFlops() counts a product and its two gradients alike",
  ignore: !isNative,
  fn() {
    const product = 2 * 3 * 5 * 7;
    const a = tf.zeros<tf.Rank.R2>([3, 5]);
    const b = tf.zeros<tf.Rank.R2>([5, 7]);
    assert.equal(countFlops(() => tf.matMul(a, b)), product);
    assert.equal(countFlops(() => tf.matMul(a, tf.zeros([7, 5]), false, true)), product);
    const both = () =>
      tf.grads((x, y) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D).sum())([a, b]);
    assert.equal(countFlops(both), 3 * product);
    tf.dispose([a, b]);
  },
});

Deno.test({
  name: "countFlops() leaves the backend as it was, also after an error",
  ignore: !isNative,
  fn() {
    const backend = tf.backend() as unknown as Record<string, unknown>;
    const before = backend.executeSingleOutput;
    assert.throws(() =>
      countFlops(() => {
        throw new Error("no");
      })
    );
    countFlops(() => tf.zeros([1]));
    assert.equal(backend.executeSingleOutput, before);
  },
});

Deno.test("multiplyAdds() of convolutions and their gradients are the same", () => {
  const [x, w, y] = [[2, 8, 8, 3], [3, 3, 3, 16], [2, 4, 4, 16]];
  const macs = 2 * 4 * 4 * 16 * 9 * 3;
  assert.equal(multiplyAdds("Conv2D", [x, w], y), macs);
  assert.equal(multiplyAdds("Conv2DBackpropInput", [[4], w, y], x), macs);
  assert.equal(multiplyAdds("Conv2DBackpropFilter", [x, [4], y], w), macs);
  const [narrow, point] = [[1, 1, 3, 16], 2 * 4 * 4 * 16 * 3];
  assert.equal(multiplyAdds("CganKdPointwise", [x, narrow], y), point);
  assert.equal(multiplyAdds("CganKdPointwiseInputGrad", [x, narrow, y], x), point);
  assert.equal(multiplyAdds("CganKdPointwiseFilterGrad", [x, y], narrow), point);
  const gate = [x, [1, 1, 3, 5], [5], [1, 1, 5, 3], [3]];
  assert.equal(multiplyAdds("CganKdSqueezeExcite", gate, x), 2 * 2 * 3 * 5);
});

Deno.test("multiplyAdds() of depthwise convolutions count one channel each", () => {
  const [x, w, y] = [[2, 8, 8, 6], [5, 5, 6, 1], [2, 8, 8, 6]];
  const macs = 2 * 8 * 8 * 6 * 25;
  assert.equal(multiplyAdds("DepthwiseConv2dNative", [x, w], y), macs);
  assert.equal(multiplyAdds("DepthwiseConv2dNativeBackpropInput", [[4], w, y], x), macs);
  assert.equal(multiplyAdds("DepthwiseConv2dNativeBackpropFilter", [x, [4], y], w), macs);
});

Deno.test("multiplyAdds() of a product knows a transposed first factor", () => {
  assert.equal(multiplyAdds("MatMul", [[3, 5], [5, 7]], [3, 7]), 105);
  const transposed = [{ name: "adj_x", value: true }];
  assert.equal(multiplyAdds("BatchMatMulV2", [[2, 5, 3], [2, 5, 7]], [2, 3, 7], transposed), 210);
  const turned = [{ name: "turn_a", value: 1 }, { name: "turn_b", value: 0 }];
  assert.equal(multiplyAdds("CganKdProduct", [[2, 5, 3], [2, 5, 7]], [2, 3, 7], turned), 210);
  assert.equal(multiplyAdds("CganKdProduct", [[3, 5], [5, 7]], [3, 7]), 105);
  assert.equal(multiplyAdds("Relu", [[3, 5]], [3, 5]), 0);
});
