/** What to train as a network, by any distiller, and what a trained one is to the rest of the chain. */
import { lookUp } from "../../base/check.ts";
import { type LabelledImages, outputsOf } from "../../base/contracts.ts";
import type { NamedArrays } from "../../base/module.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import type { Normalisation } from "../../data/batches/batches.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import type { TrainingCost } from "../../distill/train_student.ts";
import type { Network, NetworkOptions } from "../../networks/network.ts";
import type { RecordedSpeed } from "../../base/disk/records.ts";
import type { TrainingRecipe } from "../../networks/supervised.ts";
import { NETWORKS } from "../../registry.ts";
import type { SizedNetwork } from "../../experiments/specification/schema.ts";
import type { Compatibility } from "../../experiments/specification/synthesis_schema.ts";

/** A trained network: its stored weights, its curve, and a way to build it. */
export interface TrainedNetwork {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Hash of what it was trained by and on, its seed left out: trainings that differ only by the seed share it. */
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
  /** What its training took beside its time; networks that an older version trained have none. */
  readonly cost?: TrainingCost;
  /** How fast it answered right after its training; of students that an older version did not train. */
  readonly speed?: RecordedSpeed;
  /** Networks that learnt along, in the order in which its method names them; none by default. */
  readonly peers: readonly TrainedPeer[];
  /** Its weights by name. */
  weights(): NamedArrays;
  /** What its method left beside it by role, and its peers' weights as "peer1", "peer2" ... */
  leftovers(): Readonly<Record<string, NamedArrays>>;
  /** Builds the network with the trained weights; the caller disposes it. */
  open(): Network;
}

/** A network that learnt along with another; its input has the same constants. */
export type TrainedPeer = Pick<TrainedNetwork, "title" | "test" | "weights" | "open">;

/** What to train. */
export interface NetworkJob {
  /** Part of the identity, and shown: "teacher", "extractor", "student". */
  readonly role: string;
  readonly sized: SizedNetwork;
  readonly training: TrainingRecipe;
  readonly train: LabelledImages;
  /** Identity of what it is trained on: the data set's checksum, and that of the fakes. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Default: NOKD. */
  readonly distiller?: Distiller;
  /** Options of the distiller, as part of the identity. */
  readonly distillerOptions?: unknown;
  readonly teacher?: TrainedNetwork;
  /** Of its kind: the network starts from these weights and keeps the constants of their input, but see `hasMixedInput`. */
  readonly startsFrom?: TrainedNetwork;
  /** Earlier stages that the distiller reads, by name. */
  readonly earlier?: Readonly<Record<string, TrainedNetwork>>;
  /** Networks that learn along. */
  readonly peers?: readonly SizedNetwork[];
  /** Method as tables print it; shown. */
  readonly method?: string;
}

/** What images and labels decide of a network that learns them. */
export function networkShape(
  { task, images }: Pick<LabelledImages, "task" | "images">,
): Pick<NetworkOptions, "outputs" | "head" | "imageSize"> {
  return { outputs: outputsOf(task), head: task.kind, imageSize: images.shape.height };
}

/** Builds networks for the images and labels of a job; weights are drawn from the stream. */
export function builderOf({ train }: NetworkJob): (sized: SizedNetwork, rng: Rng) => Network {
  const shape = networkShape(train);
  return ({ network, width }, rng) =>
    lookUp(NETWORKS, network, "network").build({ ...shape, width, rng: rng.child("weights") });
}

/** A frozen copy is stored where it came from. */
export function isCopy(
  { startsFrom, distiller = nokd() }: Pick<NetworkJob, "startsFrom" | "distiller">,
): boolean {
  const { trainsStudent = true } = distiller.needs;
  return startsFrom !== undefined && !trainsStudent;
}

/**
 * Whether a frozen copy of the teacher, under a head or a paraphraser that learns, sees images in the constants of a set
 * with fakes, as the teacher does in the student's stage (quirk Q6). Without fakes, and for scalar labels, these are the
 * teacher's own.
 */
export function hasMixedInput(
  job: Pick<NetworkJob, "startsFrom" | "distiller" | "train" | "inputs">,
  { teacherInput }: Pick<Compatibility, "teacherInput">,
): boolean {
  return teacherInput === "mixed" && isCopy(job) && job.inputs.fake !== undefined &&
    job.train.task.kind === "classification";
}

/** Draws of a network's first weights and of its batches. */
export function streamOf({ seed, role, sized }: NetworkJob): Rng {
  return rngOf(seed, "network", role, sized.network);
}
