/** How fast a network answers, measured here and now. */
import type { RecordedSpeed } from "../base/disk/records.ts";
import { INFERENCE } from "../base/module.ts";
import { backendInfo, tf } from "../base/tf.ts";
import { circumstances } from "../native/tensorflow/circumstances.ts";
import type { Network } from "./network.ts";

/** Images of one pass. */
const BATCH = 64;
/** The quickest counts: whatever else runs can only slow a pass down, and the first one warms up. */
const PASSES = 3;

/**
 * Images that a network takes in a second: the best of three passes of 64.
 *
 * @param imageSize Height and width.
 */
export async function networkSpeed(network: Network, imageSize: number): Promise<RecordedSpeed> {
  const x = tf.randomUniform<tf.Rank.R4>([BATCH, imageSize, imageSize, 3], -1, 1, "float32", 1);
  let seconds = Infinity;
  for (let pass = 0; pass < PASSES; pass++) {
    const start = performance.now();
    tf.tidy(() => network.forward(x, INFERENCE).output.dataSync());
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  x.dispose();
  const { name, version, device } = backendInfo;
  const { processor, threads } = await circumstances();
  return {
    imagesPerSecond: BATCH / seconds,
    where: `${device} (${processor}, threads: ${threads}), ${name} ${version}, batches of ${BATCH}`,
  };
}
