/** Records what a network computes in one forward pass as a graph. */
import { tf } from "../base/tf.ts";
import { onStockOperations } from "../native/tensorflow/stock_operations.ts";
import type { Constant, Graph, GraphInput, Node } from "./graph.ts";
import { type KernelCall, translateKernel, type Translation } from "./kernels.ts";
import { simplify } from "./simplify.ts";

/** Images of the recorded pass: a number that no layer has as a side by chance would do as well. */
const BATCH = 3;

/** What is recorded. */
export interface Traced {
  /** Inputs by name: shapes without the batch. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** The forward pass in inference mode, of inputs in their order. */
  readonly forward: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Variables by path, for names of layers. */
  readonly variables?: Iterable<readonly [string, tf.Tensor]>;
}

/**
 * Runs a forward pass on stock operations and records each kernel that reads the input, directly or not; all else is
 * a constant. So every network exports that is made of operations known to `kernels.ts`, whoever wrote it.
 *
 * @throws {RangeError} A kernel is not known, or images of a batch are mixed.
 */
export function traceGraph({ inputs, forward, variables = [] }: Traced): Graph {
  const recorder = new Recorder(variables);
  const tensors = Object.values(inputs).map((shape) => tf.ones([BATCH, ...shape]));
  const ends = Object.entries(inputs).map(([name, shape], i): GraphInput => ({
    name,
    value: recorder.valueOf(tensors[i]!),
    shape,
  }));
  const result = tf.tidy(() =>
    onStockOperations(() => recording(recorder, () => forward(...tensors)))
  );
  const output = recorder.known(result);
  tf.dispose([...tensors, result]);
  if (output === undefined) {
    throw new RangeError("Cannot export the network: its output does not depend on its input");
  }
  return simplify({ inputs: ends, nodes: recorder.nodes, output });
}

/** What was computed so far. */
class Recorder {
  readonly nodes: Node[] = [];
  /** Values and constants by the identity of their tensors, which TensorFlow.js gives only once. */
  readonly #values = new Map<number, number>();
  readonly #constants = new Map<number, Constant>();
  readonly #names = new Map<number, string>();
  readonly #paths = new Map<unknown, string>();
  #next = 0;

  constructor(variables: Iterable<readonly [string, tf.Tensor]>) {
    for (const [path, { id }] of variables) this.#names.set(id, path);
  }

  /** A tensor as a new value. */
  valueOf({ id }: tf.Tensor): number {
    this.#values.set(id, this.#next);
    return this.#next++;
  }

  /** The value of a tensor, where it depends on the input. */
  known({ id }: tf.Tensor): number | undefined {
    return this.#values.get(id);
  }

  /** Notes a kernel that was run. */
  record(call: Omit<KernelCall, "isValue" | "constant">): void {
    const isValue = (tensor: tf.Tensor) => this.#values.has(tensor.id);
    if (!Object.values(call.inputs).some(isValue)) return;
    const constant = (tensor: tf.Tensor) => this.#constantOf(tensor);
    for (const translation of translateKernel({ ...call, isValue, constant })) {
      this.#place(call.kernel, translation);
    }
  }

  #place(kernel: string, { operation, reads, makes }: Translation): void {
    const inputs = reads.map((tensor) => {
      const value = this.known(tensor);
      if (value !== undefined) return value;
      throw new RangeError(
        `Cannot export the network: the kernel "${kernel}" reads a constant of shape [${tensor.shape}] beside a value`,
      );
    });
    if (operation === "same") {
      this.#values.set(makes.id, inputs[0]!);
      return;
    }
    if (makes.shape[0] !== BATCH) {
      throw new RangeError(
        `Cannot export the network: the kernel "${kernel}" mixes the images of a batch, found shape [${makes.shape}] ` +
          `for a batch of ${BATCH}`,
      );
    }
    const path = Object.values(operation).map((part) => this.#paths.get(part))
      .find((found) => found !== undefined);
    this.nodes.push({
      ...operation,
      inputs,
      output: this.valueOf(makes),
      shape: makes.shape.slice(1),
      // Without the name of the weight itself.
      ...(path !== undefined && { path: path.slice(0, Math.max(0, path.lastIndexOf("/"))) }),
    });
  }

  #constantOf(tensor: tf.Tensor): Constant {
    let constant = this.#constants.get(tensor.id);
    if (constant === undefined) {
      constant = { shape: [...tensor.shape], values: Float32Array.from(tensor.dataSync()) };
      this.#constants.set(tensor.id, constant);
      const path = this.#names.get(tensor.id);
      if (path !== undefined) this.#paths.set(constant, path);
    }
    return constant;
  }
}

/** Shows the recorder each kernel that work runs through the engine. */
function recording<T>(recorder: Recorder, work: () => T): T {
  const engine = tf.engine();
  const run = engine.runKernel;
  engine.runKernel = function (kernel, inputs, attributes) {
    const result = run.call(engine, kernel, inputs, attributes);
    recorder.record({
      kernel,
      inputs: inputs as Record<string, tf.Tensor>,
      attributes: { ...attributes },
      outputs: [result].flat() as tf.Tensor[],
    });
    return result as never;
  };
  try {
    return work();
  } finally {
    engine.runKernel = run;
  }
}
