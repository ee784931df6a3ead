/**
 * PyTorch's layers as plain loops in double precision on channels-first maps: slow, and independent of
 * the layers that tests hold to it.
 */
import type { NamedArrays } from "../../base/module.ts";
import { type Maps, zeros } from "./maps.ts";

/** Options of `PlainLayers.conv`. */
export interface PlainConv {
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros before and after; default: (kernel − 1) / 2. "same": as TensorFlow's "same" has them. */
  readonly padding?: number | "same";
  /** One filter per channel; default: false. */
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

function checkCount(name: string, found: number, wanted: number): void {
  if (found !== wanted) {
    throw new TypeError(`Cannot apply "${name}": found ${found} channels, want ${wanted}`);
  }
}
