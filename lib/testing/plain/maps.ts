/** Maps as plain numbers, and what networks do to them without weights. */

/** Maps `[batch, channels, height, width]`; vectors have height and width 1. */
export interface Maps {
  readonly shape: readonly [batch: number, channels: number, height: number, width: number];
  readonly values: Float64Array;
}

/** Maps of zeros. */
export function zeros(shape: Maps["shape"]): Maps {
  return { shape, values: new Float64Array(shape.reduce((product, side) => product * side, 1)) };
}

/** Applies a function to every entry. */
function each(x: Maps, f: (value: number) => number): Maps {
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

/**
 * Sum of two maps of one shape.
 *
 * @throws {TypeError} The shapes differ.
 */
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
