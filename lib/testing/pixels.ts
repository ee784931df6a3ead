/** Images of one pixel, for the tests of grids. */
import { type Images, imagesInMemory, type LabelledImages } from "../base/contracts.ts";

/** Colours of single pixels. */
export const RED = [255, 0, 0];
export const GREEN = [0, 255, 0];
export const BLUE = [0, 0, 255];
export const WHITE = [255, 255, 255];

/** Images of one pixel. */
export function pixels(...colours: number[][]): Images {
  return imagesInMemory(Uint8Array.from(colours.flat()), { height: 1, width: 1, channels: 3 });
}

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Rows of pixels as rows of colours. */
export function colours({ width, height, pixels }: Drawn): number[][][] {
  return Array.from(
    { length: height },
    (_, y) =>
      Array.from(
        { length: width },
        (_, x) => [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)],
      ),
  );
}

/** Three pixels with classes. */
export function labelled(labels: number[], images = pixels(RED, GREEN, BLUE)): LabelledImages {
  return {
    images,
    labels: Float32Array.from(labels),
    task: { kind: "classification", classes: 2, classNames: ["cat", "dog"] },
    origin: "real",
  };
}
