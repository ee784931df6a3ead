import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { costOf } from "./graph.ts";
import { traceGraph } from "./trace.ts";

const inputs = { x: [4, 4, 2] };

Deno.test("traceGraph() keeps what depends on the input, in the words of layers, and leaves no tensor", () => {
  const filter = tf.variable(tf.fill([3, 3, 2, 5], 0.5));
  const before = tf.memory().numTensors;
  const graph = traceGraph({
    inputs,
    variables: [["stage1/conv/weight", filter]],
    forward(x) {
      // A constant, however it was made.
      const weight = filter.mul(2).sub(filter) as tf.Tensor4D;
      const first = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same").add(1);
      const wide = weight.pad([[0, 0], [0, 0], [0, 3], [0, 0]]) as tf.Tensor4D;
      const second = tf.conv2d(first as tf.Tensor4D, wide, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]);
      const gate = tf.sigmoid(second).mul(second);
      return tf.pad(gate.mul(2), [[0, 0], [1, 0], [1, 0], [0, 0]]).reshape([3, -1]);
    },
  });
  assert.equal(tf.memory().numTensors, before);
  const { nodes } = graph;
  assert.deepEqual(nodes.map(({ op, shape }) => [op, ...shape]), [
    ["convolution", 2, 2, 5],
    ["convolution", 2, 2, 5],
    ["activation", 2, 2, 5],
    ["affine", 2, 2, 5],
    ["pad", 3, 3, 5],
    ["reshape", 45],
  ]);
  const [first, second, gate] = nodes;
  assert.ok(
    first?.op === "convolution" && second?.op === "convolution" && gate?.op === "activation",
  );
  assert.equal(first.path, "stage1/conv");
  assert.deepEqual(first.pads, [0, 0, 1, 1]);
  assert.deepEqual([...first.bias!.values], [1, 1, 1, 1, 1]);
  assert.deepEqual(second.pads, [1, 1, 1, 1]);
  assert.equal(gate.kind, "swish");
  filter.dispose();
});

Deno.test("traceGraph() names the kernel that no export knows, and the engine is as it was", () => {
  const before = tf.engine().runKernel;
  const refused = (forward: (x: tf.Tensor) => tf.Tensor, message: RegExp) =>
    assert.throws(() => traceGraph({ inputs, forward }), { name: "RangeError", message });
  refused(
    (x) => tf.cumsum(x, 1),
    /runs the kernel "Cumsum", which no export knows; known are .*Conv2D/,
  );
  refused(
    (x) => tf.transpose(x, [1, 0, 2, 3]),
    /found an order that moves the images of the batch/,
  );
  refused(
    (x) => tf.reshape(x, [12, 8]),
    /the kernel "Reshape" mixes the images of a batch, found shape \[12,8\]/,
  );
  refused((x) => tf.sub(1, x), /found a constant minus or over a value in the kernel "Sub"/);
  refused(
    (x) => tf.add(x, tf.ones([4, 4, 2])),
    /found a constant of shape \[4,4,2\] beside \[3,4,4,2\]/,
  );
  refused(
    (x) => tf.concat([x, tf.ones([3, 4, 4, 2])], 3),
    /reads a constant of shape \[3,4,4,2\] beside a value/,
  );
  refused(() => tf.ones([3, 1]), /its output does not depend on its input/);
  assert.equal(tf.engine().runKernel, before);
});

Deno.test("costOf() counts weights and multiply-adds as papers do", () => {
  const graph = traceGraph({
    inputs,
    forward(x) {
      const wide = tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 5]), 2, "same");
      const deep = tf.depthwiseConv2d(wide as tf.Tensor4D, tf.ones([3, 3, 5, 1]), 1, "same");
      const large = tf.conv2dTranspose(
        deep as tf.Tensor4D,
        tf.ones([4, 4, 7, 5]),
        [3, 4, 4, 7],
        2,
        "same",
      );
      return tf.matMul(tf.mean(large, [1, 2]) as tf.Tensor2D, tf.ones([7, 3])).add(tf.ones([3]));
    },
  });
  const [dense, depthwise, transposed] = [2 * 2 * 9 * 2 * 5, 2 * 2 * 9 * 5, 2 * 2 * 16 * 5 * 7];
  assert.deepEqual(costOf(graph), {
    numbers: 90 + 45 + 560 + 21 + 3,
    multiplyAdds: dense + depthwise + transposed + 21,
  });
});
