/**
 * PyTorch's layers as plain loops in double precision on channels-first maps: slow, and independent of
 * the layers that tests hold to it.
 */
import type { NamedArrays } from "../base/module.ts";

/** Maps `[batch, channels, height, width]`; vectors have height and width 1. */
export interface Maps {
  readonly shape: readonly [batch: number, channels: number, height: number, width: number];
  readonly values: Float64Array;
}

/** Options of `PlainLayers.conv`. */
export interface PlainConv {
  /** 1 unless said. */
  readonly stride?: number;
  /** Zeros before and after; (kernel − 1) / 2 unless said, or as TensorFlow's "same" has them. */
  readonly padding?: number | "same";
  /** One filter a channel; false unless said. */
  readonly depthwise?: boolean;
}

/** Layers that read their numbers by name. */
export class PlainLayers {
  /** Running statistics after a training pass. */
  readonly moved = new Map<string, Float64Array>();

  constructor(
    readonly arrays: NamedArrays,
    readonly training: boolean,
    readonly norm: { readonly epsilon: number; readonly momentum: number },
  ) {}

  #array(name: string) {
    const array = this.arrays[name];
    if (array === undefined) {
      throw new RangeError(`Cannot wire a network: found no array "${name}"`);
    }
    return array;
  }

  has(name: string): boolean {
    return this.arrays[name] !== undefined;
  }

  /** Convolution by the weight (and bias, if any) below `name`. */
  conv(x: Maps, name: string, { stride = 1, padding, depthwise = false }: PlainConv = {}): Maps {
    const { shape: [kernel, , from, to], values: filter } = this.#array(`${name}/weight`) as {
      shape: [number, number, number, number];
      values: Float32Array;
    };
    const bias = this.arrays[`${name}/bias`]?.values;
    const [batch, channels, height, width] = x.shape;
    checkCount(name, channels, from);
    const span = (side: number): [before: number, out: number] => {
      if (padding === "same") {
        const out = Math.ceil(side / stride);
        return [Math.floor(Math.max(0, (out - 1) * stride + kernel - side) / 2), out];
      }
      const each = padding ?? (kernel - 1) / 2;
      return [each, Math.floor((side + 2 * each - kernel) / stride) + 1];
    };
    const [[top, rows], [left, columns]] = [span(height), span(width)];
    const out = depthwise ? channels : to;
    const y = zeros([batch, out, rows, columns]);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < out; o++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let sum = bias === undefined ? 0 : bias[o]!;
            for (let i = 0; i < kernel; i++) {
              const r = row * stride + i - top;
              if (r < 0 || r >= height) continue;
              for (let j = 0; j < kernel; j++) {
                const c = column * stride + j - left;
                if (c < 0 || c >= width) continue;
                for (let m = depthwise ? o : 0; m < (depthwise ? o + 1 : channels); m++) {
                  const tap = (i * kernel + j) * from * to + m * to + (depthwise ? 0 : o);
                  sum += filter[tap]! * x.values[((n * channels + m) * height + r) * width + c]!;
                }
              }
            }
            y.values[((n * out + o) * rows + row) * columns + column] = sum;
          }
        }
      }
    }
    return y;
  }

  /** Batch normalisation by the numbers below `name`. */
  batchNorm(x: Maps, name: string): Maps {
    const { epsilon, momentum } = this.norm;
    const [batch, channels, height, width] = x.shape;
    const read = (part: string) => this.#array(`${name}/${part}`).values;
    const [scale, offset] = [read("scale"), read("offset")];
    const means = Float64Array.from(read("running_mean"));
    const variances = Float64Array.from(read("running_variance"));
    const y = zeros(x.shape);
    const count = batch * height * width;
    for (let c = 0; c < channels; c++) {
      const at = (k: number) => {
        const n = Math.floor(k / (height * width));
        return (n * channels + c) * height * width + k % (height * width);
      };
      let [mean, variance] = [means[c]!, variances[c]!];
      if (this.training) {
        mean = 0;
        for (let k = 0; k < count; k++) mean += x.values[at(k)]! / count;
        variance = 0;
        for (let k = 0; k < count; k++) variance += (x.values[at(k)]! - mean) ** 2 / count;
        means[c] = (1 - momentum) * means[c]! + momentum * mean;
        variances[c] = (1 - momentum) * variances[c]! + momentum * variance * count / (count - 1);
      }
      const gain = scale[c]! / Math.sqrt(variance + epsilon);
      for (let k = 0; k < count; k++) {
        y.values[at(k)] = (x.values[at(k)]! - mean) * gain + offset[c]!;
      }
    }
    this.moved.set(`${name}/running_mean`, means);
    this.moved.set(`${name}/running_variance`, variances);
    return y;
  }

  /** `conv` and `batchNorm` below one name. */
  convNorm(x: Maps, name: string, options: PlainConv = {}): Maps {
    return this.batchNorm(this.conv(x, `${name}/conv`, options), `${name}/norm`);
  }

  /** Dense layer on the channels of a vector. */
  linear(x: Maps, name: string): Maps {
    const { shape: [from, to], values: weight } = this.#array(`${name}/weight`) as {
      shape: [number, number];
      values: Float32Array;
    };
    const bias = this.#array(`${name}/bias`).values;
    const [batch, channels] = x.shape;
    checkCount(name, channels, from);
    const y = zeros([batch, to, 1, 1]);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < to; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < from; i++) sum += x.values[n * from + i]! * weight[i * to + o]!;
        y.values[n * to + o] = sum;
      }
    }
    return y;
  }
}

function zeros(shape: Maps["shape"]): Maps {
  return { shape, values: new Float64Array(shape.reduce((product, side) => product * side, 1)) };
}

/** Applies a function to every entry. */
export function each(x: Maps, f: (value: number) => number): Maps {
  return { shape: x.shape, values: x.values.map(f) };
}

/** max(x, 0). */
export const relu = (x: Maps): Maps => each(x, (value) => Math.max(value, 0));
/** min(max(x, 0), 6). */
export const relu6 = (x: Maps): Maps => each(x, (value) => Math.min(Math.max(value, 0), 6));
/** 1 / (1 + exp(−x)). */
export const sigmoid = (x: Maps): Maps => each(x, (value) => 1 / (1 + Math.exp(-value)));
/** x · sigmoid(x). */
export const swish = (x: Maps): Maps => each(x, (value) => value / (1 + Math.exp(-value)));

/** Sum of two maps of one shape. */
export function add(a: Maps, b: Maps): Maps {
  if (a.shape.join() !== b.shape.join()) {
    throw new TypeError(`Cannot add maps: found shapes [${a.shape}] and [${b.shape}], want one`);
  }
  return { shape: a.shape, values: a.values.map((value, i) => value + b.values[i]!) };
}

/** Every map times the entry of a vector. */
export function gate(x: Maps, factors: Maps): Maps {
  const pixels = x.shape[2] * x.shape[3];
  return {
    shape: x.shape,
    values: x.values.map((value, i) => value * factors.values[Math.floor(i / pixels)]!),
  };
}

/** Windows without padding, unless `padding` surrounds the maps by −∞ (for "max"). */
export function pool(
  kind: "max" | "mean",
  x: Maps,
  { size, stride = size, padding = 0 }: { size: number; stride?: number; padding?: number },
): Maps {
  const [batch, channels, height, width] = x.shape;
  const rows = Math.floor((height + 2 * padding - size) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - size) / stride) + 1;
  const y = zeros([batch, channels, rows, columns]);
  for (let map = 0; map < batch * channels; map++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const window: number[] = [];
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            const [r, c] = [row * stride + i - padding, column * stride + j - padding];
            if (r < 0 || r >= height || c < 0 || c >= width) continue;
            window.push(x.values[(map * height + r) * width + c]!);
          }
        }
        y.values[(map * rows + row) * columns + column] = kind === "max"
          ? Math.max(...window)
          : window.reduce((sum, value) => sum + value, 0) / window.length;
      }
    }
  }
  return y;
}

/** Mean over height and width. */
export function globalMean(x: Maps): Maps {
  return pool("mean", x, { size: x.shape[2] });
}

/** Channels of several maps, in order. */
export function concat(...parts: Maps[]): Maps {
  const [batch, , height, width] = parts[0]!.shape;
  const values: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (const { shape, values: part } of parts) {
      const size = shape[1] * height * width;
      for (let i = 0; i < size; i++) values.push(part[n * size + i]!);
    }
  }
  const channels = parts.reduce((sum, { shape }) => sum + shape[1], 0);
  return { shape: [batch, channels, height, width], values: Float64Array.from(values) };
}

/** The channels that `order` names, in its order. */
export function pick(x: Maps, order: readonly number[]): Maps {
  const [batch, channels, height, width] = x.shape;
  const pixels = height * width;
  const y = zeros([batch, order.length, height, width]);
  for (let n = 0; n < batch; n++) {
    order.forEach((channel, o) => {
      const start = (n * channels + channel) * pixels;
      y.values.set(x.values.subarray(start, start + pixels), (n * order.length + o) * pixels);
    });
  }
  return y;
}

/** Every entry as one vector, channel by channel. */
export function flatten(x: Maps): Maps {
  const [batch, channels, height, width] = x.shape;
  return { shape: [batch, channels * height * width, 1, 1], values: x.values };
}

function checkCount(name: string, found: number, wanted: number): void {
  if (found !== wanted) {
    throw new TypeError(`Cannot apply "${name}": found ${found} channels, want ${wanted}`);
  }
}
