/** Trainings of networks on labelled images, as students and teachers are trained. */
import type { LabelledImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { distillTrainee } from "../../distill/trainee.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import { type Precision, whyNoBf16 } from "../../native/tensorflow/precision.ts";
import type { NetworkName } from "../../registry.ts";
import { NETWORKS } from "../../registry.ts";
import { type ToySets, type TrainingKind, type TrainingSizes, twoSteps } from "./kind.ts";

/** Every family, and the one that has bottlenecks. */
const CLASSIFIERS: readonly NetworkName[] = [
  "vgg11",
  "resnet18",
  "resnet50",
  "densenet121",
  "mobilenet_v2",
  "shufflenet_v2",
  "efficientnet_b0",
];
/** As students are trained. */
export const RECIPE = {
  epochs: 1,
  learningRate: 0.01,
  milestones: [],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: true,
  flip: true,
};

const REGRESSORS: readonly NetworkName[] = [
  "vgg11",
  "resnet34",
  "densenet121",
  "mobilenet_v2",
  "shufflenet_v2",
  "efficientnet_b0",
];

/** Convolutions with and without a stride, of 1 x 1, and those that end in their normalisation. */
const IN_BF16: readonly NetworkName[] = ["vgg11", "resnet18", "mobilenet_v2"];

/** SGD on cross-entropy at 32 x 32, and on squared errors at 64 x 64. */
export function studentKinds(sets: ToySets, sizes: TrainingSizes): TrainingKind[] {
  return [
    ...CLASSIFIERS.map((name) => studentKind(name, sets.classes, sizes)),
    ...REGRESSORS.map((name) => studentKind(name, sets.angles, sizes)),
    ...(whyNoBf16() === undefined
      ? IN_BF16.map((name) => studentKind(name, sets.classes, sizes, "bf16"))
      : []),
  ];
}

function studentKind(
  network: NetworkName,
  train: LabelledImages,
  { batch, width }: TrainingSizes,
  precision: Precision = "float32",
): TrainingKind {
  const { task, images: { shape: { height } } } = train;
  const isClassifier = task.kind === "classification";
  const head = isClassifier ? "classification" : "regression";
  const { title } = NETWORKS[network];
  return {
    name: `${title}, ${head}, ${height} x ${height}${precision === "bf16" ? ", bf16" : ""}`,
    run() {
      const rng = rngOf(1, network, head);
      const student = NETWORKS[network].build({
        head,
        outputs: isClassifier ? task.classes : 1,
        imageSize: height,
        width: 0.25 * width,
        rng: rng.child("weights"),
      });
      return twoSteps(distillTrainee({
        distiller: nokd(),
        student,
        train,
        normalisation: MINUS_ONE_TO_ONE,
        training: { ...RECIPE, batch, precision },
        rng: rng.child("training"),
      }));
    },
  };
}
