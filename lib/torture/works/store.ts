/** All that the store writes, without TensorFlow: a stage with a checkpoint, a pool of fakes, a record, publishing. */
import type { Classification } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { writeRecord } from "../../base/disk/records.ts";
import { readSafetensors, writeSafetensors } from "../../base/disk/safetensors.ts";
import { Store } from "../../base/disk/store.ts";
import { isPoolFinished, openFakeShards, openFinishedPool } from "../../synthesis/pool/shards.ts";
import { recordOf } from "../../testing/records.ts";

/** Steps of the toy training, with a checkpoint after each. */
const STEPS = 5;
const CLASSES: Classification = {
  kind: "classification",
  classes: 3,
  classNames: ["cat", "dog", "ship"],
};
const SHAPE = { height: 4, width: 4, channels: 3 };
const PER_LABEL = 6;

type Tell = (stage: string, step: number, total: number) => void;

/** Trains, draws, records and publishes; goes on from what an earlier process left. */
export async function fillStore(folder: string, tell: Tell): Promise<void> {
  const results = join(folder, "results");
  const store = new Store(join(results, ".work"), join(results, "parts"));
  const training = { stage: "toy", codeVersion: 1, specification: { steps: STEPS }, inputs: {} };
  const { artifact: network } = await store.stage(training, async (own) => {
    const weights = await train(join(own, "checkpoint.safetensors"), tell);
    return { arrays: { weights: { shape: [weights.length], values: weights } }, notes: {} };
  });
  const pooling = { ...training, stage: "fakes", inputs: { network: network.id } };
  const { artifact: pool } = await store.stage(pooling, (own) => {
    const options = {
      folder: join(own, "pool"),
      labels: CLASSES.classNames.map((_, label) => label),
      perLabel: PER_LABEL,
      task: CLASSES,
      identity: network.id,
    };
    if (!isPoolFinished(options)) draw(options, tell);
    using opened = openFinishedPool(options);
    const draws = opened.draws!;
    return Promise.resolve({
      arrays: { draws: { shape: [draws.length], values: draws } },
      notes: { images: opened.set.images.count },
    });
  });
  tell("records", 0, 1);
  await writeRecord(
    results,
    recordOf({ value: 20, stages: { student: network.id, fakes: pool.id } }),
  );
  tell("publishing", 0, 1);
  for (const { id } of [network, pool]) await store.publish(id);
  tell("publishing", 1, 1);
}

/** A training whose every weight tells how often it was changed: a step too many or too few shows. */
async function train(path: string, tell: Tell): Promise<Float32Array> {
  let step = 0;
  let weights: Float32Array = new Float32Array(500);
  try {
    const { arrays, metadata } = await readSafetensors(path);
    step = Number(metadata.step);
    weights = arrays.weights!.values as Float32Array;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (; step < STEPS; step++) {
    tell("training", step, STEPS);
    weights = weights.map((weight, i) => Math.fround(weight * 1.5 + i + step));
    const values = weights;
    await writeSafetensors(path, {
      arrays: { weights: { shape: [values.length], values } },
      metadata: { step: String(step + 1) },
    });
  }
  return weights;
}

/** Fakes of each label, in two parts. */
function draw(options: Parameters<typeof openFakeShards>[0], tell: Tell): void {
  using shards = openFakeShards(options);
  const size = SHAPE.height * SHAPE.width * SHAPE.channels;
  for (const label of shards.remaining) {
    tell("subsampling", label, CLASSES.classes);
    const bytes = (from: number) =>
      Uint8Array.from({ length: PER_LABEL / 2 * size }, (_, i) => 17 * label + from + i);
    shards.appendPart({ label, bytes: bytes(0), shape: SHAPE, isPart: true });
    shards.append({
      label,
      bytes: bytes(99),
      shape: SHAPE,
      draws: Int32Array.from({ length: PER_LABEL }, (_, i) => 10 * label + i),
      acceptedRatios: new Float32Array(PER_LABEL).fill(label + 0.5),
      drawnRatios: new Float32Array(3).fill(label),
    });
  }
}
