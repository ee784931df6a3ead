/** ResNet for small images (method specification 5.1): a 3 x 3 stem without pooling, four stages. */
import { type Mode, ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import { tf } from "../base/tf.ts";
import type { Activation } from "../native/maps/activation.ts";
import { convNorm, recordNorm } from "./blocks.ts";
import { outputHead } from "./head.ts";
import { checkImageSize, PAPER_SIZES } from "./image_sizes.ts";
import { globalAveragePool, type Layer } from "./layers.ts";
import {
  type ForwardMode,
  type Network,
  type NetworkFamily,
  type NetworkOptions,
  type NetworkOutput,
  scaleChannels,
  TapRecorder,
} from "./network.ts";

const CHANNELS = [64, 128, 256, 512];

interface UnitSize {
  readonly in: number;
  readonly inner: number;
  readonly out: number;
  readonly stride: number;
}

/** A residual sum and the activation that follows. */
type Unit = (x: tf.Tensor4D, mode: Mode, activation: Activation) => tf.Tensor4D;

function shortcutOf(scope: Scope, { in: from, out, stride }: UnitSize): Layer {
  if (stride === 1 && from === out) return (x) => x;
  return convNorm(scope.at("shortcut"), { in: from, out, kernel: 1, stride });
}

function basicUnit(scope: Scope, size: UnitSize): Unit {
  const { in: from, inner, out, stride } = size;
  const first = convNorm(scope.at("unit1"), { in: from, out: inner, kernel: 3, stride });
  const second = convNorm(scope.at("unit2"), { in: inner, out, kernel: 3 });
  const shortcut = shortcutOf(scope, size);
  return (x, mode, activation) =>
    second(first(x, mode, "relu"), mode, activation, shortcut(x, mode));
}

function bottleneckUnit(scope: Scope, size: UnitSize): Unit {
  const { in: from, inner, out, stride } = size;
  const first = convNorm(scope.at("unit1"), { in: from, out: inner, kernel: 1 });
  const second = convNorm(scope.at("unit2"), { in: inner, out: inner, kernel: 3, stride });
  const third = convNorm(scope.at("unit3"), { in: inner, out, kernel: 1 });
  const shortcut = shortcutOf(scope, size);
  return (x, mode, activation) => {
    const h = second(first(x, mode, "relu"), mode, "relu");
    return third(h, mode, activation, shortcut(x, mode));
  };
}

/** Units of a ResNet and how many of them each stage has. */
interface Kind {
  readonly unit: typeof basicUnit;
  readonly expansion: number;
  readonly depths: readonly number[];
}

/** A ResNet up to its global average, for networks that end in a head of their own. */
export interface ResnetBody {
  /** Entries of a feature vector. */
  readonly features: number;
  /** @param x Normalised images `[batch, imageSize, imageSize, 3]`. */
  forward(x: tf.Tensor4D, mode: ForwardMode): Pick<NetworkOutput, "features" | "taps">;
}

function resnetBody(
  root: Scope,
  kind: Kind,
  { width, imageSize }: Pick<NetworkOptions, "width" | "imageSize">,
): ResnetBody {
  const stemChannels = scaleChannels(CHANNELS[0]!, width);
  const stem = convNorm(root.at("stem"), { in: 3, out: stemChannels, kernel: 3 });
  let channels = stemChannels;
  const stages = kind.depths.map((depth, s) =>
    Array.from({ length: depth }, (_, i) => {
      const inner = scaleChannels(CHANNELS[s]!, width);
      const out = inner * kind.expansion;
      // The first stage keeps 32 x 32, and halves 64 x 64.
      const stageStride = s === 0 ? imageSize / 32 : 2;
      const size = { in: channels, inner, out, stride: i === 0 ? stageStride : 1 };
      channels = out;
      return kind.unit(root.at(`stage${s + 1}`).at(`unit${i + 1}`), size);
    })
  );
  return {
    features: channels,
    forward(x, mode) {
      const recorder = new TapRecorder(mode.taps);
      const maps = passOn(
        () => recordNorm(recorder, "stem", (then) => stem(x, mode, then), "relu"),
        stages.flatMap((units, s) =>
          units.map((unit, i) => (h: tf.Tensor4D) =>
            i < units.length - 1
              ? unit(h, mode, "relu")
              : recordNorm(recorder, `stage${s + 1}`, (then) => unit(h, mode, then), "relu")
          )
        ),
        { frees: !mode.training && !recorder.active },
      );
      return { features: globalAveragePool(maps), taps: recorder.taps };
    },
  };
}

function resnet(name: string, title: string, kind: Kind): NetworkFamily {
  return {
    name,
    title,
    imageSizes: PAPER_SIZES,
    build(options): Network {
      checkImageSize({ title, imageSizes: PAPER_SIZES }, options.imageSize);
      const parameters = new ParameterSet();
      const root = new Scope(parameters, options.rng.child(name));
      const body = resnetBody(root, kind, options);
      const head = outputHead(root.at("head"), body.features, options);
      return {
        name,
        parameters,
        forward(x, mode) {
          const { features, taps } = body.forward(x, mode);
          return { output: head(features, mode), features, taps };
        },
      };
    },
  };
}

const RESNET_34: Kind = { unit: basicUnit, expansion: 1, depths: [3, 4, 6, 3] };

/** Basic units, 2, 2, 2, 2. */
export const resnet18: NetworkFamily = resnet("resnet18", "ResNet-18", {
  unit: basicUnit,
  expansion: 1,
  depths: [2, 2, 2, 2],
});
/** Basic units, 3, 4, 6, 3. */
export const resnet34: NetworkFamily = resnet("resnet34", "ResNet-34", RESNET_34);

/**
 * ResNet-34 without a head, with its weights in `scope`; 64 x 64 images are halved in every stage, 32 x 32
 * ones in all but the first.
 */
export function resnet34Body(
  scope: Scope,
  options: Pick<NetworkOptions, "width" | "imageSize">,
): ResnetBody {
  return resnetBody(scope, RESNET_34, options);
}
/** Bottleneck units, 3, 4, 6, 3. */
export const resnet50: NetworkFamily = resnet("resnet50", "ResNet-50", {
  unit: bottleneckUnit,
  expansion: 4,
  depths: [3, 4, 6, 3],
});
