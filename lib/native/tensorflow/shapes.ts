/**
 * What a call of more than one form asks of its inputs, so that all forms refuse the same ones in the same words: stock
 * operations would stretch a tensor of one channel over many, where our kernels take only what fits.
 */
import type * as tf from "@tensorflow/tfjs";

/**
 * @param call The function, for the error.
 * @param name What the tensor is to it.
 * @param wanted Length of every side.
 * @throws {TypeError} The tensor has another shape.
 */
export function wantShape(
  call: string,
  name: string,
  { shape }: tf.Tensor,
  wanted: readonly number[],
): void {
  if (shape.length === wanted.length && shape.every((side, i) => side === wanted[i])) return;
  throw new TypeError(
    `Cannot compute ${call} as shapes do not fit: ${name} has shape [${shape.join(", ")}], want [${
      wanted.join(", ")
    }]`,
  );
}

/**
 * Tensors of one number per channel, by name; those that are left out are not looked at.
 *
 * @throws {TypeError} One has another shape than `[channels]`.
 */
export function wantVectors(
  call: string,
  channels: number,
  vectors: Readonly<Record<string, tf.Tensor | undefined>>,
): void {
  for (const name in vectors) {
    const vector = vectors[name];
    if (vector !== undefined) wantShape(call, name, vector, [channels]);
  }
}

/**
 * @returns Sides of maps, `[batch, height, width, channels]`.
 * @throws {TypeError} The tensor has another rank.
 */
export function wantMaps(
  call: string,
  name: string,
  { shape }: tf.Tensor,
): [number, number, number, number] {
  if (shape.length === 4) return shape as [number, number, number, number];
  throw new TypeError(
    `Cannot compute ${call} as shapes do not fit: ${name} has shape [${
      shape.join(", ")
    }], want four sides, [batch, height, width, channels]`,
  );
}

/** @throws {RangeError} The number is not a whole one in [least, most]. */
export function wantWhole(
  call: string,
  name: string,
  number: number,
  [least, most]: readonly [number, number],
): void {
  if (Number.isInteger(number) && number >= least && number <= most) return;
  throw new RangeError(
    `Cannot compute ${call} as ${name} must be a whole number from ${least} to ${most}: current value is ${number}`,
  );
}
