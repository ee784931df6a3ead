/** Trainings of generators: GANs with everything that their losses can have, and diffusion models. */
import type { LabelledImages } from "../../base/contracts.ts";
import { ParameterSet } from "../../base/module.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { classData } from "../../gan/class_data.ts";
import { diffusionTrainee } from "../../gan/diffusion/train_diffusion.ts";
import { guideFor } from "../../gan/guide.ts";
import type { GeneratorData } from "../../gan/recipe.ts";
import {
  buildH2y,
  buildY2h,
  EMBEDDING_SIZE,
  type LabelEmbedding,
  labelEmbedding,
} from "../../gan/scalar_labels/label_embedding.ts";
import { vicinalData } from "../../gan/scalar_labels/vicinal_data.ts";
import { cganTrainee } from "../../gan/train_cgan.ts";
import { type Precision, whyNoBf16 } from "../../native/tensorflow/precision.ts";
import { DIFFUSIONS, type GanName, GANS, NETWORKS } from "../../registry.ts";
import { type ToySets, type TrainingKind, type TrainingSizes, twoSteps } from "./kind.ts";

/** Every family, by the labels that the experiments use it with. */
export function generatorKinds(sets: ToySets, sizes: TrainingSizes): TrainingKind[] {
  return [
    ganKind("biggan", sets.classes, 0.5, sizes),
    ganKind("biggan64", sets.largeClasses, 0.25, sizes),
    ganKind("sngan", sets.angles, 0.125, sizes),
    ganKind("sagan", sets.angles, 0.125, sizes),
    diffusionKind(sets.classes, sizes),
    diffusionKind(sets.angles, sizes),
    ...(whyNoBf16() === undefined
      ? [
        ganKind("biggan", sets.classes, 0.5, sizes, "bf16"),
        diffusionKind(sets.classes, sizes, "bf16"),
      ]
      : []),
  ];
}

/** An embedding of scalar labels with untrained weights. */
export async function untrainedEmbedding(
  { task }: LabelledImages,
  rng: Rng,
): Promise<LabelEmbedding> {
  if (task.kind !== "regression") throw new TypeError("Cannot embed classes: want scalar labels");
  const [h2y, y2h] = [buildH2y({ rng }).parameters, buildY2h({ rng }).parameters];
  const joint = ParameterSet.join({ h2y, y2h });
  const weights = await joint.read();
  joint.dispose();
  return labelEmbedding(weights, task);
}

/** What a generator learns from. */
interface Lessons {
  readonly data: GeneratorData;
  readonly conditionSize: number;
  dispose(): void;
}

async function lessonsFrom(set: LabelledImages, rng: Rng): Promise<Lessons> {
  if (set.task.kind === "classification") {
    return { data: classData(set, rng), conditionSize: set.task.classes, dispose: () => {} };
  }
  const embedding = await untrainedEmbedding(set, rng.child("embedding"));
  const data = vicinalData(set, {
    kind: "soft",
    conditionOf: embedding.conditionAnywhere,
    flip: true,
    generatorTargets: "reused",
    discriminatorSteps: 1,
  }, rng);
  return { data, conditionSize: EMBEDDING_SIZE, dispose: () => embedding.dispose() };
}

function ganKind(
  name: GanName,
  set: LabelledImages,
  fullWidth: number,
  { batch, width }: TrainingSizes,
  precision: Precision = "float32",
): TrainingKind {
  const { task, images: { shape: { height } } } = set;
  const isClassifier = task.kind === "classification";
  return {
    name: `${GANS[name].title}, ${task.kind}, ${height} x ${height}${
      precision === "bf16" ? ", bf16" : ""
    }`,
    async run() {
      const rng = rngOf(1, name);
      const { data, conditionSize, dispose } = await lessonsFrom(set, rng.child("data"));
      const pair = GANS[name].build({
        conditionSize,
        imageSize: height,
        width: fullWidth * width,
        auxiliaryClassifier: isClassifier,
        rng: rng.child("weights"),
      });
      const judge = NETWORKS.vgg11.build({
        head: isClassifier ? "classification" : "regression",
        outputs: isClassifier ? task.classes : 1,
        imageSize: height,
        width: 0.125 * width,
        rng: rng.child("guide"),
      });
      const guide = guideFor(task, (images) => judge.forward(images, { training: false }).output);
      const state = await twoSteps(cganTrainee(
        pair,
        data,
        {
          batch,
          discriminatorSteps: 1,
          generatorRate: 2e-4,
          discriminatorRate: 2e-4,
          beta1: 0.5,
          beta2: 0.999,
          diffAugment: true,
          precision,
          average: { decay: 0.9, start: 1 },
          ...(isClassifier && { auxiliary: { discriminator: 1, generator: 0.1 } }),
          guide: { weight: 1, start: 0, margin: 0.01 },
          diversity: { weight: 1, spread: 10 },
        },
        rng.child("training"),
        guide,
      ));
      judge.parameters.dispose();
      dispose();
      return state;
    },
  };
}

function diffusionKind(
  set: LabelledImages,
  { batch, width }: TrainingSizes,
  precision: Precision = "float32",
): TrainingKind {
  const { task, images: { shape: { height } } } = set;
  const title = `${DIFFUSIONS.diffusion.title}, ${task.kind}, ${height} x ${height}`;
  return {
    name: precision === "bf16" ? `${title}, bf16` : title,
    async run() {
      const rng = rngOf(1, "diffusion");
      const { data, conditionSize, dispose } = await lessonsFrom(set, rng.child("data"));
      const model = DIFFUSIONS.diffusion.build({
        conditionSize,
        imageSize: height,
        width: 0.375 * width,
        blocks: 1,
        attention: [8, 16],
        dropout: 0.1,
        sampling: { steps: 2, guidance: { weight: 1.5, rescaling: 0.7 } },
        rng: rng.child("weights"),
      });
      const state = await twoSteps(diffusionTrainee(model, data, {
        batch,
        rate: 5e-4,
        warmUp: 2,
        beta1: 0.9,
        beta2: 0.999,
        average: { decay: 0.9, start: 1 },
        conditionDrop: 0.5,
        noise: { mean: -1.2, deviation: 1.2 },
        precision,
      }, rng.child("training")));
      dispose();
      return state;
    },
  };
}
