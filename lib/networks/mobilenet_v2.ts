/**
 * MobileNetV2: inverted residual units. Classification (method specification 5.1) takes the network for
 * small images; regression (5.4) takes the one for large images, with a strided stem.
 */
import { constant, normal, ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import { tf } from "../base/tf.ts";
import {
  convNorm,
  type ConvNormOptions,
  depthwiseNorm,
  kaimingFanOut,
  recordNorm,
} from "./blocks.ts";
import { checkImageSize, PAPER_SIZES } from "./image_sizes.ts";
import { outputHead } from "./head.ts";
import { dropout, globalAveragePool, type Layer } from "./layers.ts";
import {
  type Network,
  type NetworkFamily,
  type NetworkOptions,
  scaleChannels,
  TapRecorder,
} from "./network.ts";

/** Units in a row with the same channels; the first has the stride. */
interface Group {
  readonly expansion: number;
  readonly channels: number;
  readonly units: number;
  readonly stride: number;
}

/** What differs between the two forms. */
interface Form {
  readonly stemStride: number;
  /** Stride of the second group. */
  readonly secondStride: number;
  readonly activation: "relu" | "relu6";
  /**
   * "projected": every unit of stride 1 has a shortcut, through a 1 x 1 convolution where channels
   * differ. "equal": only units that keep stride and channels have one.
   */
  readonly shortcut: "projected" | "equal";
  /** Whether an expansion of 1 still has its convolution. */
  readonly expandAlways: boolean;
  /** Kaiming-normal with fan-out instead of PyTorch's default. */
  readonly kaiming: boolean;
  /** Before the head. */
  readonly dropout: number;
}

function formOf({ head, imageSize }: NetworkOptions): Form {
  return head === "classification"
    ? {
      stemStride: 1,
      secondStride: imageSize / 32,
      activation: "relu",
      shortcut: "projected",
      expandAlways: true,
      kaiming: false,
      dropout: 0,
    }
    : {
      stemStride: 2,
      secondStride: 2,
      activation: "relu6",
      shortcut: "equal",
      expandAlways: false,
      kaiming: true,
      dropout: 0.2,
    };
}

function groupsOf({ secondStride }: Form): readonly Group[] {
  return [
    { expansion: 1, channels: 16, units: 1, stride: 1 },
    { expansion: 6, channels: 24, units: 2, stride: secondStride },
    { expansion: 6, channels: 32, units: 3, stride: 2 },
    { expansion: 6, channels: 64, units: 4, stride: 2 },
    { expansion: 6, channels: 96, units: 3, stride: 1 },
    { expansion: 6, channels: 160, units: 3, stride: 2 },
    { expansion: 6, channels: 320, units: 1, stride: 1 },
  ];
}

/** Groups, counted from 0, that end the stages 1 to 4: the last ones before the image shrinks. */
const STAGE_ENDS = [1, 2, 4, 6];

interface UnitSize {
  readonly in: number;
  readonly out: number;
  readonly expansion: number;
  readonly stride: number;
}

/** Expand, convolve depthwise, project; the projection has no activation. */
function invertedResidual(scope: Scope, size: UnitSize, form: Form): Layer {
  const { in: from, out, expansion, stride } = size;
  const { activation } = form;
  const inner = from * expansion;
  const expand = expansion > 1 || form.expandAlways
    ? convNorm(scope.at("expand"), withInit({ in: from, out: inner, kernel: 1 }, form))
    : undefined;
  const { out: _, ...depthwiseSize } = withInit(
    { in: inner, out: inner, kernel: 3, stride },
    form,
  );
  const depthwise = depthwiseNorm(scope.at("depthwise"), depthwiseSize);
  const project = convNorm(scope.at("project"), withInit({ in: inner, out, kernel: 1 }, form));
  const shortcut = shortcutOf(scope, size, form);
  return (x, mode) => {
    const expanded = expand === undefined ? x : expand(x, mode, activation);
    const convolved = depthwise(expanded, mode, activation);
    return project(convolved, mode, "none", shortcut?.(x, mode));
  };
}

function shortcutOf(scope: Scope, size: UnitSize, form: Form): Layer | undefined {
  if (size.stride !== 1) return undefined;
  if (size.in === size.out) return (x) => x;
  if (form.shortcut === "equal") return undefined;
  return convNorm(
    scope.at("shortcut"),
    withInit({ in: size.in, out: size.out, kernel: 1 }, form),
  );
}

function withInit(options: ConvNormOptions, { kaiming }: Form): ConvNormOptions {
  return kaiming ? { ...options, weightInit: kaimingFanOut(options) } : options;
}

/**
 * Taps: the stem, and stages 1 to 4 as runs of units at one resolution. A unit ends without an
 * activation, so `pre` and `post` of a stage are the same map.
 *
 * Regression differs from classification: stem and second group of stride 2, ReLU6, shortcuts only between
 * equal shapes, no expansion by 1, dropout 0.2 before the head (`features` are those before it),
 * Kaiming-normal convolutions and N(0, 0.01²) dense weights.
 */
export const mobilenetV2: NetworkFamily = {
  name: "mobilenet_v2",
  title: "MobileNetV2",
  imageSizes: PAPER_SIZES,
  build(options): Network {
    checkImageSize(mobilenetV2, options.imageSize);
    const { width, rng } = options;
    const form = formOf(options);
    const { activation } = form;
    const parameters = new ParameterSet();
    const root = new Scope(parameters, rng.child("mobilenet_v2"));
    let channels = scaleChannels(32, width);
    const stem = convNorm(
      root.at("stem"),
      withInit({ in: 3, out: channels, kernel: 3, stride: form.stemStride }, form),
    );
    const groups = groupsOf(form).map((group, g) =>
      Array.from({ length: group.units }, (_, i) => {
        const size = {
          in: channels,
          out: scaleChannels(group.channels, width),
          expansion: group.expansion,
          stride: i === 0 ? group.stride : 1,
        };
        channels = size.out;
        const scope = root.at(`group${g + 1}`).at(`unit${i + 1}`);
        return invertedResidual(scope, size, form);
      })
    );
    const featureCount = scaleChannels(1280, width);
    const last = convNorm(
      root.at("last"),
      withInit({ in: channels, out: featureCount, kernel: 1 }, form),
    );
    const head = outputHead(root.at("head"), featureCount, options);
    if (form.kaiming) drawHeadAgain(root);
    const drop = dropout(root.at("dropout"), form.dropout);
    return {
      name: "mobilenet_v2",
      parameters,
      forward(x, mode) {
        const recorder = new TapRecorder(mode.taps);
        const frees = !mode.training && !recorder.active;
        let maps = recordNorm(recorder, "stem", (then) => stem(x, mode, then), activation);
        for (const [g, units] of groups.entries()) {
          const input = maps;
          const steps = units.map((unit) => (h: tf.Tensor4D) => unit(h, mode));
          maps = passOn(() => input, steps, { frees });
          const stage = STAGE_ENDS.indexOf(g) + 1;
          if (stage > 0) recorder.record(`stage${stage}`, maps, maps);
        }
        const features = globalAveragePool(last(maps, mode, activation));
        return { output: head(drop(features, mode), mode), features, taps: recorder.taps };
      },
    };
  },
};

/** N(0, 0.01²) weights and zero biases for the dense layers of the head. */
function drawHeadAgain({ parameters, rng }: Scope): void {
  for (const [name, variable] of parameters.trainable) {
    if (!/^head\/linear\d\//.test(name)) continue;
    const initialise = name.endsWith("/weight") ? normal(0.01) : constant(0);
    const value = tf.tensor(initialise(variable.shape, rng.child(name)), variable.shape);
    variable.assign(value);
    value.dispose();
  }
}
