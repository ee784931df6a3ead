/** Every family in plain loops, wired from the method specification (3.1, 5.1, 5.4): what tests compare with. */
import type { Column } from "../network_families.ts";
import {
  add,
  concat,
  flatten,
  gate,
  globalMean,
  type Maps,
  pick,
  pool,
  relu,
  relu6,
  sigmoid,
  swish,
} from "./maps.ts";
import type { PlainLayers } from "./layers.ts";

/** What a wiring returns: the features, and `[pre, post]` of every tap by name. */
export interface Outcome {
  readonly features: Maps;
  readonly taps: Record<string, readonly [Maps, Maps]>;
}

/** A network of a family in plain loops; parameters are found by their names. */
export type Wiring = (net: PlainLayers, x: Maps, column: Column) => Outcome;

/** VGG with so many convolutions in each stage. */
export function vgg(depths: readonly number[]): Wiring {
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

/** ResNet with so many units in each stage. */
export function resnet(depths: readonly number[], kind: "basic" | "bottleneck"): Wiring {
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

/** DenseNet-121. */
export const densenet: Wiring = (net, x, column) => {
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

/** The same with the wide feature layer of the density ratio. */
export const densenetFeatures: Wiring = (net, x, column) => {
  const { features, taps } = densenet(net, x, column);
  return { features: relu(net.batchNorm(net.linear(features, "head/widen"), "head/norm")), taps };
};

/** MobileNetV2. */
export const mobilenet: Wiring = (net, x, column) => {
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

/** ShuffleNetV2. */
export const shufflenet: Wiring = (net, x, column) => {
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

/** EfficientNet-B0. */
export const efficientnet: Wiring = (net, x, column) => {
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
      const found = net.arrays[`${name}/depthwise/conv/weight`]!.shape[0];
      if (found !== kernel) {
        throw new TypeError(`Cannot wire ${name}: found kernel ${found}, want ${kernel}`);
      }
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
export function outputOf(net: PlainLayers, features: Maps, column: Column): Maps {
  if (net.has("head/classify/weight")) return net.linear(features, "head/classify");
  if (column !== "regression") return net.linear(features, "head");
  const first = relu(net.batchNorm(net.linear(features, "head/linear1"), "head/norm1"));
  const second = relu(net.batchNorm(net.linear(first, "head/linear2"), "head/norm2"));
  return relu(net.linear(second, "head/linear3"));
}
