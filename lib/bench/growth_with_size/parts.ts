/** The parts of the chain whose time and memory must not run away, on stand-ins for trained networks. */
import {
  concatLabelled,
  imagesInMemory,
  type LabelledImages,
  type Regression,
} from "../../base/contracts.ts";
import { forgetPeak, residentBytes } from "../../base/memory.ts";
import { ParameterSet } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import {
  batchIndicesAt,
  batchTensors,
  channelStatistics,
  makeBatch,
  MINUS_ONE_TO_ONE,
  type Normalisation,
  stepsPerEpoch,
} from "../../data/batches/batches.ts";
import type { DensityRatio } from "../../density_ratio/density_ratio.ts";
import type { Generator } from "../../gan/gan.ts";
import type { Network } from "../../networks/network.ts";
import { type Adjusted, adjustLabels } from "../../synthesis/adjust.ts";
import { drawFakes, type Drawn } from "../../synthesis/draw.ts";
import type { FakePoolOnDisk } from "../../synthesis/pool/shards.ts";
import { filterByTeacher, type Filtered } from "../../synthesis/filter.ts";
import { askTeacher, type TeacherOpinion } from "../../synthesis/teacher_opinion.ts";
import { subsampleToDisk } from "../../synthesis/pool/draw_to_disk.ts";
import { processorSeconds } from "../other_processes.ts";

/** What grows: M^g, or N. */
export const GROWTH_KINDS = ["fakes", "real"] as const;
/** What grows. */
export type GrowthKind = typeof GROWTH_KINDS[number];

/** What a part took. */
export interface PartGrowth {
  readonly part: string;
  readonly seconds: number;
  /** Processor time of all threads; undefined where it cannot be known. */
  readonly processorSeconds?: number;
  /** Greatest resident memory above that of the idle process, in bytes; on Linux only. */
  readonly peakBytes?: number;
}

/** A part of the chain. */
export interface Part {
  readonly name: string;
  run(): unknown;
}

const SIDE = 32;
const SHAPE = { height: SIDE, width: SIDE, channels: 3 };
/** Bytes of an image. */
export const IMAGE_BYTES = SIDE * SIDE * 3;
const CLASSES = 10;
const LATENT = 8;
const TASK = {
  kind: "classification",
  classes: CLASSES,
  classNames: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
} as const;
const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 9,
  scale: 9,
  unit: "degrees",
  labels: [0, 9],
};
const BATCH = 128;

/**
 * Runs parts one after the other.
 *
 * @param parts The first one warms up and is left out: memory is counted from what is resident after it.
 */
export async function measureParts(parts: readonly Part[]): Promise<PartGrowth[]> {
  const [warmUp, ...others] = parts;
  await warmUp!.run();
  collect();
  const idle = residentBytes("VmRSS");
  const measured: PartGrowth[] = [];
  for (const { name, run } of others) {
    collect();
    forgetPeak();
    const before = processorSeconds(Deno.pid);
    const start = performance.now();
    await run();
    const seconds = (performance.now() - start) / 1000;
    const after = processorSeconds(Deno.pid);
    const peak = residentBytes("VmHWM");
    measured.push({
      part: name,
      seconds,
      ...(before !== undefined && after !== undefined && { processorSeconds: after - before }),
      ...(idle !== undefined && peak !== undefined && { peakBytes: peak - idle }),
    });
  }
  return measured;
}

/** The parts for sets of one size. */
export function growthParts(kind: GrowthKind, images: number, folder: string): Part[] {
  const warmUp = {
    name: "warm-up",
    run: async () => {
      const small = fakeParts(2000, `${folder}/warm_up`);
      for (const { run } of [...small, ...realParts(2000)]) await run();
    },
  };
  return [warmUp, ...kind === "fakes" ? fakeParts(images, `${folder}/pool`) : realParts(images)];
}

function fakeParts(count: number, folder: string): Part[] {
  const { generator, ratio, teacher } = standIns();
  const rng = rngOf(1, "growth");
  const labels = Array.from({ length: CLASSES }, (_, label) => label);
  let pool: FakePoolOnDisk;
  let opinion: TeacherOpinion;
  let filtered: Filtered;
  let adjusted: Adjusted;
  let drawn: Drawn;
  let normalisation: Normalisation;
  const mixed = () => concatLabelled(realSet(1000), drawn.set);
  return [
    {
      name: "subsampling to disk",
      async run() {
        const perLabel = Math.ceil(count / CLASSES);
        pool = await subsampleToDisk(
          { generator, ratio, task: TASK },
          {
            labels,
            perLabel,
            burnIn: 500,
          },
          rng,
          { folder, identity: "growth" },
        );
      },
    },
    {
      name: "the teacher's opinion",
      async run() {
        opinion = await askTeacher(teacher, pool.set, { normalisation: MINUS_ONE_TO_ONE });
      },
    },
    {
      name: "filter",
      run: () => void (filtered = filterByTeacher({ set: pool.set, opinion }, { rho: 0.9 })),
    },
    { name: "adjust", run: () => void (adjusted = adjustLabels(filtered)) },
    {
      name: "draw, scalar labels",
      run: () => drawFakes({ ...adjusted.set, task: ANGLES }, { count: 0.8 * count | 0 }, rng),
    },
    {
      name: "draw, classes",
      run: () => void (drawn = drawFakes(adjusted.set, { count: 0.8 * count | 0 }, rng)),
    },
    {
      name: "statistics of the channels",
      run: () => void (normalisation = channelStatistics(mixed().images)),
    },
    { name: "an epoch's batches", run: () => walkEpoch(mixed(), normalisation) },
    { name: "closing", run: () => pool.close() },
  ];
}

function realParts(count: number): Part[] {
  let set: LabelledImages;
  let normalisation: Normalisation;
  return [
    { name: "images in memory", run: () => void (set = realSet(count)) },
    {
      name: "statistics of the channels",
      run: () => void (normalisation = channelStatistics(set.images)),
    },
    { name: "an epoch's batches", run: () => walkEpoch(set, normalisation) },
  ];
}

/** Bytes that differ from pixel to pixel; what they show does not matter. */
function realSet(count: number): LabelledImages {
  const bytes = new Uint8Array(count * IMAGE_BYTES);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i, 2654435761) >>> 24;
  return {
    images: imagesInMemory(bytes, SHAPE),
    labels: Float32Array.from({ length: count }, (_, i) => i % CLASSES),
    task: TASK,
    origin: "toy",
  };
}

/** Makes every batch of an epoch as a training would. */
async function walkEpoch(set: LabelledImages, normalisation: Normalisation): Promise<void> {
  const rng = rngOf(2, "growth");
  const order = { count: set.labels.length, batch: BATCH, rng: rng.child("order") };
  const steps = stepsPerEpoch(order);
  for (let step = 0; step < steps; step++) {
    const { x, labels } = batchTensors(makeBatch(set, batchIndicesAt(step, order), {
      normalisation,
      crop: 4,
      flip: true,
      rng: rng.child("augment", step),
    }));
    tf.dispose([x, labels]);
    // A step of a training lets others in as well.
    if (step % 64 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Networks of one product: images that are cheap, ratios that refuse some of them, opinions that differ. */
function standIns(): { generator: Generator; ratio: DensityRatio; teacher: Network } {
  const rng = rngOf(3, "growth");
  const matrix = (rows: number, columns: number, scale: number) =>
    tf.tensor2d(
      Float32Array.from({ length: rows * columns }, () => scale * rng.normal()),
      [rows, columns],
    );
  const draw = matrix(LATENT + CLASSES, IMAGE_BYTES, 0.15);
  const judge = matrix(IMAGE_BYTES, CLASSES, 0.05);
  const [first] = tf.split(judge, CLASSES, 1);
  const flat = (images: tf.Tensor4D) => images.reshape<tf.Tensor2D>([-1, IMAGE_BYTES]);
  return {
    generator: {
      parameters: new ParameterSet(),
      latentSize: LATENT,
      forward: (z, condition) =>
        tf.matMul(tf.concat([z, condition], 1), draw).reshape([-1, SIDE, SIDE, 3]),
    },
    ratio: {
      ratios: (images) =>
        tf.tidy(() => tf.sigmoid(tf.matMul(flat(images), first!).add(2)).flatten()),
    },
    teacher: {
      name: "growth",
      parameters: new ParameterSet(),
      forward: (x) => {
        const output = tf.matMul<tf.Tensor2D>(flat(x), judge);
        return { output, features: output, taps: [] };
      },
    },
  };
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
