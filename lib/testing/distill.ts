/** Networks and sets of a few hundred weights, for tests of distillers. */
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { type NamedArrays, ParameterSet, Scope } from "../base/module.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import { batchNorm, conv2d, linear } from "../networks/layers.ts";
import { type Network, TapRecorder } from "../networks/network.ts";
import type { TrainingRecipe } from "../networks/supervised.ts";
import type { Distiller, EarlierLeftovers, NetworkKind } from "../distill/distiller.ts";
import { stagesOf } from "../distill/stages.ts";
import { type StudentRun, trainStudent } from "../distill/train_student.ts";

/** Three classes. */
export const TOY_CLASSES: Task = {
  kind: "classification",
  classes: 3,
  classNames: ["red", "green", "blue"],
};

/** Angles up to 90 degrees. */
export const TOY_ANGLES: Task = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [1, 2, 3],
};

/** A stem and two stages, 8 x 8 to 4 x 4 to 2 x 2, each convolution, batch norm and ReLU. */
export function toyNetwork(options: { channels: number; outputs: number; rng: Rng }): Network {
  const { channels, outputs, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng);
  const block = (name: string, input: number, output: number, stride: number) => {
    const conv = conv2d(root.at(name).at("conv"), { in: input, out: output, kernel: 3, stride });
    const norm = batchNorm(root.at(name).at("norm"), { channels: output });
    return { name, conv, norm };
  };
  const blocks = [
    block("stem", 3, channels, 1),
    block("stage1", channels, channels, 2),
    block("stage2", channels, 2 * channels, 2),
  ];
  const classifier = linear(root.at("classifier"), { in: 2 * channels, out: outputs });
  return {
    name: `toy${channels}`,
    parameters,
    forward(x, mode) {
      const recorder = new TapRecorder(mode.taps ?? false);
      let map = x;
      for (const { name, conv, norm } of blocks) {
        const pre = norm(conv(map, mode), mode);
        map = recorder.record(name, pre, tf.relu(pre));
      }
      const features = tf.mean(map, [1, 2]) as tf.Tensor2D;
      return { output: classifier(features, mode), features, taps: recorder.taps };
    },
  };
}

/** Noise images of 8 x 8 whose brightest channel is the class, or whose red level is the angle. */
export function toyImages(count: number, task: Task, seed = 0): LabelledImages {
  const rng = rngOf(seed, "toy");
  const bytes = new Uint8Array(count * 192);
  const labels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const red = rng.integer(200);
    labels[i] = task.kind === "classification" ? i % task.classes : 90 * red / 200;
    for (let p = 0; p < 192; p++) {
      const isRaised = task.kind === "classification" ? p % 3 === labels[i] : false;
      const level = task.kind === "regression" && p % 3 === 0 ? red : rng.integer(120);
      bytes[192 * i + p] = level + (isRaised ? 100 : 0);
    }
  }
  const images = imagesInMemory(bytes, { height: 8, width: 8, channels: 3 });
  return { images, labels, task, origin: "toy" };
}

/** Two epochs of 22 images in batches of 8: the last batch is short. */
export const TOY_TRAINING: TrainingRecipe = {
  epochs: 2,
  batch: 8,
  learningRate: 0.05,
  milestones: [],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: false,
  flip: true,
};

/** A run on toy images with a fresh student, and a teacher of twice its width. */
export function toyRun(
  changes: Partial<StudentRun> & Pick<StudentRun, "distiller">,
  { task = TOY_CLASSES, seed = 1 }: { task?: Task; seed?: number } = {},
): StudentRun {
  const outputs = task.kind === "classification" ? task.classes : 1;
  return {
    stage: "toy student",
    student: toyNetwork({ channels: 4, outputs, rng: rngOf(seed, "student") }),
    teacher: toyNetwork({ channels: 8, outputs, rng: rngOf(7, "teacher") }),
    train: toyImages(22, task),
    test: toyImages(12, task, 1),
    normalisation: MINUS_ONE_TO_ONE,
    training: TOY_TRAINING,
    rng: rngOf(seed, "training"),
    seed,
    ...changes,
  };
}

/**
 * A run on toy images whose method has been given all that it asks for: the stages before the student's are trained,
 * and peers are there.
 */
export async function stagedToyRun(
  changes: Partial<StudentRun> & { readonly distiller: Distiller },
): Promise<StudentRun> {
  const { training = TOY_TRAINING } = changes;
  const plain = toyRun(changes);
  const networks: Record<string, Network> = { ...(plain.teacher && { teacher: plain.teacher }) };
  const earlier: Record<string, EarlierLeftovers[string]> = {};
  const build = (kind: NetworkKind, seed: number) => {
    const isNarrow = kind === "student" || plain.teacher?.name === "toy4";
    return toyNetwork({ channels: isNarrow ? 4 : 8, outputs: 3, rng: rngOf(seed, "network") });
  };
  let run = plain;
  for (
    const { name, trains, teacher, startsFrom, peers, ...stage } of stagesOf(changes.distiller)
  ) {
    const isLast = name === "student";
    const student = isLast ? plain.student : build(trains, 100);
    if (startsFrom) student.parameters.copyFrom(networks[startsFrom]!.parameters);
    const { distiller } = stage;
    const parts = {
      student,
      teacher: networks[teacher ?? "teacher"],
      peers: peers.map((kind, i) => build(kind, i)),
      earlier,
    };
    run = isLast
      ? { ...plain, ...parts }
      : toyRun({ ...parts, distiller, training: stage.training(training) });
    if (!isLast) earlier[name] = (await trainStudent(run)).leftovers;
    networks[name] = student;
  }
  return run;
}

/** Entries sin(i + 1) or cos(0.7 (i + 1)) times `scale`: the inputs of the stored loss values. */
export function waves(kind: "student" | "teacher", shape: number[], scale = 1): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => scale * (kind === "student" ? Math.sin(i + 1) : Math.cos(0.7 * (i + 1))),
  );
  return tf.tensor(values, shape);
}

/** All entries of two sets of arrays are the same bits. */
export function sameArrays(a: NamedArrays, b: NamedArrays): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) =>
      a[name]!.values.every((value, i) => Object.is(value, b[name]?.values[i]))
    );
}
