/** A network trained on labelled images, by any distiller: teachers, feature extractors and students. */
import { lookUp } from "../../base/check.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import { outputsOf } from "../../base/contracts.ts";
import { stepDecay } from "../../base/optimisers.ts";
import { join } from "../../base/path.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { type Artifact, canonicalJson, shortHash } from "../../base/store.ts";
import {
  channelStatistics,
  MINUS_ONE_TO_ONE,
  type Normalisation,
} from "../../data/batches/batches.ts";
import { type Distiller } from "../../distill/distiller.ts";
import { nokd } from "../../distill/nokd.ts";
import { trainStudent } from "../../distill/train_student.ts";
import type { Network } from "../../networks/network.ts";
import type { SupervisedTraining } from "../../networks/supervised.ts";
import { NETWORKS } from "../../registry.ts";
import { asParameters, chainSeed, type Context, runStage } from "./context.ts";
import { isDead, untilAlive } from "./dead_network.ts";
import type { NetworkTraining, SizedNetwork } from "../../experiments/specification/schema.ts";

/** A trained network: its stored weights, its curve, and a way to build it. */
export interface TrainedNetwork {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Hash of what it was trained by and on, its seed left out: trainings that differ by the seed alone share it. */
  readonly recipe: string;
  /** Role and name, for people. */
  readonly title: string;
  /** Constants of its input. */
  readonly normalisation: Normalisation;
  /** Test figure after each measured epoch (error rate in percent, or mean absolute error). */
  readonly curve: readonly { readonly epoch: number; readonly test: number }[];
  /** After the last epoch. */
  readonly test: number;
  /** Of its training. */
  readonly seconds: number;
  /** Builds the network with the trained weights; the caller disposes it. */
  open(): Network;
}

/** What to train. */
export interface NetworkJob {
  /** Part of the identity, and shown: "teacher", "extractor", "student". */
  readonly role: string;
  readonly sized: SizedNetwork;
  readonly training: NetworkTraining;
  readonly train: LabelledImages;
  /** Identity of what it is trained on: the data set's checksum, and that of the fakes. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly seed: number;
  /** NOKD unless said. */
  readonly distiller?: Distiller;
  /** Options of the distiller, as part of the identity. */
  readonly distillerOptions?: unknown;
  readonly teacher?: TrainedNetwork;
  /** Renormalise the teacher's input with its own constants (Q6). */
  readonly teacherInput?: "mixed" | "teacher";
  /** Method as tables print it; shown. */
  readonly method?: string;
  /** Epochs between two measurements; not part of the identity, since it moves no weight. */
  readonly curveEvery: number;
}

/** Trains a network, or resumes or reuses it. */
export async function networkStage(context: Context, job: NetworkJob): Promise<TrainedNetwork> {
  const { dataset, progress, signal, setting } = context;
  const { role, sized, training, train, seed, teacher, distiller = nokd(), teacherInput } = job;
  const family = lookUp(NETWORKS, sized.network, "network");
  const options = {
    outputs: outputsOf(train.task),
    head: train.task.kind,
    imageSize: train.images.shape.height as 32 | 64,
    width: sized.width,
  };
  const rng = rngOf(seed, "network", role, sized.network);
  const key = {
    stage: role,
    codeVersion: 1,
    specification: {
      network: sized.network,
      options,
      training,
      seed,
      distiller: distiller.name,
      distillerOptions: job.distillerOptions ?? {},
      ...(teacher && { teacherInput }),
    },
    inputs: { ...job.inputs, ...(teacher && { teacher: teacher.artifact.id }) },
  };
  const method = job.method ? `, ${job.method}` : "";
  const title = `${role} ${family.title} on ${setting}${method}, seed ${seed}`;
  const start = (stream: Rng) => family.build({ ...options, rng: stream.child("weights") });
  const recipe = await shortHash(
    canonicalJson({ ...key, specification: { ...key.specification, seed: undefined } }),
  );
  const artifact = await runStage(context, title, key, async (folder) => {
    // Classifiers standardise by channel, regressors see [−1, 1] (method specification 1.1).
    const normalisation = train.task.kind === "classification"
      ? channelStatistics(train.images)
      : MINUS_ONE_TO_ONE;
    const remedy = "lower its learning rate or start from another seed";
    return await untilAlive({ title, remedy }, async (attempt) => {
      const stream = attempt === 0 ? rng : rng.child("attempt", attempt);
      const student = start(stream);
      const teacherNetwork = teacher?.open();
      try {
        const result = await trainStudent({
          stage: title,
          student,
          teacher: teacherNetwork,
          teacherNormalisation: teacherInput === "teacher" ? teacher?.normalisation : undefined,
          distiller,
          train,
          test: dataset.test,
          normalisation,
          training: asSupervised(training),
          rng: stream,
          seed,
          // A network that died must not be resumed as the next one.
          checkpointPath: join(
            folder,
            `checkpoint${attempt === 0 ? "" : `-${attempt}`}.safetensors`,
          ),
          progress,
          signal,
          evaluateEveryEpochs: job.curveEvery,
        });
        // Scores of classes have no last ReLU.
        const canDie = train.task.kind === "regression";
        if (canDie && await isDead(student, train, normalisation)) return undefined;
        return {
          arrays: result.weights,
          notes: {
            normalisation,
            curve: result.curve,
            test: result.test,
            seconds: result.seconds,
            history: result.history,
            ...(attempt > 0 && { deadNetworks: attempt }),
          },
        };
      } finally {
        student.parameters.dispose();
        teacherNetwork?.parameters.dispose();
      }
    });
  });
  const notes = artifact.notes as unknown as Omit<
    TrainedNetwork,
    "artifact" | "recipe" | "open" | "title"
  >;
  return {
    artifact,
    recipe,
    title: family.title,
    normalisation: notes.normalisation,
    curve: notes.curve,
    test: notes.test,
    seconds: notes.seconds,
    open() {
      const network = start(rng);
      network.parameters.write(asParameters(artifact.arrays));
      return network;
    },
  };
}

/** A teacher on the real images. */
export function teacherStage(context: Context, sized: SizedNetwork): Promise<TrainedNetwork> {
  const { specification, dataset } = context;
  return networkStage(context, {
    role: "teacher",
    sized,
    training: specification.teacherTraining,
    train: dataset.train,
    inputs: { real: dataset.checksum },
    seed: chainSeed(specification),
    curveEvery: specification.curveEvery,
  });
}

/** The recipe as the trainer takes it. */
export function asSupervised(training: NetworkTraining): SupervisedTraining {
  const { learningRate, milestones, ...rest } = training;
  return { ...rest, schedule: stepDecay(learningRate, milestones) };
}
