/**
 * DiffAugment, policy "color, translation, cutout" (Zhao et al., NeurIPS 2020): random changes that pass
 * gradients, applied to real and fake images alike whenever the discriminator looks. It keeps a
 * discriminator from learning a small training set by heart.
 */
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { changeImages, hasGanKernels } from "../../native/gan/gan.ts";

/**
 * Fresh draws for each image, no clipping afterwards (method specification 2.8):
 * brightness x + U(−0.5, 0.5); saturation (x − m_c) · U(0, 2) + m_c with m_c the mean over channels at each
 * pixel; contrast (x − m) · U(0.5, 1.5) + m with m the mean of the image; translation by integers in
 * [−side/8, side/8] with zeros moving in; cutout of a zero square of half the side, centred anywhere and
 * cut off at the borders.
 *
 * @param x `[batch, side, side, channels]` in [−1, 1].
 * @param rng Draws of this call.
 */
export function diffAugment(x: tf.Tensor4D, rng: Rng): tf.Tensor4D {
  return change(x, {
    colours: drawColours(x.shape[0], rng.child("colour")),
    moves: drawMoves(x.shape, rng.child("move")),
  });
}

/**
 * Translation and cutout only. Each pixel of the result comes from one pixel of the input or is zero.
 * Draws as in `diffAugment`.
 */
export function moveAndCut(x: tf.Tensor4D, rng: Rng): tf.Tensor4D {
  return change(x, { moves: drawMoves(x.shape, rng) });
}

/** The same in stock ops, for backends without our kernels and as the reference in tests. */
export function composedDiffAugment(x: tf.Tensor4D, rng: Rng): tf.Tensor4D {
  const colours = drawColours(x.shape[0], rng.child("colour"));
  return composedMove(composedColour(x, colours), drawMoves(x.shape, rng.child("move")));
}

/** Draws of a batch, one number per image. */
interface Colours {
  readonly brightness: Float32Array;
  readonly saturation: Float32Array;
  readonly contrast: Float32Array;
}

/** Draws of one image. */
interface Move {
  /** Pixel (row, column) of the result shows what was at (row + down, column + right). */
  readonly down: number;
  readonly right: number;
  /** The blank square [top, bottom) x [left, end), which may reach over the borders. */
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly end: number;
}

function drawColours(batch: number, rng: Rng): Colours {
  const draw = (from: number, to: number) =>
    Float32Array.from({ length: batch }, () => from + (to - from) * rng.uniform());
  return { brightness: draw(-0.5, 0.5), saturation: draw(0, 2), contrast: draw(0.5, 1.5) };
}

function drawMoves([batch, height, width]: [number, number, number, number], rng: Rng): Move[] {
  const shiftOf = (side: number) => {
    const reach = Math.floor(side * 0.125 + 0.5);
    return rng.integer(2 * reach + 1) - reach;
  };
  const holeOf = (side: number) => {
    const length = Math.floor(side * 0.5 + 0.5);
    // The centre may lie one past the last pixel when the square's side is even, as in the original.
    const centre = rng.integer(side + (1 - length % 2));
    const start = centre - Math.floor(length / 2);
    return [start, start + length] as const;
  };
  return Array.from({ length: batch }, () => {
    const [down, right] = [shiftOf(height), shiftOf(width)];
    const [top, bottom] = holeOf(height);
    const [left, end] = holeOf(width);
    return { down, right, top, bottom, left, end };
  });
}

function change(
  x: tf.Tensor4D,
  { colours, moves }: { colours?: Colours; moves: readonly Move[] },
): tf.Tensor4D {
  if (!hasGanKernels) {
    return composedMove(colours === undefined ? x : composedColour(x, colours), moves);
  }
  const rows = moves.map(({ down, right, top, bottom, left, end }, image) => [
    ...colours === undefined ? [1, 0, 0, 0] : colourFactors(colours, image),
    ...[down, right, top, bottom, left, end],
  ]);
  return changeImages(x, tf.tensor2d(rows));
}

/**
 * Saturation leaves the mean over channels, hence the mean of the image, as it was; so with brightness b,
 * saturation s, contrast c: y = c s x + c (1 − s) grey + (1 − c) mean + b.
 */
function colourFactors({ brightness, saturation, contrast }: Colours, image: number): number[] {
  const [b, s, c] = [brightness[image]!, saturation[image]!, contrast[image]!];
  return [c * s, c * (1 - s), 1 - c, b];
}

function composedColour(x: tf.Tensor4D, colours: Colours): tf.Tensor4D {
  const batch = x.shape[0];
  const factors = Array.from({ length: batch }, (_, image) => colourFactors(colours, image));
  const factor = (k: number) => tf.tensor4d(factors.map((row) => row[k]!), [batch, 1, 1, 1]);
  const grey = tf.mean(x, 3, true);
  const level = tf.mean(grey, [1, 2], true).mul(factor(2)).add(factor(3));
  return x.mul(factor(0)).add(grey.mul(factor(1)).add(level));
}

/** One gather of pixels and one mask; the gradient is a gather as well. */
function composedMove(x: tf.Tensor4D, moves: readonly Move[]): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const maps = pixelMaps([batch, height, width], moves);
  const forward = tf.tensor1d(maps.source, "int32");
  const backward = tf.tensor1d(maps.target, "int32");
  const kept = tf.tensor2d(maps.kept, [maps.kept.length, 1]);
  const used = tf.tensor2d(maps.used, [maps.used.length, 1]);
  return tf.customGrad((input, save) => {
    const pixels = (input as tf.Tensor).reshape([batch * height * width, channels]);
    (save as tf.GradSaveFunc)([backward, used]);
    return {
      value: tf.gather(pixels, forward).mul(kept).reshape(x.shape),
      gradFunc: (dy: tf.Tensor, [map, mask]: tf.Tensor[]) => {
        const gradient = dy.reshape([batch * height * width, channels]);
        return tf.gather(gradient, map as tf.Tensor1D).mul(mask!).reshape(x.shape);
      },
    };
  })(x) as tf.Tensor4D;
}

/** Pixel maps of one batch: where each result pixel comes from, and where each input pixel goes. */
interface PixelMaps {
  readonly source: Int32Array;
  /** 1 where a result pixel shows its source, 0 where it is blank. */
  readonly kept: Float32Array;
  readonly target: Int32Array;
  /** 1 where an input pixel is shown, 0 where it moved out or was cut. */
  readonly used: Float32Array;
}

function pixelMaps(
  [batch, height, width]: [number, number, number],
  moves: readonly Move[],
): PixelMaps {
  const pixels = batch * height * width;
  const source = new Int32Array(pixels);
  const kept = new Float32Array(pixels);
  const target = new Int32Array(pixels);
  const used = new Float32Array(pixels);
  for (const [image, { down, right, top, bottom, left, end }] of moves.entries()) {
    const offset = image * height * width;
    for (let y = 0; y < height; y++) {
      const fromY = y + down;
      if (fromY < 0 || fromY >= height) continue;
      for (let x = 0; x < width; x++) {
        const fromX = x + right;
        if (fromX < 0 || fromX >= width) continue;
        if (y >= top && y < bottom && x >= left && x < end) continue;
        const here = offset + y * width + x;
        const there = offset + fromY * width + fromX;
        source[here] = there;
        kept[here] = 1;
        target[there] = here;
        used[there] = 1;
      }
    }
  }
  return { source, kept, target, used };
}
