/**
 * Many tensors as one vector and back. An update of a hundred weights costs a handful of ops on one long
 * vector instead of ten small ops for each weight; the call of a small op costs more than its arithmetic.
 */
import { tf } from "./tf.ts";

/** All entries of the tensors, one after the other. */
export function pack(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tensor.reshape<tf.Tensor1D>([tensor.size])));
}

/** Overwrites the variables with the entries of `flat`, in order. */
export function unpackInto(variables: readonly tf.Variable[], flat: tf.Tensor1D): void {
  const parts = tf.split(flat, variables.map((variable) => variable.size));
  for (const [i, variable] of variables.entries()) {
    variable.assign(parts[i]!.reshape(variable.shape));
  }
}

/** Entries of all tensors together. */
export function packedSize(tensors: readonly tf.Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.size, 0);
}
