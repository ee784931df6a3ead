/**
 * TensorFlow.js with its backend loaded: `import { tf } from "../base/tf.ts"` everywhere, values and
 * types alike.
 */
import { backendInfo } from "../native/backend.ts";

export * as tf from "@tensorflow/tfjs";
export { backendInfo };
export type { BackendInfo } from "../native/backend.ts";
