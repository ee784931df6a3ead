/** Every family against plain loops that are wired from the method specification (3.1, 5.1, 5.4). */
import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { densenet121, densenet121Features } from "./densenet.ts";
import { efficientnetB0 } from "./efficientnet.ts";
import { buildTiny, type Column, tinyImages } from "./family_checks.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import type { Network, NetworkFamily } from "./network.ts";
import {
  add,
  concat,
  flatten,
  gate,
  globalMean,
  type Maps,
  pick,
  PlainLayers,
  pool,
  relu,
  relu6,
  sigmoid,
  swish,
} from "./plain_reference.ts";
import { resnet18, resnet34, resnet50 } from "./resnet.ts";
import { shufflenetV2 } from "./shufflenet.ts";
import { vgg11, vgg13, vgg16 } from "./vgg.ts";

/** What a wiring returns: the features, and `[pre, post]` of every tap by name. */
interface Outcome {
  readonly features: Maps;
  readonly taps: Record<string, readonly [Maps, Maps]>;
}

type Wiring = (net: PlainLayers, x: Maps, column: Column) => Outcome;

function vgg(depths: readonly number[]): Wiring {
  return (net, x) => {
    const taps: Outcome["taps"] = {};
    let maps = x;
    depths.forEach((depth, s) => {
      for (let i = 1; i <= depth; i++) {
        const pre = net.convNorm(maps, `stage${s + 1}/unit${i}`);
        maps = relu(pre);
        if (s === 0 && i === 1) taps["stem"] = [pre, maps];
        taps[`stage${s + 1}`] = [pre, maps];
      }
      maps = pool("max", maps, { size: 2 });
    });
    return { features: flatten(maps), taps };
  };
}

function resnet(depths: readonly number[], kind: "basic" | "bottleneck"): Wiring {
  return (net, x, column) => {
    const taps: Outcome["taps"] = {};
    const stem = net.convNorm(x, "stem");
    let maps = relu(stem);
    taps["stem"] = [stem, maps];
    const strides = [column === "cifar10" ? 1 : 2, 2, 2, 2];
    depths.forEach((depth, s) => {
      for (let i = 1; i <= depth; i++) {
        const name = `stage${s + 1}/unit${i}`;
        const stride = i === 1 ? strides[s]! : 1;
        let h: Maps;
        if (kind === "basic") {
          h = net.convNorm(relu(net.convNorm(maps, `${name}/unit1`, { stride })), `${name}/unit2`);
        } else {
          const squeezed = relu(net.convNorm(maps, `${name}/unit1`));
          const moved = relu(net.convNorm(squeezed, `${name}/unit2`, { stride }));
          h = net.convNorm(moved, `${name}/unit3`);
        }
        const reshaped = stride !== 1 || h.shape[1] !== maps.shape[1];
        const pre = add(
          h,
          reshaped ? net.convNorm(maps, `${name}/shortcut`, { stride }) : maps,
        );
        maps = relu(pre);
        taps[`stage${s + 1}`] = [pre, maps];
      }
    });
    return { features: globalMean(maps), taps };
  };
}

const densenet: Wiring = (net, x, column) => {
  const taps: Outcome["taps"] = {};
  let maps = net.conv(x, "stem");
  taps["stem"] = [maps, maps];
  [6, 12, 24, 16].forEach((units, b) => {
    for (let i = 1; i <= units; i++) {
      const name = `stage${b + 1}/unit${i}`;
      const inner = net.conv(relu(net.batchNorm(maps, `${name}/norm1`)), `${name}/conv1`);
      const grown = net.conv(relu(net.batchNorm(inner, `${name}/norm2`)), `${name}/conv2`);
      maps = concat(grown, maps);
    }
    const pre = net.batchNorm(maps, `stage${b + 1}/norm`);
    maps = relu(pre);
    taps[`stage${b + 1}`] = [pre, maps];
    if (b < 3) maps = pool("mean", net.conv(maps, `stage${b + 1}/transition`), { size: 2 });
    if (b === 0 && column !== "cifar10") maps = pool("max", maps, { size: 2 });
  });
  return { features: globalMean(maps), taps };
};

const densenetFeatures: Wiring = (net, x, column) => {
  const { features, taps } = densenet(net, x, column);
  return { features: relu(net.batchNorm(net.linear(features, "head/widen"), "head/norm")), taps };
};

const mobilenet: Wiring = (net, x, column) => {
  const regression = column === "regression";
  const activation = regression ? relu6 : relu;
  const secondStride = column === "cifar10" ? 1 : 2;
  const table = [
    [1, 1, 1],
    [6, 2, secondStride],
    [6, 3, 2],
    [6, 4, 2],
    [6, 3, 1],
    [6, 3, 2],
    [6, 1, 1],
  ] as const;
  const taps: Outcome["taps"] = {};
  const stem = net.convNorm(x, "stem", { stride: regression ? 2 : 1 });
  let maps = activation(stem);
  taps["stem"] = [stem, maps];
  // The units up to these groups work at one resolution.
  const ends: Record<number, string> = { 1: "stage1", 2: "stage2", 4: "stage3", 6: "stage4" };
  table.forEach(([t, n, s], g) => {
    for (let i = 1; i <= n; i++) {
      const name = `group${g + 1}/unit${i}`;
      const stride = i === 1 ? s : 1;
      const wide = regression && t === 1 ? maps : activation(net.convNorm(maps, `${name}/expand`));
      const deep = activation(
        net.convNorm(wide, `${name}/depthwise`, { stride, depthwise: true }),
      );
      const y = net.convNorm(deep, `${name}/project`);
      const equal = y.shape[1] === maps.shape[1];
      if (stride !== 1 || (regression && !equal)) maps = y;
      else maps = add(y, equal ? maps : net.convNorm(maps, `${name}/shortcut`));
    }
    const end = ends[g];
    if (end !== undefined) taps[end] = [maps, maps];
  });
  return { features: globalMean(activation(net.convNorm(maps, "last"))), taps };
};

const shufflenet: Wiring = (net, x, column) => {
  const taps: Outcome["taps"] = {};
  const stem = net.convNorm(x, "stem", { stride: column === "regression" ? 2 : 1 });
  let maps = relu(stem);
  taps["stem"] = [stem, maps];
  if (column !== "cifar10") maps = pool("max", maps, { size: 3, stride: 2, padding: 1 });
  const shuffle = (a: Maps, b: Maps) => {
    const half = a.shape[1];
    // Groups of 2: the channels of the halves take turns.
    return pick(concat(a, b), Array.from({ length: 2 * half }, (_, k) => k % 2 * half + (k >> 1)));
  };
  const right = (h: Maps, name: string, stride: number) => {
    const first = relu(net.convNorm(h, `${name}/right/unit1`));
    const deep = net.convNorm(first, `${name}/right/depthwise`, { stride, depthwise: true });
    return net.convNorm(deep, `${name}/right/unit2`);
  };
  [4, 8, 4].forEach((units, s) => {
    for (let i = 1; i <= units; i++) {
      const name = `stage${s + 1}/unit${i}`;
      if (i === 1) {
        const deep = net.convNorm(maps, `${name}/left/depthwise`, { stride: 2, depthwise: true });
        const a = net.convNorm(deep, `${name}/left/unit1`);
        const b = right(maps, name, 2);
        maps = shuffle(relu(a), relu(b));
      } else {
        const half = maps.shape[1] / 2;
        const kept = pick(maps, Array.from({ length: half }, (_, k) => k));
        const b = right(pick(maps, Array.from({ length: half }, (_, k) => half + k)), name, 1);
        maps = shuffle(kept, relu(b));
        taps[`stage${s + 1}`] = [shuffle(kept, b), maps];
      }
    }
  });
  return { features: globalMean(relu(net.convNorm(maps, "last"))), taps };
};

const efficientnet: Wiring = (net, x, column) => {
  const regression = column === "regression";
  const padding = regression ? "same" : undefined;
  const table = [
    [1, 1, 1, 3],
    [2, 6, 2, 3],
    [2, 6, 2, 5],
    [3, 6, 2, 3],
    [3, 6, 1, 5],
    [4, 6, 2, 5],
    [1, 6, 1, 3],
  ] as const;
  const taps: Outcome["taps"] = {};
  const stem = net.convNorm(x, "stem", { stride: regression ? 2 : 1, padding });
  let maps = swish(stem);
  taps["stem"] = [stem, maps];
  const ends: Record<number, string> = {
    0: "stage1",
    1: "stage2",
    2: "stage3",
    4: "stage4",
    6: "stage5",
  };
  table.forEach(([units, expansion, s, kernel], g) => {
    for (let i = 1; i <= units; i++) {
      const name = `group${g + 1}/unit${i}`;
      const stride = i === 1 ? s : 1;
      const wide = expansion === 1 ? maps : swish(net.convNorm(maps, `${name}/expand`));
      const deep = swish(
        net.convNorm(wide, `${name}/depthwise`, { stride, padding, depthwise: true }),
      );
      assert.equal(net.arrays[`${name}/depthwise/conv/weight`]!.shape[0], kernel);
      const squeezed = swish(net.conv(globalMean(deep), `${name}/squeeze`));
      const gated = gate(deep, sigmoid(net.conv(squeezed, `${name}/excite`)));
      const y = net.convNorm(gated, `${name}/project`);
      maps = stride === 1 && y.shape[1] === maps.shape[1] ? add(y, maps) : y;
    }
    const end = ends[g];
    if (end !== undefined) taps[end] = [maps, maps];
  });
  return { features: globalMean(regression ? swish(net.convNorm(maps, "last")) : maps), taps };
};

/** Last dense layers; dropout does nothing in inference. */
function outputOf(net: PlainLayers, features: Maps, column: Column): Maps {
  if (net.has("head/classify/weight")) return net.linear(features, "head/classify");
  if (column !== "regression") return net.linear(features, "head");
  const first = relu(net.batchNorm(net.linear(features, "head/linear1"), "head/norm1"));
  const second = relu(net.batchNorm(net.linear(first, "head/linear2"), "head/norm2"));
  return relu(net.linear(second, "head/linear3"));
}

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
      // Drop-connect has no plain counterpart; larger images differ in the wiring alone.
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
