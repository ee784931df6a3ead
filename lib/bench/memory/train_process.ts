/**
 * Trains a student for some steps on images that lie in a file, as a process of its own, and prints what it took:
 * `train_process.ts JSON` with a `TrainProcess`.
 */
import { residentBytes } from "../../base/memory.ts";
import { rngOf } from "../../base/rng.ts";
import { openImageFile } from "../../data/files/disk_images.ts";
import type { TrainProcess, TrainProcessResult } from "./peak.ts";
import { trainSteps } from "./train_steps.ts";

const CLASSES = 10;

const task: TrainProcess = JSON.parse(Deno.args[0]!);
const { side, images: count, path } = task;
const shape = { height: side, width: side, channels: 3 };
using images = openImageFile(path, shape, count);
const train = {
  images,
  labels: Float32Array.from({ length: count }, (_, i) => i % CLASSES),
  task: {
    kind: "classification",
    classes: CLASSES,
    classNames: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
  },
  origin: "toy",
} as const;
const steps = await trainSteps(train, task, rngOf(1, "bench", "memory"));
const result: TrainProcessResult = { ...steps, peakBytes: residentBytes("VmHWM") ?? null };
console.log(JSON.stringify(result));
