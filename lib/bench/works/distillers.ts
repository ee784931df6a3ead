/** A student's step under each method that has one stage, on the pair of networks of `desk`. */
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { ParameterSet } from "../../base/module.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { lossAndGradients, sgd } from "../../base/training/optimisers.ts";
import { MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import type { DistillBatch, PreparedDistiller } from "../../distill/distiller.ts";
import { shapesOf } from "../../distill/shapes.ts";
import { stagePairs } from "../../distill/stage_pairs.ts";
import { totalOf, type TrainingRecipe } from "../../networks/supervised.ts";
import { type DistillerEntry, type DistillerName, DISTILLERS, NETWORKS } from "../../registry.ts";
import { normalInput, timed } from "./timed_steps.ts";
import type { OurWork, Work } from "./work.ts";

/** What `peer/distillers.py` has too; the others have stages, second batches or generators of our own reading. */
const METHODS: readonly DistillerName[] = [
  "nokd",
  "blkd",
  "at",
  "cc",
  "crd",
  "dist",
  "dkd",
  "dml",
  "fitnet",
  "ls_kd",
  "nst",
  "ofd",
  "pkt",
  "review_kd",
  "rkd",
  "sp",
  "srd",
  "vid",
];
const [BATCH, SIDE, CLASSES] = [64, 32, 10];
const WIDTH = 0.25;
/** Images that memories have rows for, and what they are drawn among. */
const IMAGES = 10_000;
const NEGATIVES = 1024;
/** Options that keep a row in memory and to the point: the step after any warm-up. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  crd: { negatives: NEGATIVES },
  ofd: { marginImages: BATCH },
  dkd: { warmUpEpochs: 0 },
  review_kd: { warmUpEpochs: 0 },
};

/** Every row of a method; outside of the default set. */
export function distillerWorks(): Work[] {
  return METHODS.map(distillerWork);
}

/** One row. */
export function distillerWork(name: DistillerName): Work {
  const method = methodOf(name);
  return {
    name: `distillation step, ${method.title}, VGG11 from ResNet-18, width ${WIDTH}`,
    group: `distillation step, ${SIDE} x ${SIDE}, batch ${BATCH}`,
    full: true,
    peer: {
      kind: "distiller",
      method: name,
      width: WIDTH,
      image_size: SIDE,
      head: "classification",
      outputs: CLASSES,
      batch: BATCH,
      images: IMAGES,
      negatives: NEGATIVES,
      pairs: pairs(),
    },
    prepare: () => Promise.resolve(prepareDistiller(name)),
  };
}

const methodOf = (name: DistillerName) => {
  const entry: DistillerEntry = DISTILLERS[name];
  return entry.make(OPTIONS[name]);
};

const RECIPE: TrainingRecipe = {
  epochs: 240,
  batch: BATCH,
  learningRate: 0.01,
  milestones: [],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: false,
  flip: false,
};

/** Which of the teacher's stages each of the student's is compared with; the peer is told. */
function pairs(): [number, number][] {
  const { student, teacher } = networksOf(rngOf(1, "pairs"));
  const shapes = {
    student: shapesOf(student, blackImages()),
    teacher: shapesOf(teacher, blackImages()),
  };
  for (const { parameters } of [student, teacher]) parameters.dispose();
  return stagePairs("at", shapes).map(({ student: s, teacher: t }) => [s, t]);
}

function networksOf(rng: Rng) {
  const build = (network: "vgg11" | "resnet18", who: string) =>
    NETWORKS[network].build({
      outputs: CLASSES,
      head: "classification",
      imageSize: SIDE,
      width: WIDTH,
      rng: rng.child(who),
    });
  return { student: build("vgg11", "student"), teacher: build("resnet18", "teacher"), build };
}

/** As many black images as memories have rows, in the bytes of one. */
function blackImages(): LabelledImages {
  const shape = { height: SIDE, width: SIDE, channels: 3 };
  const one = imagesInMemory(new Uint8Array(SIDE * SIDE * 3), shape);
  const images = {
    ...one,
    count: IMAGES,
    read: (_: number, to: Uint8Array, at: number) => one.read(0, to, at),
  };
  const labels = Float32Array.from({ length: IMAGES }, (_, i) => i % CLASSES);
  const classNames = Array.from({ length: CLASSES }, (_, c) => `${c}`);
  return {
    images,
    labels,
    task: { kind: "classification", classes: CLASSES, classNames },
    origin: "toy",
  };
}

/** Our side: the runner's step without the making of its batch. */
function prepareDistiller(name: DistillerName): OurWork {
  const distiller = methodOf(name);
  const rng = rngOf(1, "bench");
  const { student, teacher, build } = networksOf(rng);
  const { needs } = distiller;
  const peers = (needs.peers ?? []).map((_, i) => build("vgg11", `peer${i}`));
  const method = distiller.prepare({
    student,
    teacher,
    peers,
    train: blackImages(),
    normalisation: MINUS_ONE_TO_ONE,
    teacherInput: (x) => x,
    training: RECIPE,
    stepsPerEpoch: Math.ceil(IMAGES / BATCH),
    rng: rng.child("method"),
    earlier: {},
  });
  const { adapters } = method;
  const learnt = adapters
    ? ParameterSet.join({ student: student.parameters, adapters })
    : student.parameters;
  const optimiser = sgd(learnt, RECIPE);
  const x = normalInput([BATCH, SIDE, SIDE, 3], rng) as tf.Tensor4D;
  const labels = tf.tensor1d(Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES), "int32");
  const indices = Uint32Array.from({ length: BATCH }, (_, i) => i);
  let step = 0;
  const run = timed(() => {
    const draws = rng.child("step", step);
    const mode = { training: true, rng: draws };
    const progress = { step, steps: 1e6, epoch: 1, epochs: RECIPE.epochs };
    step++;
    const made = { x, labels, indices, ...progress, rng: draws, mode, extras: {} };
    const raw = method.beforeStep?.(made) ?? made;
    const kept: Record<string, tf.Tensor> = {};
    const taps = needs.taps ?? false;
    const seen: DistillBatch = {
      ...raw,
      ...(needs.teacher === "frozen" && {
        teacher: teacher.forward(raw.x, { training: false, taps }),
      }),
      keep: (role, tensor) => void (kept[role] = tf.keep(tensor.clone())),
    };
    const { loss, gradients } = lossAndGradients(
      learnt,
      () => totalOf(method.loss(student.forward(seen.x, { ...mode, taps }), seen)),
    );
    optimiser.apply(gradients, RECIPE.learningRate);
    method.afterStep?.({ ...seen, kept });
    tf.dispose(kept);
    return loss;
  });
  return {
    parameters: learnt.size + peers.reduce((sum, { parameters }) => sum + parameters.size, 0),
    images: BATCH,
    run,
    dispose() {
      for (const { parameters } of [student, teacher, ...peers]) parameters.dispose();
      disposeMethod(method);
      optimiser.state.dispose();
      tf.dispose([x, labels]);
    },
  };
}

function disposeMethod({ adapters, state }: PreparedDistiller): void {
  adapters?.dispose();
  for (const set of Object.values(state ?? {})) set.dispose();
}
