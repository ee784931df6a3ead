/** Trainings of students by every method of distillation that has one stage and brings no networks of its own. */
import type { LabelledImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { distillTrainee } from "../../distill/trainee.ts";
import { DISTILLERS, NETWORKS } from "../../registry.ts";
import { RECIPE } from "./students.ts";
import { type ToySets, type TrainingKind, type TrainingSizes, twoSteps } from "./kind.ts";

/** A VGG11 that learns from a ResNet-18, classes where a method takes them. */
export function distillerKinds(sets: ToySets, sizes: TrainingSizes): TrainingKind[] {
  return Object.values(DISTILLERS).map(({ make }): Distiller => make())
    .filter(({ before, needs: { teacher, peers } }) =>
      before === undefined && teacher === "frozen" && peers === undefined
    )
    .map((method) => {
      const set = method.tasks.includes("classification") ? sets.classes : sets.angles;
      return distillerKind(method, set, sizes);
    });
}

function distillerKind(
  distiller: Distiller,
  train: LabelledImages,
  { batch, width }: TrainingSizes,
): TrainingKind {
  const { task, images: { shape: { height } } } = train;
  return {
    name: `${distiller.title}, ${task.kind}, ${height} x ${height}`,
    async run() {
      const rng = rngOf(1, distiller.name, task.kind);
      const build = (network: "vgg11" | "resnet18") =>
        NETWORKS[network].build({
          head: task.kind,
          outputs: task.kind === "classification" ? task.classes : 1,
          imageSize: height,
          width: 0.25 * width,
          rng: rng.child(network),
        });
      const teacher = build("resnet18");
      const state = await twoSteps(distillTrainee({
        distiller,
        student: build("vgg11"),
        teacher,
        train,
        normalisation: MINUS_ONE_TO_ONE,
        training: { ...RECIPE, batch },
        rng: rng.child("training"),
      }));
      teacher.parameters.dispose();
      return state;
    },
  };
}
