/**
 * Decodes Tiny-ImageNet, then trains a teacher and a GAN for some steps, as a process of its own, and prints what it
 * took: `tiny_imagenet_process.ts JSON` with a `FromFiles`.
 */
import { residentBytes } from "../../base/memory.ts";
import { rngOf } from "../../base/rng.ts";
import { loadTinyImagenet } from "../../data/tiny_imagenet/tiny_imagenet.ts";
import { GANS } from "../../registry.ts";
import { prepareGan } from "../works/gans.ts";
import type { TrainProcessResult } from "./peak.ts";
import type { FromFiles } from "./tiny_imagenet.ts";
import { trainSteps } from "./train_steps.ts";

const { form, folder, cache, teacher, gan }: FromFiles = JSON.parse(Deno.args[0]!);
using set = await loadTinyImagenet({ folder, from: form, cache, broken: "skip" });
const { train } = set;
if (train.task.kind !== "classification") throw new TypeError("Tiny-ImageNet has classes");
const steps = await trainSteps(train, teacher, rngOf(1, "bench", "memory"));
const pair = prepareGan(GANS.biggan64, {
  ...gan,
  imageSize: train.images.shape.height,
  taper: false,
  conditionSize: train.task.classes,
  labels: "classes",
});
await pair.run(gan.iterations);
await pair.dispose();
const result: TrainProcessResult = { ...steps, peakBytes: residentBytes("VmHWM") ?? null };
console.log(JSON.stringify(result));
