/** Accepted fakes from the addresses of their draws: a pool fits into a few bytes per image. */
import type { Task } from "../../base/contracts.ts";
import { INFERENCE } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { imagesFromTensor } from "../../data/batches/batches.ts";
import type { Generator } from "../../gan/gan.ts";
import { conditionFor, type ConditionOf, drawLatents } from "../../gan/sample.ts";

/** Fakes of one pass through G where nothing else is said. */
export const BATCH = 500;

/** Which draws of a label were accepted. */
export interface AcceptedDraws {
  /** In dataset units. */
  readonly label: number;
  /** b k + i for the i-th draw of batch k, increasing. */
  readonly draws: Int32Array;
}

/** What rejection sampling and the drawing of its images have in common. */
export interface RedrawOptions {
  /** b, fakes of one pass; default: 500 (the paper: 1,000 for CIFAR-10). Latents are addressed by it. */
  readonly batch?: number;
  /** Q30; default: "round" (the reference: "floor"). */
  readonly toUint8?: "round" | "floor";
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Accepted images of one label. */
export interface RedrawnImages {
  /** [n, height, width, channels]. */
  readonly bytes: Uint8Array;
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
}

/**
 * The images of accepted draws: the latents of their batches again, the accepted ones through G. G is in inference
 * mode, where an image depends only on its own latent; passes have b rows, the last one filled up, because
 * other sizes may round differently.
 *
 * @param rng The stream that `acceptByLabel` was given.
 * @throws {RangeError} There are no draws.
 */
export async function redraw(
  input: { readonly generator: Generator; readonly task: Task; readonly conditionOf?: ConditionOf },
  { label, draws }: AcceptedDraws,
  { batch = BATCH, toUint8 = "round", signal }: RedrawOptions,
  rng: Rng,
): Promise<RedrawnImages> {
  const { generator } = input;
  const conditionOf = conditionFor(input.task, input.conditionOf);
  const stream = rng.child("label", label);
  let images: RedrawnImages | undefined;
  for (let start = 0; start < draws.length; start += batch) {
    signal?.throwIfAborted();
    const part = draws.subarray(start, start + batch);
    const drawn = tf.tidy(() => {
      const latents = latentsAt(generator, part, batch, stream);
      return generator.forward(latents, conditionOf(new Float32Array(batch).fill(label)), INFERENCE)
        .slice([0], [part.length]);
    });
    const [, height, width, channels] = drawn.shape;
    const size = height * width * channels;
    images ??= {
      bytes: new Uint8Array(draws.length * size),
      shape: { height, width, channels },
    };
    try {
      images.bytes.set(await imagesFromTensor(drawn, toUint8), start * size);
    } finally {
      drawn.dispose();
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (images === undefined) {
    throw new RangeError(`Cannot draw fakes of label ${label} again: found no draws, want some`);
  }
  return images;
}

/** Latents of the draws, `[batch, latentSize]`; rows after the last draw repeat it. */
function latentsAt(
  generator: Generator,
  draws: Int32Array,
  batch: number,
  stream: Rng,
): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  for (let i = 0; i < draws.length;) {
    const k = Math.floor(draws[i]! / batch);
    const rows: number[] = [];
    for (; i < draws.length && Math.floor(draws[i]! / batch) === k; i++) {
      rows.push(draws[i]! - k * batch);
    }
    if (i === draws.length) {
      const missing = batch - draws.length;
      rows.push(...new Array<number>(missing).fill(rows.at(-1)!));
    }
    const latents = drawLatents(generator, batch, stream.child("draw", k));
    parts.push(tf.gather(latents, tf.tensor1d(rows, "int32")));
  }
  return tf.concat(parts);
}
