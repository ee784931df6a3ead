/**
 * TensorFlow.js with its backend loaded: `import { tf } from "./tf.ts"` everywhere, values and
 * types alike.
 */
import { backendInfo } from "../native/tensorflow/backend.ts";
import "../native/tensorflow/steady_kernels.ts";

export * as tf from "@tensorflow/tfjs";
export { backendInfo };
export type { BackendInfo } from "../native/tensorflow/backend.ts";
