/** AutoAugment: one sub-policy an image, drawn at random. */
import type { ImageShape } from "../../../base/contracts.ts";
import type { Rng } from "../../../base/rng.ts";
import { rotateMap, shearXMap, shearYMap, transform, translateMap } from "./geometry.ts";
import {
  autocontrast,
  enhanceBrightness,
  enhanceColor,
  enhanceContrast,
  enhanceSharpness,
  equalize,
  invert,
  posterize,
  solarize,
} from "./levels.ts";
import { CIFAR10_POLICY, type OperationName, TOP_LEVEL } from "./policy.ts";

/** How strong an operation is, and into which direction. */
export interface Strength {
  /** 0 to 9, on a linear scale. */
  readonly level: number;
  /** 1 or −1, where the operation has two directions. */
  readonly sign: 1 | -1;
}

type Operation = (pixels: Uint8Array, shape: ImageShape, strength: Strength) => Uint8Array;

/** Largest values, at level 9 (method specification 6.4). */
const LARGEST = { shear: 0.3, translate: 150 / 331, rotate: 30, enhance: 0.9 } as const;

const signed = ({ level, sign }: Strength, largest: number) => sign * largest * level / TOP_LEVEL;
const enhanced = (strength: Strength) => 1 + signed(strength, LARGEST.enhance);

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  shearX: (pixels, shape, strength) =>
    transform(pixels, shape, {
      map: shearXMap(signed(strength, LARGEST.shear)),
      sampling: "bicubic",
    }),
  shearY: (pixels, shape, strength) =>
    transform(pixels, shape, {
      map: shearYMap(signed(strength, LARGEST.shear)),
      sampling: "bicubic",
    }),
  translateX: (pixels, shape, strength) =>
    transform(pixels, shape, {
      map: translateMap(shape.width * signed(strength, LARGEST.translate), 0),
      sampling: "nearest",
    }),
  translateY: (pixels, shape, strength) =>
    transform(pixels, shape, {
      map: translateMap(0, shape.height * signed(strength, LARGEST.translate)),
      sampling: "nearest",
    }),
  rotate: (pixels, shape, strength) =>
    transform(pixels, shape, {
      map: rotateMap(signed(strength, LARGEST.rotate), shape),
      sampling: "nearest",
    }),
  color: (pixels, shape, strength) => enhanceColor(pixels, shape, enhanced(strength)),
  contrast: (pixels, shape, strength) => enhanceContrast(pixels, shape, enhanced(strength)),
  brightness: (pixels, _, strength) => enhanceBrightness(pixels, enhanced(strength)),
  sharpness: (pixels, shape, strength) => enhanceSharpness(pixels, shape, enhanced(strength)),
  posterize: (pixels, _, { level }) => posterize(pixels, Math.round(8 - 4 * level / TOP_LEVEL)),
  solarize: (pixels, _, { level }) => solarize(pixels, 256 - 256 * level / TOP_LEVEL),
  autocontrast,
  equalize,
  invert,
};

/** Does one operation to an image `[height, width, channels]` of bytes; the image itself stays. */
export function operate(
  name: OperationName,
  image: { readonly pixels: Uint8Array; readonly shape: ImageShape },
  strength: Strength,
): Uint8Array {
  return OPERATIONS[name](image.pixels, image.shape, strength);
}

/**
 * Draws a sub-policy of CIFAR-10's and does it to an image of bytes; the image itself stays.
 *
 * @param rotatesBothWays Whether "rotate" has a random sign as well; the reference turns counter-clockwise only (quirk
 *   Q32).
 */
export function autoAugment(
  image: { readonly pixels: Uint8Array; readonly shape: ImageShape },
  { rng, rotatesBothWays }: { rng: Rng; rotatesBothWays: boolean },
): Uint8Array {
  const { shape } = image;
  let { pixels } = image;
  for (const [name, probability, level] of CIFAR10_POLICY[rng.integer(CIFAR10_POLICY.length)]!) {
    // Drawn for every operation, so that what one does changes no draw of the next.
    const isDone = rng.uniform() < probability;
    const isNegative = rng.uniform() < 0.5;
    if (!isDone) continue;
    const sign = isNegative && (name !== "rotate" || rotatesBothWays) ? -1 : 1;
    pixels = operate(name, { pixels, shape }, { level, sign });
  }
  return pixels;
}
