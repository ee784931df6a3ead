/** Which image sizes a network or a GAN takes. */

/** Sides of square images that the networks of the paper take. */
export const PAPER_SIZES: readonly number[] = [32, 64];

/** What takes images of some sizes only: a network, a GAN. */
export interface SizeTaker {
  /** For people. */
  readonly title: string;
  /** Sides of the square images that it takes, ascending. */
  readonly imageSizes: readonly number[];
}

/** Sizes in words: "32 x 32 or 64 x 64". */
export function sizesText(sizes: readonly number[]): string {
  return sizes.map((side) => `${side} x ${side}`).join(" or ");
}

/**
 * Refuses a size that a family does not take.
 *
 * @throws {RangeError} Names the sizes that it takes.
 */
export function checkImageSize({ title, imageSizes }: SizeTaker, imageSize: number): void {
  if (imageSizes.includes(imageSize)) return;
  throw new RangeError(
    `Cannot build ${title} for ${imageSize} x ${imageSize} images: want ${sizesText(imageSizes)}`,
  );
}
