/** Runs work on the backend of TensorFlow.js that is plain JavaScript, beside that of the process. */
import { tf } from "../base/tf.ts";

/** What `work` gives there; it must make its tensors itself, and call nothing that only native TensorFlow has. */
export async function onPlainBackend<T>(work: () => T): Promise<T> {
  const name = tf.getBackend();
  await tf.setBackend("cpu");
  try {
    return tf.tidy(work as () => T & tf.TensorContainer);
  } finally {
    await tf.setBackend(name);
  }
}
