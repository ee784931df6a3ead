/** Every method of the registry with every pair of networks that an experiment has, at construction. */
import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import type { EarlierLeftovers, NetworkKind } from "../distill/distiller.ts";
import { stagesOf } from "../distill/stages.ts";
import { distillTrainee } from "../distill/trainee.ts";
import { type DistillerEntry, DISTILLERS, type NetworkName, NETWORKS } from "../registry.ts";
import { TOY_TRAINING } from "../testing/distill.ts";
import { cifar10 } from "./cifar10.ts";
import { rc49 } from "./rc49.ts";
import { type Experiment, type Preset, PRESETS, resolve } from "./specification/experiment.ts";
import { tinyImagenet } from "./tiny_imagenet.ts";
import { utkface } from "./utkface.ts";
import { walkthrough } from "./walkthrough.ts";

const CLASSES: Task = {
  kind: "classification",
  classes: 3,
  classNames: ["red", "green", "blue"],
};
const ANGLES: Task = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [0, 1, 2],
};

/** Four images of noise. */
function imagesOf(task: Task, side: number): LabelledImages {
  const rng = rngOf(1, "noise");
  const bytes = Uint8Array.from({ length: 4 * side * side * 3 }, () => rng.integer(256));
  const images = imagesInMemory(bytes, { height: side, width: side, channels: 3 });
  return { images, labels: Float32Array.of(0, 1, 2, 1), task, origin: "toy" };
}

/** What a pair is compared on. */
interface Pair {
  readonly student: NetworkName;
  readonly teacher: NetworkName;
  readonly assistant: NetworkName;
}

/** All pairs of experiments' presets, each once. */
function pairsOf(experiments: readonly Experiment[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const experiment of experiments) {
    for (const preset of PRESETS) {
      if (preset === "paper" && experiment.isDemonstration) continue;
      const { students, teachers, assistant } = resolve(experiment, preset as Preset);
      for (const student of students) {
        for (const teacher of teachers) {
          const pair = {
            student: student.network,
            teacher: teacher.network,
            assistant: assistant.network,
          };
          pairs.set(JSON.stringify(pair), pair);
        }
      }
    }
  }
  return [...pairs.values()];
}

for (
  const [experiments, train] of [
    [[cifar10, walkthrough], imagesOf(CLASSES, 32)],
    [[tinyImagenet], imagesOf(CLASSES, 64)],
    [[rc49, utkface], imagesOf(ANGLES, 64)],
  ] as const
) {
  for (const pair of pairsOf(experiments)) {
    const { student, teacher, assistant } = pair;
    const names = experiments.map(({ name }) => name).join(", ");
    Deno.test(`${names}: every method compares ${student} with ${teacher}, by ${assistant}`, async () => {
      const failed: string[] = [];
      for (const [name, entry] of Object.entries(DISTILLERS) as [string, DistillerEntry][]) {
        if (!entry.make().tasks.includes(train.task.kind)) continue;
        try {
          await takesAStep(entry, pair, train);
        } catch (error) {
          failed.push(`${name}: ${(error as Error).message}`);
        }
      }
      assert.deepEqual(failed, []);
    });
  }
}

/** Builds every stage of a method, and takes the first step of each. */
async function takesAStep(entry: DistillerEntry, pair: Pair, train: LabelledImages): Promise<void> {
  const kinds: Record<string, NetworkKind> = { teacher: "teacher" };
  const left: Record<string, EarlierLeftovers[string]> = {};
  for (const stage of stagesOf(entry.make())) {
    kinds[stage.name] = stage.trains;
    const networks = [
      stage.trains,
      ...(stage.teacher === undefined ? [] : [kinds[stage.teacher]!]),
      ...stage.peers,
    ].map((kind) => build(kind, pair, train));
    const [student, ...others] = networks;
    const teacher = stage.teacher === undefined ? undefined : others.shift();
    const trainee = distillTrainee({
      distiller: stage.distiller,
      student: student!,
      teacher,
      peers: others,
      train,
      normalisation: MINUS_ONE_TO_ONE,
      training: { ...TOY_TRAINING, batch: 4 },
      rng: rngOf(1, "pairs"),
      earlier: Object.fromEntries(stage.reads.map((name) => [name, left[name]!])),
    });
    try {
      const loss = tf.tidy(() => trainee.step(0).loss!.dataSync()[0]!);
      assert.ok(Number.isFinite(loss), `found a loss of ${loss}`);
      left[stage.name] = Object.fromEntries(
        await Promise.all(
          Object.entries(trainee.leaves ?? {}).map(async (
            [role, set],
          ) => [role, await set.read()]),
        ),
      );
    } finally {
      trainee.dispose();
      for (const { parameters } of networks) parameters.dispose();
    }
  }
}

function build(kind: NetworkKind, pair: Pair, { task, images }: LabelledImages) {
  const name = typeof kind === "string" ? pair[kind] : kind.network as NetworkName;
  return NETWORKS[name].build({
    outputs: task.kind === "classification" ? task.classes : 1,
    head: task.kind,
    imageSize: images.shape.height,
    width: 0.0625,
    rng: rngOf(1, "pairs", name),
  });
}
