import assert from "node:assert/strict";
import { lossAndGradients } from "../base/training/optimisers.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { buildTiny, tinyImages } from "../testing/network_families.ts";
import { densenet121 } from "./densenet.ts";
import { efficientnetB0 } from "./efficientnet.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import type { NetworkOutput, TapsWanted } from "./network.ts";
import { resnet18 } from "./resnet.ts";
import { shufflenetV2 } from "./shufflenet.ts";
import { vgg11, vgg16 } from "./vgg.ts";

// Not ResNet-50: where its stages end, the one kernel of 1 x 1 convolution, sum and ReLU adds up the filter's gradient in
// another order (a millionth of its largest entry).
const FAMILIES = [
  vgg11,
  vgg16,
  resnet18,
  densenet121,
  mobilenetV2,
  shufflenetV2,
  efficientnetB0,
];
const SIDE = 32;

/** The outputs and the maps after activations. */
function read({ output, features, taps }: NetworkOutput): Float32Array[] {
  return [output, features, ...taps.map(({ post }) => post)].map((tensor) =>
    tensor.dataSync() as Float32Array
  );
}

for (const family of FAMILIES) {
  Deno.test(`${family.name} gives the same bits, forward and back, whether maps before activations are collected or not`, () => {
    const passes = ([true, "after"] as TapsWanted[]).map((taps) => {
      const network = buildTiny(family);
      const x = tinyImages(SIDE);
      const seen: Float32Array[] = [];
      tf.tidy(() => {
        const { loss, gradients } = lossAndGradients(network.parameters, () => {
          const pass = network.forward(x, { training: true, rng: rngOf(5), taps });
          seen.push(...read(pass));
          // Every map in its own weight, so that each has a slope beside the network's.
          const ends = pass.taps.map(({ post }, i) =>
            tf.mean(tf.square(post)).mul<tf.Scalar>(i + 1)
          );
          return tf.addN([tf.mean(tf.square(pass.output)) as tf.Scalar, ...ends]);
        });
        seen.push(...[loss, ...Object.values(gradients)].map((g) => g.dataSync() as Float32Array));
        seen.push(...read(network.forward(x, { training: false, taps })));
      });
      x.dispose();
      network.parameters.dispose();
      return seen;
    });
    assert.ok(passes[0]!.length > 10);
    const differing = passes[0]!.flatMap((values, i) =>
      values.every((value, j) => Object.is(value, passes[1]![i]![j])) ? [] : [i]
    );
    assert.deepEqual(differing, []);
  });
}

Deno.test('Tap.pre of a pass that collected taps "after" throws', () => {
  const network = buildTiny(vgg11);
  tf.tidy(() => {
    const { taps } = network.forward(tinyImages(SIDE), { training: false, taps: "after" });
    assert.equal(taps.length, 6);
    assert.throws(() => taps[1]!.pre, {
      name: "TypeError",
      message: 'Cannot read the map of "stage1" before its activation: the pass collected taps ' +
        '"after", want taps true',
    });
  });
});
