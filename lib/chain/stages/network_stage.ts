/** A network trained on labelled images, by any distiller: teachers, feature extractors and students. */
import { lookUp } from "../../base/check.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import { outputsOf } from "../../base/contracts.ts";
import type { NamedArrays } from "../../base/module.ts";
import { join } from "../../base/disk/path.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { type Artifact } from "../../base/disk/artifact.ts";
import { canonicalJson, shortHash, stageId } from "../../base/disk/identity.ts";
import { TrainingFailed } from "../../base/training/train_loop.ts";
import {
  channelStatistics,
  MINUS_ONE_TO_ONE,
  type Normalisation,
} from "../../data/batches/batches.ts";
import { chanceWarning } from "../../distill/chance.ts";
import { type Distiller } from "../../distill/distiller.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { peerRole } from "../../distill/trainee.ts";
import { type TrainingCost, trainStudent } from "../../distill/train_student.ts";
import type { Network, NetworkOptions } from "../../networks/network.ts";
import type { TrainingRecipe } from "../../networks/supervised.ts";
import { NETWORKS } from "../../registry.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import { deathWatch, isDead, untilAlive } from "./dead_network.ts";
import { raisedVersions } from "./raised_versions.ts";
import { type NetworkNotes, OWN, splitRoles, storedNetwork } from "./stored_network.ts";
import type { SizedNetwork } from "../../experiments/specification/schema.ts";

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
  /** Of its kind: the network starts from these weights and keeps the constants of their input. */
  readonly startsFrom?: TrainedNetwork;
  /** Earlier stages that the distiller reads, by name. */
  readonly earlier?: Readonly<Record<string, TrainedNetwork>>;
  /** Networks that learn along. */
  readonly peers?: readonly SizedNetwork[];
  /** Method as tables print it; shown. */
  readonly method?: string;
}

/** What a network would have been whose training came to nothing. */
export interface FailedNetwork extends Pick<TrainedNetwork, "title" | "recipe"> {
  /** Of its stage. */
  readonly id: string;
}

/** A training of a network that came to nothing, with what its record needs. */
export class NetworkFailed extends TrainingFailed {
  constructor(
    cause: TrainingFailed,
    /** What the trained network would have been. */
    readonly network: FailedNetwork,
  ) {
    super(cause.message, cause.finding);
    this.cause = cause;
  }
}

/** What images and labels decide of a network that learns them. */
export function networkShape(
  { task, images }: Pick<LabelledImages, "task" | "images">,
): Pick<NetworkOptions, "outputs" | "head" | "imageSize"> {
  return { outputs: outputsOf(task), head: task.kind, imageSize: images.shape.height };
}

/**
 * Trains a network, or resumes or reuses it.
 *
 * @throws {NetworkFailed} Its training came to nothing.
 */
export async function networkStage(context: Context, job: NetworkJob): Promise<TrainedNetwork> {
  const { dataset, progress, signal, setting } = context;
  const { compat: { teacherInput }, curveEvery } = context.specification;
  const { role, sized, training, train, seed, teacher, startsFrom, distiller = nokd() } = job;
  const { earlier = {}, peers = [] } = job;
  const { task, images } = train;
  const family = lookUp(NETWORKS, sized.network, "network");
  const shape = networkShape(train);
  const build = ({ network, width }: SizedNetwork, rng: Rng) =>
    lookUp(NETWORKS, network, "network").build({ ...shape, width, rng: rng.child("weights") });
  const rng = rngOf(seed, "network", role, sized.network);
  const { codeVersion = 1, needs: { trainsStudent = true } } = distiller;
  const networkVersions = raisedVersions(
    [sized, ...peers].map(({ network }) => network),
    NETWORKS,
  );
  const key = {
    stage: role,
    codeVersion: 1,
    specification: {
      network: sized.network,
      options: { ...shape, width: sized.width },
      training,
      seed,
      distiller: distiller.name,
      distillerOptions: job.distillerOptions ?? {},
      ...(codeVersion > 1 && { distillerVersion: codeVersion }),
      ...(Object.keys(networkVersions).length > 0 && { networkVersions }),
      ...(peers.length > 0 && { peers }),
      ...(teacher && { teacherInput }),
    },
    inputs: {
      ...job.inputs,
      ...(teacher && { teacher: teacher.artifact.id }),
      ...(startsFrom && { start: startsFrom.artifact.id }),
      ...Object.fromEntries(
        Object.entries(earlier).map(([stage, { artifact }]) => [`left by ${stage}`, artifact.id]),
      ),
    },
  };
  const method = job.method ? `, ${job.method}` : "";
  const title = `${role} ${family.title} on ${setting}${method}, seed ${seed}`;
  const recipe = await shortHash(
    canonicalJson({ ...key, specification: { ...key.specification, seed: undefined } }),
  );
  // A frozen copy is stored where it came from.
  const isCopy = startsFrom !== undefined && !trainsStudent;
  const artifact = await runStage(context, title, key, async (folder) => {
    // Classifiers standardise by channel, regressors see [−1, 1] (method specification 1.1).
    const normalisation = startsFrom?.normalisation ??
      (task.kind === "classification" ? channelStatistics(images) : MINUS_ONE_TO_ONE);
    const remedy = "lower its learning rate or start from another seed";
    return await untilAlive({ title, remedy }, async (attempt) => {
      const stream = attempt === 0 ? rng : rng.child("attempt", attempt);
      const student = build(sized, stream);
      const networks: Network[] = [];
      const teacherNetwork = teacher?.open();
      try {
        for (const [i, peer] of peers.entries()) {
          const start = (draw: number) => build(peer, stream.child(peerRole(i), draw));
          networks.push(await liveStart(start, train, normalisation));
        }
        if (startsFrom) student.parameters.write(startsFrom.weights());
        // Scores of classes have no last ReLU.
        const mayDie = task.kind === "regression" && trainsStudent;
        const result = await trainStudent({
          stage: title,
          student,
          peers: networks,
          teacher: teacherNetwork,
          teacherNormalisation: teacherInput === "teacher" ? teacher?.normalisation : undefined,
          distiller,
          train,
          test: dataset.test,
          normalisation,
          training,
          rng: stream,
          seed,
          earlier: Object.fromEntries(
            Object.entries(earlier).map(([stage, trained]) => [stage, trained.leftovers()]),
          ),
          // A network that died must not be resumed as the next one.
          checkpointPath: join(
            folder,
            `checkpoint${attempt === 0 ? "" : `-${attempt}`}.safetensors`,
          ),
          progress,
          signal,
          evaluateEveryEpochs: curveEvery,
          ...(mayDie && { onMeasured: deathWatch([student, ...networks], train, normalisation) }),
        });
        if (mayDie) {
          for (const network of [student, ...networks]) {
            if (await isDead(network, train, normalisation)) return undefined;
          }
        }
        return storedNetwork(result, { task, normalisation, isCopy, deadNetworks: attempt });
      } finally {
        for (const network of [student, ...networks, teacherNetwork]) {
          network?.parameters.dispose();
        }
      }
    });
  }, ({ notes }) => chanceWarning((notes as unknown as NetworkNotes).test, dataset.test))
    .catch(async (error) => {
      if (!(error instanceof TrainingFailed)) throw error;
      throw new NetworkFailed(error, {
        id: await stageId(key),
        recipe,
        title: family.title,
      });
    });
  const notes = artifact.notes as unknown as NetworkNotes;
  const rolesOf = () => splitRoles(artifact.arrays);
  const weights = () => isCopy ? startsFrom.weights() : rolesOf()[OWN] ?? {};
  return {
    artifact,
    recipe,
    title: family.title,
    normalisation: notes.normalisation,
    curve: notes.curve,
    test: notes.test,
    seconds: notes.seconds,
    ...(notes.cost && { cost: notes.cost }),
    peers: peers.map((peer, i): TrainedPeer => ({
      title: lookUp(NETWORKS, peer.network, "network").title,
      test: notes.peers?.[i]!,
      weights: () => rolesOf()[peerRole(i)]!,
      open: () => withWeights(build(peer, rng), rolesOf()[peerRole(i)]!),
    })),
    weights,
    leftovers() {
      const { [OWN]: _own, ...others } = rolesOf();
      return others;
    },
    open: () => withWeights(build(sized, rng), weights()),
  };
}

function withWeights(network: Network, weights: NamedArrays): Network {
  network.parameters.write(weights);
  return network;
}

/** Draws of a peer's first weights. */
const STARTS = 5;

/**
 * A regressor that gives something at its start, if one of five draws does: of several that learn together one that
 * is dead from the start would cost the training of all.
 */
async function liveStart(
  start: (draw: number) => Network,
  train: LabelledImages,
  normalisation: Normalisation,
): Promise<Network> {
  for (let draw = 0;; draw++) {
    const network = start(draw);
    const mayBeDead = train.task.kind === "regression" && draw < STARTS - 1;
    if (!mayBeDead || !(await isDead(network, train, normalisation))) return network;
    network.parameters.dispose();
  }
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
  });
}
