/** Random tensors from a seed: the same pair gives the same bits. */
import * as tf from "@tensorflow/tfjs";
import { FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";

/** Standard normal tensor from a seed pair; native draws on the device, others on the host. */
export function normalTensor(
  shape: number[],
  seed: readonly [number, number],
  host: (count: number) => Float32Array,
): tf.Tensor {
  return seededTensor("StatelessRandomNormal", shape, seed, host);
}

/** Uniform tensor in [0, 1) from a seed pair; native draws on the device, others on the host. */
export function uniformTensor(
  shape: number[],
  seed: readonly [number, number],
  host: (count: number) => Float32Array,
): tf.Tensor {
  return seededTensor("StatelessRandomUniform", shape, seed, host);
}

const SEEDED = { dtype: FLOAT, T: { type: "int32" }, Tseed: { type: "int32" } } as const;

function seededTensor(
  op: "StatelessRandomNormal" | "StatelessRandomUniform",
  shape: number[],
  seed: readonly [number, number],
  host: (count: number) => Float32Array,
): tf.Tensor {
  if (!isNative) return tf.tensor(host(shape.reduce((a, b) => a * b, 1)), shape);
  const inputs = [tf.tensor1d(shape, "int32"), tf.tensor1d([seed[0] | 0, seed[1] | 0], "int32")];
  return rawOp(op, inputs, SEEDED)[0]!;
}
