/** Pools straight from the generator, for ablations without subsampling. */
import type { Task } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import type { Generator } from "../gan/gan.ts";
import { type ConditionOf, repeatLabels, sampleChunks, type SampleOptions } from "../gan/sample.ts";
import { type FakePoolOnDisk, type FakeShardsOptions, openFakeShards } from "./fake_shards.ts";

/** How to sample; progress counts all labels. */
export interface SampleToDiskOptions
  extends Pick<SampleOptions, "chunk" | "toUint8" | "progress" | "signal"> {
  /** Labels in dataset units. */
  readonly labels: ArrayLike<number>;
  /** Fakes of each label. */
  readonly perLabel: number;
}

/**
 * `perLabel` fakes of each label as G draws them, written to a folder and continued there after a kill. One
 * label's fakes are in memory.
 *
 * @param rng Label y draws from ("label", y).
 */
export async function sampleToDisk(
  input: { readonly generator: Generator; readonly task: Task; readonly conditionOf?: ConditionOf },
  { labels, perLabel, progress, ...options }: SampleToDiskOptions,
  rng: Rng,
  place: Pick<FakeShardsOptions, "folder" | "identity">,
): Promise<FakePoolOnDisk> {
  const { generator, ...words } = input;
  using shards = openFakeShards({ ...place, labels, perLabel, task: input.task });
  const total = labels.length * perLabel;
  for (const label of shards.remaining) {
    const before = total - shards.remaining.length * perLabel;
    const parts = sampleChunks(generator, repeatLabels([label], perLabel), {
      ...options,
      ...words,
      rng: rng.child("label", label),
      progress: progress && ((event) => {
        const step = before + event.step;
        progress({ ...event, step, total, state: step === total ? "trained" : "training" });
      }),
    });
    let bytes: Uint8Array | undefined;
    let shape;
    for await (const part of parts) {
      const size = part.bytes.length / part.labels.length;
      bytes ??= new Uint8Array(perLabel * size);
      bytes.set(part.bytes, part.start * size);
      shape = part.shape;
    }
    shards.append({ label, bytes: bytes!, shape: shape! });
  }
  return shards.finish();
}
