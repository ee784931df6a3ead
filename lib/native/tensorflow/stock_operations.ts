/** Work on the operations of TensorFlow.js alone, whose names and attributes are documented. */
import { switchOwnKernels } from "./own_kernels.ts";
import { switchRawOperations } from "./raw_op.ts";

/**
 * Runs work in which every function of `native/` takes its composed form, of stock operations of TensorFlow.js, as on
 * backends other than native TensorFlow. Values agree with those of our kernels to the rounding of float32.
 *
 * @param work Synchronous, so that nothing else runs meanwhile.
 */
export function onStockOperations<T>(work: () => T): T {
  const own = switchOwnKernels(false);
  const raw = switchRawOperations(false);
  try {
    return work();
  } finally {
    switchOwnKernels(own);
    switchRawOperations(raw);
  }
}
