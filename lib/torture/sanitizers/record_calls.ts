/**
 * Notes each call of a kernel of ours that tests make, for {@link file://./main.ts}: which operation, on which shapes.
 *
 *     CALLS=/tmp/calls.txt deno test -A --no-check --preload=lib/torture/sanitizers/record_calls.ts lib/native
 *     sort -u /tmp/calls.txt > lib/torture/sanitizers/calls.txt
 */
import * as tf from "@tensorflow/tfjs";
import "../../native/tensorflow/backend.ts";

/** Longer lists of integers are pixels, and any will do. */
const MOST_VALUES = 64;

interface Calls {
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; value: unknown }[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const path = Deno.env.get("CALLS")!;
const backend = tf.backend() as unknown as Calls;
const execute = backend.executeMultipleOutputs;
backend.executeMultipleOutputs = function (name, attributes, inputs, outputs) {
  if (name.startsWith("CganKd")) {
    const settings = attributes.map(({ name, value }) => `${name}=${value}`);
    const tensors = inputs.map((tensor) => {
      if (tensor.dtype === "float32") return `f:${tensor.shape.join()}`;
      const values = tensor.size <= MOST_VALUES ? [...tensor.dataSync()].join() : "";
      return `i:${tensor.shape.join()}=${values}`;
    });
    Deno.writeTextFileSync(path, `${[name, ...settings, ...tensors].join(" ")}\n`, {
      append: true,
    });
  }
  return execute.call(this, name, attributes, inputs, outputs);
};
