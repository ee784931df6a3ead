/** Networks and sets of a few hundred weights, for tests of distillers. */
import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { type NamedArrays, ParameterSet, Scope } from "../base/module.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Distiller, EarlierLeftovers, NetworkKind } from "../distill/distiller.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import { batchNorm, conv2d, linear } from "../networks/layers.ts";
import { type Network, TapRecorder } from "../networks/network.ts";
import type { TrainingRecipe } from "../networks/supervised.ts";
import { type DistillStage, stagesOf } from "../distill/stages.ts";
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
      const recorder = new TapRecorder(mode.taps);
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

/** A stage of a method on toys, ready to be trained as often as a test wants. */
export interface ToyStage extends Pick<DistillStage, "name" | "distiller"> {
  /** A run of it with fresh networks, each time the same. */
  make(changes?: Partial<StudentRun>): StudentRun;
}

/**
 * Every stage of a method on toys, the student's last. Those before it are trained for an epoch, so that each finds
 * the networks and leftovers that it asks for.
 */
export async function toyStages(
  distiller: Distiller,
  { task = TOY_CLASSES }: { task?: Task } = {},
): Promise<ToyStage[]> {
  const outputs = task.kind === "classification" ? task.classes : 1;
  const training = { ...TOY_TRAINING, epochs: 1 };
  const networkOf = (kind: NetworkKind, path: string) =>
    toyNetwork({ channels: kind === "student" ? 4 : 8, outputs, rng: rngOf(7, path) });
  const trained: Record<string, NamedArrays> = {};
  const left: Record<string, EarlierLeftovers[string]> = {};
  const kinds: Record<string, NetworkKind> = { teacher: "teacher" };
  const stages: ToyStage[] = [];
  const opened = (name: string) => {
    const network = networkOf(kinds[name]!, name);
    if (trained[name] !== undefined) network.parameters.write(trained[name]);
    return network;
  };
  for (const stage of stagesOf(distiller)) {
    const { name, trains, teacher, startsFrom, reads, peers } = stage;
    const make = (changes: Partial<StudentRun> = {}): StudentRun => ({
      ...toyRun({ distiller: stage.distiller, training }, { task }),
      student: startsFrom ? opened(startsFrom) : networkOf(trains, `student ${name}`),
      teacher: teacher ? opened(teacher) : undefined,
      peers: peers.map((kind, i) => networkOf(kind, `peer ${i}`)),
      earlier: Object.fromEntries(reads.map((read) => [read, left[read]!])),
      ...changes,
    });
    stages.push({ name, distiller: stage.distiller, make });
    kinds[name] = trains;
    if (name === "student") break;
    const { weights, leftovers } = await trainStudent(make());
    [trained[name], left[name]] = [weights, leftovers];
  }
  return stages;
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

/**
 * The gradient of a loss is what central differences say: along itself and along two more directions of length 1, up to
 * a share of the gradient's length.
 *
 * @param step Of the differences; float32 wants one that is not too small.
 */
export function assertGradient(
  loss: (x: tf.Tensor) => tf.Scalar,
  x: tf.Tensor,
  { step = 1e-2, tolerance = 5e-3 }: { step?: number; tolerance?: number } = {},
): void {
  tf.tidy(() => {
    const gradient = tf.grad(loss)(x);
    const length = tf.norm(gradient).dataSync()[0]!;
    assert.ok(length > 0, "a gradient of 0 tells nothing");
    const wave = (phase: number) => tf.sin(tf.range(0, x.size).mul(phase).add(phase));
    for (const raw of [gradient, wave(1).reshape(x.shape), wave(2).reshape(x.shape)]) {
      const direction = raw.div(tf.norm(raw));
      const wanted = tf.sum(gradient.mul(direction)).dataSync()[0]!;
      const [up, down] = [1, -1].map((sign) =>
        loss(x.add(direction.mul(sign * step))).dataSync()[0]!
      );
      const found = (up! - down!) / (2 * step);
      const isClose = Math.abs(found - wanted) <= tolerance * length;
      assert.ok(isClose, `${found} for ${wanted} of a gradient of length ${length}`);
    }
  });
}

/** A loss equals a stored value up to a share of it, a hundred-thousandth by default. */
export function assertValue(found: tf.Tensor | number, wanted: number, relative = 1e-5): void {
  const value = typeof found === "number" ? found : found.dataSync()[0]!;
  assert.ok(Math.abs(value - wanted) <= relative * Math.abs(wanted), `${value} for ${wanted}`);
}

/** All entries of two sets of arrays are the same bits. */
export function sameArrays(a: NamedArrays, b: NamedArrays): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) =>
      a[name]!.values.every((value, i) => Object.is(value, b[name]?.values[i]))
    );
}
