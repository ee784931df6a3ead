/** Sees every kernel that native TensorFlow runs, whoever calls it. */
import process from "node:process";
import { tf } from "../../base/tf.ts";
import { isNative } from "../../native/tensorflow/raw_op.ts";

/** The part of the native backend through which every kernel runs. */
interface Executor {
  executeSingleOutput: Execute<tf.Tensor>;
  executeMultipleOutputs: Execute<tf.Tensor[]>;
}
type Execute<R> = (
  name: string,
  attributes: readonly KernelAttribute[],
  inputs: tf.Tensor[],
  ...rest: unknown[]
) => R;

/** An attribute as the backend passes it. */
export interface KernelAttribute {
  readonly name: string;
  readonly value: unknown;
}

/** One kernel that ran. */
export interface KernelCall {
  /** In TensorFlow's registry. */
  readonly name: string;
  readonly attributes: readonly KernelAttribute[];
  readonly inputs: readonly tf.Tensor[];
  /** The first one. */
  readonly output: tf.Tensor;
  /** Of the call; on a CPU the kernel is done when it returns. */
  readonly milliseconds: number;
  /** Of processor time, over all threads, while the call lasted. */
  readonly processorMs: number;
}

/**
 * Runs `work` and reports each kernel after it ran.
 *
 * @returns False on backends other than native TensorFlow, where nothing is run or reported.
 */
export function watchKernels(work: () => void, onKernel: (call: KernelCall) => void): boolean {
  if (!isNative) return false;
  const stop = startWatching(onKernel);
  try {
    work();
  } finally {
    stop();
  }
  return true;
}

/**
 * Reports each kernel of native TensorFlow after it ran, until the function that it returns is called: for work that
 * waits in between.
 */
export function startWatching(onKernel: (call: KernelCall) => void): () => void {
  const backend = tf.backend() as unknown as Executor;
  const watch = <K extends keyof Executor>(method: K) => {
    const original = backend[method] as Execute<tf.Tensor | tf.Tensor[]>;
    const watched: typeof original = function (this: Executor, name, attributes, inputs, ...rest) {
      const before = process.cpuUsage();
      const start = performance.now();
      const result = original.call(this, name, attributes, inputs, ...rest);
      const milliseconds = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      const processorMs = (user + system) / 1000;
      const output = Array.isArray(result) ? result[0]! : result;
      onKernel({ name, attributes, inputs, output, milliseconds, processorMs });
      return result;
    };
    backend[method] = watched as Executor[K];
    // An own property hid the method of the class; without it the method is back.
    return () => void delete (backend as Partial<Executor>)[method];
  };
  const undo = [watch("executeSingleOutput"), watch("executeMultipleOutputs")];
  return () => {
    for (const step of undo) step();
  };
}
