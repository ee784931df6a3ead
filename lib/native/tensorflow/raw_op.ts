/** Calls TensorFlow kernels by name, for those that TensorFlow.js itself never uses. */
import * as tf from "@tensorflow/tfjs";
import { backendInfo } from "./backend.ts";

/** An attribute of a TensorFlow op, tagged with its kind. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number | readonly number[] }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly type: "float32" | "int32" };

interface NativeBackend {
  readonly binding: Record<string, number>;
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; type: number; value: unknown }[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** Whether raw ops are called; the composed form is used elsewhere. Changed only by `onStockOperations`. */
export let isNative: boolean = backendInfo.name === "native";

/** Switches raw operations on or off; returns how it was. */
export function switchRawOperations(on: boolean): boolean {
  const before = isNative;
  isNative = on;
  return before;
}

/**
 * Runs one TensorFlow kernel eagerly.
 *
 * @param name Name of the kernel in TensorFlow's registry, such as "FusedBatchNormV3".
 * @param inputs Tensors in the kernel's order.
 * @param attributes Every attribute that the kernel declares, data types included.
 * @param outputs How many tensors the kernel returns.
 */
export function rawOp(
  name: string,
  inputs: tf.Tensor[],
  attributes: Readonly<Record<string, Attribute>>,
  outputs = 1,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const list = Object.entries(attributes).map(([key, attribute]) => {
    if ("float" in attribute) {
      return { name: key, type: binding.TF_ATTR_FLOAT!, value: attribute.float };
    }
    if ("int" in attribute) {
      return { name: key, type: binding.TF_ATTR_INT!, value: attribute.int };
    }
    if ("bool" in attribute) {
      return { name: key, type: binding.TF_ATTR_BOOL!, value: attribute.bool };
    }
    if ("text" in attribute) {
      return { name: key, type: binding.TF_ATTR_STRING!, value: attribute.text };
    }
    const value = attribute.type === "float32" ? binding.TF_FLOAT! : binding.TF_INT32!;
    return { name: key, type: binding.TF_ATTR_TYPE!, value };
  });
  return backend.executeMultipleOutputs(name, list, inputs, outputs);
}

/** The data type attribute that most kernels want. */
export const FLOAT: Attribute = { type: "float32" };
