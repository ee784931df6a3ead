import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
  kernelsOf,
} from "../../testing/kernels.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { gateChannels } from "./squeeze_excite.ts";

const gated: Function = (x, squeeze, squeezeBias, excite, exciteBias) =>
  gateChannels(x as tf.Tensor4D, {
    squeeze: squeeze as tf.Tensor4D,
    squeezeBias: squeezeBias as tf.Tensor1D,
    excite: excite as tf.Tensor4D,
    exciteBias: exciteBias as tf.Tensor1D,
  });

const composed: Function = (x, squeeze, squeezeBias, excite, exciteBias) => {
  const inner = tf.add(
    tf.conv2d(tf.mean(x!, [1, 2], true), squeeze as tf.Tensor4D, 1, "same"),
    squeezeBias!,
  );
  const hidden = tf.mul(inner, tf.sigmoid(inner)) as tf.Tensor4D;
  const gate = tf.sigmoid(tf.add(tf.conv2d(hidden, excite as tf.Tensor4D, 1, "same"), exciteBias!));
  return tf.mul(x!, gate);
};

function inputsOf([batch, side, channels, squeezed]: readonly number[]): tf.Tensor[] {
  return [
    draw("x", [batch!, side!, side!, channels!]),
    draw("squeeze", [1, 1, channels!, squeezed!]),
    draw("squeeze bias", [squeezed!]),
    draw("excite", [1, 1, squeezed!, channels!]),
    draw("excite bias", [channels!]),
  ];
}

for (const sizes of [[2, 3, 5, 1], [33, 4, 24, 2], [5, 16, 72, 6], [3, 1, 129, 12]]) {
  const [batch, side, channels, squeezed] = sizes;
  Deno.test(`gateChannels() equals stock ops: ${batch} x ${side} x ${side} x ${channels}, ${squeezed} between`, () => {
    tf.tidy(() => {
      const inputs = inputsOf(sizes);
      assertSame(gated(...inputs), composed(...inputs));
    });
  });
}

Deno.test("gateChannels() has the gradients of finite differences", () => {
  tf.tidy(() => assertFiniteDifferences(gated, inputsOf([2, 2, 3, 2])));
});

Deno.test("gateChannels() leaves no tensor behind", () => {
  const inputs = inputsOf([2, 4, 8, 2]);
  assertNoLeak(gated, inputs);
  tf.dispose(inputs);
});

Deno.test({
  name:
    "gateChannels() is one kernel where nothing asks for gradients, and has them where something does",
  ignore: !hasOwnKernels,
  fn() {
    tf.tidy(() => {
      const inputs = inputsOf([2, 4, 8, 2]);
      assert.deepEqual([...kernelsOf(() => void gated(...inputs))], ["CganKdSqueezeExcite"]);
      const [x, ...weights] = inputs;
      const [dx] = tf.grads((z: tf.Tensor) => tf.sum(gated(z, ...weights)))([x!]);
      const [wanted] = tf.grads((z: tf.Tensor) => tf.sum(composed(z, ...weights)))([x!]);
      assertSame(dx!, wanted!, 1e-4);
    });
  },
});
