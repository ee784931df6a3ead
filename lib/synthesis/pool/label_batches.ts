/** Fakes of several labels in one pass through G: with few images of each, a pass a label would hardly fill a core. */
import { INFERENCE } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { imagesFromTensor } from "../../data/batches/batches.ts";
import { conditionFor, drawLatents, repeatLabels } from "../../gan/sample.ts";
import type { SubsampleInput, SubsampleOptions } from "../subsample.ts";
import type { LabelShard } from "./shards.ts";

/** How many of each label, and how many in one pass. */
export type LabelBatchOptions =
  & Required<Pick<SubsampleOptions, "perLabel" | "batch">>
  & Pick<SubsampleOptions, "toUint8" | "signal">;

/** Labels whose images go through G in one pass. */
export function labelsTogether({ perLabel, batch }: LabelBatchOptions): number {
  return Math.max(1, Math.floor(batch / perLabel));
}

/**
 * `perLabel` images of each label, as many labels a pass as fit. Label y draws its latents from ("label", y) as
 * `sampleChunks` would for it alone. Every pass has the same number of rows, the last one filled up with its last label:
 * rows do not depend on each other, and so neither on where an interrupted run goes on.
 *
 * @param labels In dataset units.
 */
export async function* labelBatches(
  { generator, task, ...meaning }: Omit<SubsampleInput, "ratio">,
  labels: readonly number[],
  options: LabelBatchOptions,
  rng: Rng,
): AsyncGenerator<LabelShard, void, void> {
  const { perLabel, toUint8 = "round", signal } = options;
  const conditionOf = conditionFor(task, meaning.conditionOf);
  const together = labelsTogether(options);
  for (let start = 0; start < labels.length; start += together) {
    signal?.throwIfAborted();
    const wanted = labels.slice(start, start + together);
    const rows = Array.from(
      { length: together },
      (_, i) => wanted[Math.min(i, wanted.length - 1)]!,
    );
    const drawn = tf.tidy(() => {
      const latents = rows.map((label) =>
        drawLatents(generator, perLabel, rng.child("label", label).child("latent", 0))
      );
      const images = generator.forward(
        tf.concat(latents),
        conditionOf(repeatLabels(rows, perLabel)),
        INFERENCE,
      );
      return images.slice([0], [wanted.length * perLabel]);
    });
    const [, height, width, channels] = drawn.shape;
    const bytes = await imagesFromTensor(drawn, toUint8).finally(() => drawn.dispose());
    const size = perLabel * height * width * channels;
    for (const [i, label] of wanted.entries()) {
      const own = bytes.subarray(i * size, (i + 1) * size);
      yield { label, bytes: own, shape: { height, width, channels } };
    }
    // Lets signals, timers and the kernel's messages in; reads of the native backend do not.
    await new Promise((resolve) => setTimeout(resolve));
  }
}
