import assert from "node:assert/strict";
import type { LabelledImages, Regression } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import type { ProgressEvent } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { DensityRatio } from "../../density_ratio/density_ratio.ts";
import { toyGenerator } from "../../testing/density_ratio.ts";
import { redraw } from "./redraw.ts";
import { acceptByLabel, type SubsampledLabel } from "../subsample.ts";
import { restoreToDisk, sampleToDisk, subsampleToDisk } from "./draw_to_disk.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 0.1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [0.1, 20, 40.7].map(Math.fround),
};
const LABELS = AGES.labels;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function inputs() {
  const generator = toyGenerator();
  const ratio: DensityRatio = {
    ratios: (images) => tf.tidy(() => tf.exp(tf.mean(images, [1, 2, 3]).mul(10))),
  };
  const conditionOf = (labels: ArrayLike<number>) =>
    tf.tensor2d(Array.from(labels, (label) => [label / 60, 1 - label / 60, 0]));
  return { generator, ratio, task: AGES, conditionOf };
}

function read({ images }: LabelledImages): Uint8Array {
  const bytes = new Uint8Array(images.count * 48);
  for (let i = 0; i < images.count; i++) images.read(i, bytes, 48 * i);
  return bytes;
}

Deno.test("subsampleToDisk() writes the fakes of acceptByLabel(), interrupted or not", () =>
  withFolder(async (folder) => {
    const input = inputs();
    const { generator } = input;
    const options = { labels: LABELS, perLabel: 7, burnIn: 20, batch: 8 };
    const wanted: SubsampledLabel[] = [];
    for await (const accepted of acceptByLabel(input, options, rngOf(1))) {
      wanted.push({ ...accepted, ...await redraw(input, accepted, options, rngOf(1)) });
    }
    const pixels = Uint8Array.from(wanted.flatMap(({ bytes }) => [...bytes]));
    const all = (pick: (part: SubsampledLabel) => Float32Array) =>
      Float32Array.from(wanted.flatMap((part) => [...pick(part)]));
    const stop = new AbortController();
    const place = { folder, identity: "toy" };
    const tensors = tf.memory().numTensors;
    await assert.rejects(
      subsampleToDisk(
        input,
        {
          ...options,
          signal: stop.signal,
          progress: ({ step }) => step > 8 && stop.abort(new Error("stopped by hand")),
        },
        rngOf(1),
        place,
      ),
      { message: "stopped by hand" },
    );
    assert.equal(tf.memory().numTensors, tensors);
    const steps: number[][] = [];
    const progress = ({ step, total }: { step: number; total: number }) =>
      void steps.push([step, total]);
    using pool = await subsampleToDisk(input, { ...options, progress }, rngOf(1), place);
    // The first label was finished, and is not drawn again.
    assert.ok(steps.every(([step]) => step! > 7));
    assert.deepEqual(steps.at(-1), [21, 21]);
    assert.deepEqual(read(pool.set), pixels);
    assert.deepEqual([...pool.set.labels], LABELS.flatMap((label) => new Array(7).fill(label)));
    assert.deepEqual(pool.acceptedRatios, all(({ acceptedRatios }) => acceptedRatios));
    assert.deepEqual(pool.drawnRatios, all(({ drawnRatios }) => drawnRatios));
    assert.deepEqual(pool.acceptances, wanted.map(({ acceptance }) => acceptance));
    // The accepted draws are all that has to be kept.
    const kept = {
      draws: pool.draws!,
      acceptedRatios: pool.acceptedRatios!,
      drawnRatios: pool.drawnRatios!,
      acceptances: pool.acceptances!,
      evidence: pool.evidence!,
    };
    const { ratio: _, ...blind } = input;
    const copy = join(folder, "copy");
    await restoreToDisk(blind, kept, options, rngOf(1), { ...place, folder: copy });
    for (const name of ["index.jsonl", "images.u8", "draws.i32", "ratios.f32"]) {
      assert.deepEqual(Deno.readFileSync(join(copy, name)), Deno.readFileSync(join(folder, name)));
    }
    assert.throws(
      () => restoreToDisk(blind, kept, { ...options, perLabel: 6 }, rngOf(1), place),
      {
        name: "RangeError",
        message: "Cannot restore a pool: found 21 draws of 3 labels, want 6 for each of 3",
      },
    );
    // A finished pool is opened without a draw.
    using again = await subsampleToDisk(
      { ...input, generator: { ...generator, forward: () => assert.fail("drawn again") } },
      options,
      rngOf(1),
      place,
    );
    assert.deepEqual(read(again.set), pixels);
    generator.parameters.dispose();
  }));

Deno.test("sampleToDisk() draws each label from its own stream, interrupted or not", () =>
  withFolder(async (folder) => {
    const { ratio: _, ...input } = inputs();
    const options = { labels: LABELS, perLabel: 5, batch: 2 };
    const place = (name: string) => ({ folder: `${folder}/${name}`, identity: "toy" });
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent) => void events.push(event);
    using whole = await sampleToDisk(input, { ...options, progress }, rngOf(1), place("whole"));
    assert.deepEqual(
      events.map(({ step, stepsHere, total }) => [step, stepsHere, total]),
      [2, 4, 5, 7, 9, 10, 12, 14, 15].map((step) => [step, step, 15]),
    );
    // The clock is that of all labels, not of the last one.
    const times = events.map(({ elapsedSeconds }) => elapsedSeconds);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    assert.deepEqual([...whole.set.labels], LABELS.flatMap((label) => new Array(5).fill(label)));
    assert.equal(whole.acceptances, undefined);
    const stop = new AbortController();
    await assert.rejects(
      sampleToDisk(
        input,
        {
          ...options,
          signal: stop.signal,
          progress: ({ step }) => step > 6 && stop.abort(new Error("stopped by hand")),
        },
        rngOf(1),
        place("stopped"),
      ),
      { message: "stopped by hand" },
    );
    using again = await sampleToDisk(input, options, rngOf(1), place("stopped"));
    assert.deepEqual(read(again.set), read(whole.set));
    using other = await sampleToDisk(input, options, rngOf(2), place("other"));
    assert.notDeepEqual(read(other.set), read(whole.set));
    input.generator.parameters.dispose();
  }));

Deno.test("sampleToDisk() draws several labels a pass where few images of each are wanted, interrupted or not", () =>
  withFolder(async (folder) => {
    const { ratio: _, ...input } = inputs();
    const rows: number[] = [];
    const { generator } = input;
    const counted = {
      ...input,
      generator: {
        ...generator,
        forward: (...args: Parameters<typeof generator.forward>) => {
          rows.push(args[0].shape[0]);
          return generator.forward(...args);
        },
      },
    };
    const options = { labels: LABELS, perLabel: 2, batch: 5 };
    const place = (name: string) => ({ folder: `${folder}/${name}`, identity: "toy" });
    const tensors = tf.memory().numTensors;
    using whole = await sampleToDisk(counted, options, rngOf(1), place("whole"));
    assert.equal(tf.memory().numTensors, tensors);
    // Two labels of two, and the third with itself in the place of a fourth.
    assert.deepEqual(rows, [4, 4]);
    assert.deepEqual([...whole.set.labels], LABELS.flatMap((label) => [label, label]));

    const [lonely, stopped] = [place("lonely"), place("stopped")];
    using alone = await sampleToDisk(input, { ...options, batch: 2 }, rngOf(1), lonely);
    assert.deepEqual(read(whole.set), read(alone.set), "the latents of each label alone");

    const stop = new AbortController();
    const stopping = {
      ...options,
      signal: stop.signal,
      progress: ({ step }: { step: number }) => step >= 4 && stop.abort(new Error("by hand")),
    };
    await assert.rejects(sampleToDisk(input, stopping, rngOf(1), stopped), { message: "by hand" });
    using again = await sampleToDisk(input, options, rngOf(1), stopped);
    assert.deepEqual(read(again.set), read(whole.set));
    await assert.rejects(
      async () => await sampleToDisk(input, { ...options, perLabel: 0 }, rngOf(1), place("none")),
      /perLabel/,
    );
    generator.parameters.dispose();
  }));
