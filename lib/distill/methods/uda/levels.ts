/** Operations that change levels of grey and colour, and move nothing. */
import type { ImageShape } from "../../../base/contracts.ts";

/** A new byte for each byte, the same everywhere. */
function mapped(pixels: Uint8Array, table: (level: number) => number): Uint8Array {
  return pixels.map(table);
}

/** 255 − v. */
export function invert(pixels: Uint8Array): Uint8Array {
  return mapped(pixels, (level) => 255 - level);
}

/** Inverts bytes of at least a threshold. */
export function solarize(pixels: Uint8Array, threshold: number): Uint8Array {
  return mapped(pixels, (level) => level < threshold ? level : 255 - level);
}

/** Keeps the highest bits. */
export function posterize(pixels: Uint8Array, bits: number): Uint8Array {
  const mask = 256 - 2 ** (8 - bits);
  return mapped(pixels, (level) => level & mask);
}

/** Stretches each channel, so that its darkest byte becomes 0 and its brightest 255. */
export function autocontrast(pixels: Uint8Array, { channels }: ImageShape): Uint8Array {
  return byChannel(pixels, channels, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    const scale = 255 / (high - low);
    return high === low ? undefined : (level) => Math.trunc(level * scale - low * scale);
  });
}

/** Makes the levels of each channel about equally frequent. */
export function equalize(pixels: Uint8Array, { channels }: ImageShape): Uint8Array {
  return byChannel(pixels, channels, (counts) => {
    const last = counts[counts.findLastIndex((count) => count > 0)]!;
    const step = Math.floor((pixels.length / channels - last) / 255);
    // One level only, or too few pixels for 255 steps.
    if (step === 0) return undefined;
    let below = Math.floor(step / 2);
    const table = Array.from(counts, (count) => {
      const level = Math.floor(below / step);
      below += count;
      return Math.min(level, 255);
    });
    return (level) => table[level]!;
  });
}

function byChannel(
  pixels: Uint8Array,
  channels: number,
  tableOf: (counts: Uint32Array) => ((level: number) => number) | undefined,
): Uint8Array {
  const result = pixels.slice();
  for (let c = 0; c < channels; c++) {
    const counts = new Uint32Array(256);
    for (let i = c; i < pixels.length; i += channels) counts[pixels[i]!]!++;
    const table = tableOf(counts);
    if (table === undefined) continue;
    for (let i = c; i < pixels.length; i += channels) {
      result[i] = Math.max(0, Math.min(255, table(pixels[i]!)));
    }
  }
  return result;
}

/** Between an image without colour (0) and the image (1), or beyond. */
export function enhanceColor(pixels: Uint8Array, shape: ImageShape, factor: number): Uint8Array {
  return blend(greyOf(pixels, shape), pixels, factor);
}

/** Between an even grey, the image's mean (0), and the image (1), or beyond. */
export function enhanceContrast(pixels: Uint8Array, shape: ImageShape, factor: number): Uint8Array {
  const grey = greyOf(pixels, shape);
  const mean = Math.floor(grey.reduce((sum, level) => sum + level, 0) / grey.length + 0.5);
  return blend(new Uint8Array(pixels.length).fill(mean), pixels, factor);
}

/** Between black (0) and the image (1), or beyond. */
export function enhanceBrightness(pixels: Uint8Array, factor: number): Uint8Array {
  return blend(new Uint8Array(pixels.length), pixels, factor);
}

/** Between a smoothed image (0) and the image (1), or beyond. */
export function enhanceSharpness(
  pixels: Uint8Array,
  shape: ImageShape,
  factor: number,
): Uint8Array {
  return blend(smooth(pixels, shape), pixels, factor);
}

/** from + factor · (to − from), cut to bytes without rounding. */
function blend(from: Uint8Array, to: Uint8Array, factor: number): Uint8Array {
  return to.map((level, i) => {
    const mixed = from[i]! + factor * (level - from[i]!);
    return mixed <= 0 ? 0 : mixed >= 255 ? 255 : Math.trunc(mixed);
  });
}

/** Luminance (ITU-R 601-2) in every channel. */
function greyOf(pixels: Uint8Array, { channels }: ImageShape): Uint8Array {
  if (channels !== 3) return pixels;
  const grey = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    grey.fill((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16, i, i + 3);
  }
  return grey;
}

/** Each inner pixel is a mean of its 3 x 3 neighbours, itself five times; the border stays. */
function smooth(pixels: Uint8Array, { height, width, channels }: ImageShape): Uint8Array {
  const result = pixels.slice();
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      let sum = 4 * pixels[i]!;
      for (const up of [-row, 0, row]) {
        sum += pixels[i + up - channels]! + pixels[i + up]! + pixels[i + up + channels]!;
      }
      result[i] = Math.floor(sum / 13 + 0.5);
    }
  }
  return result;
}
