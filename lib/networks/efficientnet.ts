/**
 * EfficientNet-B0: inverted residual units with squeeze-and-excite. Classification is the network for
 * small images (method specification 5.1), regression the one for large images (5.4).
 */
import { ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import { tf } from "../base/tf.ts";
import {
  convNorm,
  type ConvNormOptions,
  depthwiseNorm,
  dropConnect,
  recordNorm,
  squeezeExcite,
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
  readonly units: number;
  readonly expansion: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

const GROUPS: readonly Group[] = [
  { units: 1, expansion: 1, channels: 16, kernel: 3, stride: 1 },
  { units: 2, expansion: 6, channels: 24, kernel: 3, stride: 2 },
  { units: 2, expansion: 6, channels: 40, kernel: 5, stride: 2 },
  { units: 3, expansion: 6, channels: 80, kernel: 3, stride: 2 },
  { units: 3, expansion: 6, channels: 112, kernel: 5, stride: 1 },
  { units: 4, expansion: 6, channels: 192, kernel: 5, stride: 2 },
  { units: 1, expansion: 6, channels: 320, kernel: 3, stride: 1 },
];
const UNITS = GROUPS.reduce((sum, { units }) => sum + units, 0);

/** Groups, counted from 0, that end the stages 1 to 5: the last ones before the image shrinks. */
const STAGE_ENDS = [0, 1, 2, 4, 6];

const DROPOUT = 0.2;

/** What differs between the two forms. */
interface Form {
  /** Where the paddings of convolutions lie. */
  readonly padding: "torch" | "same";
  readonly norm: { readonly epsilon: number; readonly momentum: number };
  /** Drop-connect rate that the unit after the last would have; it grows evenly from 0. */
  readonly dropConnect: number;
  /** Whether an expansion of 1 has a convolution that no pass reads. */
  readonly idleExpansion: boolean;
}

function formOf({ head }: NetworkOptions): Form {
  return head === "classification"
    ? {
      padding: "torch",
      norm: { epsilon: 1e-5, momentum: 0.1 },
      // Q9: the reference's counter of units never advances, so every rate is 0.
      dropConnect: 0,
      // The reference builds it, counts it and skips it.
      idleExpansion: true,
    }
    : {
      padding: "same",
      norm: { epsilon: 1e-3, momentum: 0.01 },
      dropConnect: 0.2,
      idleExpansion: false,
    };
}

/** The numbers of a convolution completed by those of the form. */
function shaped(options: ConvNormOptions, { padding, norm }: Form): ConvNormOptions {
  return padding === "same" ? { ...options, padding, norm } : { ...options, norm };
}

interface UnitSize {
  readonly in: number;
  readonly out: number;
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  /** Drop-connect rate. */
  readonly rate: number;
}

/** Expand, convolve depthwise, gate, project; the projection has no activation. */
function unitOf(scope: Scope, size: UnitSize, form: Form): Layer {
  const { in: from, out, expansion, kernel, stride } = size;
  const inner = from * expansion;
  const expands = expansion > 1;
  const expand = expands || form.idleExpansion
    ? convNorm(scope.at("expand"), shaped({ in: from, out: inner, kernel: 1 }, form))
    : undefined;
  const { out: _, ...depthwiseSize } = shaped({ in: inner, out: inner, kernel, stride }, form);
  const depthwise = depthwiseNorm(scope.at("depthwise"), depthwiseSize);
  const gate = squeezeExcite(scope, inner, Math.max(1, Math.floor(from / 4)));
  const project = convNorm(scope.at("project"), shaped({ in: inner, out, kernel: 1 }, form));
  const skips = stride === 1 && from === out;
  const drop = dropConnect(scope, size.rate);
  return (x, mode) => {
    const expanded = expands ? expand!(x, mode, "swish") : x;
    const y = project(gate(depthwise(expanded, mode, "swish"), mode), mode);
    return skips ? tf.add(drop(y, mode), x) : y;
  };
}

/**
 * Taps: the stem, and stages 1 to 5 as runs of units at one resolution. A unit ends without an
 * activation, so `pre` and `post` of a stage are the same map. `features` are those before the dropout.
 *
 * Classification: stem of stride 1, no convolution after the units, no drop-connect. Regression: stem of
 * stride 2, TensorFlow's "same" padding, normalisation with epsilon 1e-3 and momentum 0.01, drop-connect
 * 0.2 · i / 16 in unit i, a 1 x 1 convolution to 1280 channels. Both drop out 0.2 before the head.
 */
export const efficientnetB0: NetworkFamily = {
  name: "efficientnet_b0",
  title: "EfficientNet-B0",
  imageSizes: PAPER_SIZES,
  build(options): Network {
    checkImageSize(efficientnetB0, options.imageSize);
    const { width, rng } = options;
    const form = formOf(options);
    const regression = options.head === "regression";
    const parameters = new ParameterSet();
    const root = new Scope(parameters, rng.child("efficientnet_b0"));
    let channels = scaleChannels(32, width);
    const stem = convNorm(
      root.at("stem"),
      shaped({ in: 3, out: channels, kernel: 3, stride: regression ? 2 : 1 }, form),
    );
    let index = 0;
    const groups = GROUPS.map((group, g) =>
      Array.from({ length: group.units }, (_, i) => {
        const size: UnitSize = {
          in: channels,
          out: scaleChannels(group.channels, width),
          expansion: group.expansion,
          kernel: group.kernel,
          stride: i === 0 ? group.stride : 1,
          rate: form.dropConnect * index / UNITS,
        };
        channels = size.out;
        index++;
        return unitOf(root.at(`group${g + 1}`).at(`unit${i + 1}`), size, form);
      })
    );
    const featureCount = regression ? scaleChannels(1280, width) : channels;
    const last = regression
      ? convNorm(root.at("last"), shaped({ in: channels, out: featureCount, kernel: 1 }, form))
      : undefined;
    const drop = dropout(root.at("dropout"), DROPOUT);
    const head = outputHead(root.at("head"), featureCount, options);
    return {
      name: "efficientnet_b0",
      parameters,
      forward(x, mode) {
        const recorder = new TapRecorder(mode.taps);
        const frees = !mode.training && !recorder.active;
        let maps = recordNorm(recorder, "stem", (then) => stem(x, mode, then), "swish");
        for (const [g, units] of groups.entries()) {
          const input = maps;
          const steps = units.map((unit) => (h: tf.Tensor4D) => unit(h, mode));
          maps = passOn(() => input, steps, { frees });
          const stage = STAGE_ENDS.indexOf(g) + 1;
          if (stage > 0) recorder.record(`stage${stage}`, maps, maps);
        }
        const features = globalAveragePool(
          last === undefined ? maps : last(maps, mode, "swish"),
        );
        return { output: head(drop(features, mode), mode), features, taps: recorder.taps };
      },
    };
  },
};
