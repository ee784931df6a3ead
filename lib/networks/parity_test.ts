import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { densenet121, densenet121Features } from "./densenet.ts";
import { efficientnetB0 } from "./efficientnet.ts";
import { buildTiny, type Column, tinyImages } from "../testing/network_families.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import type { Network, NetworkFamily } from "./network.ts";
import type { Maps } from "../testing/plain/maps.ts";
import { PlainLayers } from "../testing/plain/layers.ts";
import {
  densenet,
  densenetFeatures,
  efficientnet,
  mobilenet,
  outputOf,
  resnet,
  shufflenet,
  vgg,
  type Wiring,
} from "../testing/plain/networks.ts";
import { resnet18, resnet34, resnet50 } from "./resnet.ts";
import { shufflenetV2 } from "./shufflenet.ts";
import { vgg11, vgg13, vgg16 } from "./vgg.ts";

/** Moves everything that starts at 0 or 1 to where a slip would show. */
async function unsettle(network: Network): Promise<void> {
  const arrays = await network.parameters.read();
  for (const [name, { values }] of Object.entries(arrays)) {
    const rng = rngOf(6, name);
    const shift = /(scale|offset|running_mean|bias)$/.test(name);
    const stretch = name.endsWith("running_variance");
    for (let i = 0; i < values.length; i++) {
      if (shift) values[i]! += 0.2 * rng.normal();
      if (stretch) values[i]! *= Math.exp(0.3 * rng.normal());
    }
    // Else the last ReLU of the regression head may cut every prediction.
    if (name === "head/linear3/bias") values.fill(2);
  }
  network.parameters.write(arrays);
}

/** Channels-last to channels-first. */
function toMaps(x: tf.Tensor4D): Maps {
  const [batch, height, width, channels] = x.shape;
  const moved = tf.transpose(x, [0, 3, 1, 2]);
  const values = Float64Array.from(moved.dataSync());
  moved.dispose();
  return { shape: [batch, channels, height, width], values };
}

/** Largest difference relative to the largest entry. */
function gap(found: ArrayLike<number>, wanted: Float64Array): number {
  assert.equal(found.length, wanted.length);
  let [difference, largest] = [0, 1e-12];
  wanted.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(found[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

/** Single precision over a hundred layers; a wrong layer misses by a tenth and more. */
const TOLERANCE = 1e-4;

const FAMILIES: readonly (readonly [NetworkFamily, Wiring, readonly Column[]])[] = [
  [vgg11, vgg([1, 1, 2, 2, 2]), ["cifar10", "tiny_imagenet", "regression"]],
  [vgg13, vgg([2, 2, 2, 2, 2]), ["cifar10"]],
  [vgg16, vgg([2, 2, 3, 3, 3]), ["cifar10", "regression"]],
  [resnet18, resnet([2, 2, 2, 2], "basic"), ["cifar10", "tiny_imagenet", "regression"]],
  [resnet34, resnet([3, 4, 6, 3], "basic"), ["cifar10"]],
  [resnet50, resnet([3, 4, 6, 3], "bottleneck"), ["cifar10", "tiny_imagenet"]],
  [densenet121, densenet, ["cifar10", "tiny_imagenet", "regression"]],
  [densenet121Features, densenetFeatures, ["cifar10"]],
  [mobilenetV2, mobilenet, ["cifar10", "tiny_imagenet", "regression"]],
  [shufflenetV2, shufflenet, ["cifar10", "tiny_imagenet", "regression"]],
  [efficientnetB0, efficientnet, ["cifar10", "tiny_imagenet", "regression"]],
];

for (const [family, wiring, columns] of FAMILIES) {
  for (const column of columns) {
    for (const training of [false, true]) {
      // Drop-connect has no plain counterpart; larger images differ only in the wiring.
      if (training && column !== "cifar10") continue;
      const mode = training ? "training" : "inference";
      Deno.test(`${family.name} equals plain loops: ${column}, ${mode}`, async () => {
        const network = buildTiny(family, { column });
        await unsettle(network);
        const norm = family === efficientnetB0 && column === "regression"
          ? { epsilon: 1e-3, momentum: 0.01 }
          : { epsilon: 1e-5, momentum: 0.1 };
        const net = new PlainLayers(await network.parameters.read(), training, norm);
        const x = tinyImages(column === "cifar10" ? 32 : 64, training ? 4 : 1);
        const wanted = wiring(net, toMaps(x), column);
        tf.tidy(() => {
          const found = network.forward(x, { training, taps: true, rng: rngOf(7) });
          const names = found.taps.map(({ name }) => name);
          assert.deepEqual(names, Object.keys(wanted.taps));
          for (const { name, pre, post } of found.taps) {
            const [plainPre, plainPost] = wanted.taps[name]!;
            assert.ok(gap(toMaps(pre).values, plainPre.values) < TOLERANCE, `${name} pre`);
            assert.ok(gap(toMaps(post).values, plainPost.values) < TOLERANCE, `${name} post`);
          }
          assert.ok(gap(found.features.dataSync(), wanted.features.values) < TOLERANCE, "features");
          if (training) return;
          const output = outputOf(net, wanted.features, column);
          assert.ok(output.values.some((value) => value !== 0));
          assert.ok(gap(found.output.dataSync(), output.values) < TOLERANCE, "output");
        });
        for (const [name, buffer] of network.parameters.buffers) {
          const moved = net.moved.get(name);
          // What the plain pass never read must have stayed: the idle unit of EfficientNet.
          const start = () => Float64Array.from(net.arrays[name]!.values);
          assert.ok(gap(buffer.dataSync(), moved ?? start()) < TOLERANCE, name);
        }
        network.parameters.dispose();
        x.dispose();
      });
    }
  }
}
