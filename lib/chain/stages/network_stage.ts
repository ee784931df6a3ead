/** A network trained on labelled images, by any distiller: teachers, feature extractors and students. */
import { lookUp } from "../../base/check.ts";
import type { NamedArrays } from "../../base/module.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { canonicalJson, shortHash, stageId } from "../../base/disk/identity.ts";
import { TrainingFailed } from "../../base/training/failures.ts";
import { chanceWarning } from "../../distill/chance.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { peerRole } from "../../distill/trainee.ts";
import type { Network } from "../../networks/network.ts";
import { NETWORKS } from "../../registry.ts";
import { atPrecision } from "./at_precision.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import { untilAlive } from "./dead_network.ts";
import {
  builderOf,
  hasMixedInput,
  isCopy,
  type NetworkJob,
  networkShape,
  streamOf,
  type TrainedNetwork,
  type TrainedPeer,
} from "./network_job.ts";
import { measuredElsewhere } from "./measured_elsewhere.ts";
import { raisedVersions } from "./raised_versions.ts";
import { trainNetwork } from "./train_network.ts";
import { type NetworkNotes, OWN, splitRoles } from "./stored_network.ts";
import type { SizedNetwork } from "../../experiments/specification/schema.ts";

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

/** What decides a trained network, as the store names it. */
function keyOf(
  { specification: { compat: { teacherInput } } }: Context,
  { role, sized, training, train, seed, teacher, startsFrom, distiller = nokd(), ...job }:
    NetworkJob,
) {
  const { earlier = {}, peers = [] } = job;
  const { codeVersion = 1 } = distiller;
  const startInput = hasMixedInput({ startsFrom, distiller, train, inputs: job.inputs }, {
    teacherInput,
  });
  const networkVersions = raisedVersions(
    [sized, ...peers].map(({ network }) => network),
    NETWORKS,
  );
  return {
    stage: role,
    codeVersion: 1,
    specification: {
      network: sized.network,
      options: { ...networkShape(train), width: sized.width },
      training,
      seed,
      distiller: distiller.name,
      distillerOptions: job.distillerOptions ?? {},
      ...(codeVersion > 1 && { distillerVersion: codeVersion }),
      ...(Object.keys(networkVersions).length > 0 && { networkVersions }),
      ...(peers.length > 0 && { peers }),
      ...(teacher && { teacherInput }),
      ...(startInput && { startInput: teacherInput }),
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
}

/**
 * Trains a network, or resumes or reuses it.
 *
 * @throws {NetworkFailed} Its training came to nothing.
 */
export async function networkStage(context: Context, asked: NetworkJob): Promise<TrainedNetwork> {
  const { dataset, setting, specification } = context;
  const job = { ...asked, training: atPrecision(specification, asked.training) };
  const { role, sized, seed } = job;
  const { title: family } = lookUp(NETWORKS, sized.network, "network");
  const key = keyOf(context, job);
  const method = job.method ? `, ${job.method}` : "";
  const title = `${role} ${family} on ${setting}${method}, seed ${seed}`;
  const recipe = await shortHash(
    canonicalJson({ ...key, specification: { ...key.specification, seed: undefined } }),
  );
  const remedy = "lower its learning rate or start from another seed";
  const artifact = await runStage(
    context,
    title,
    key,
    (folder) =>
      untilAlive(
        { title, remedy },
        (attempt) => trainNetwork(context, job, { title, folder, attempt }),
      ),
    ({ notes }) =>
      chanceWarning(
        (notes as unknown as NetworkNotes).test,
        dataset.measuredElsewhere?.noted ?? dataset.test,
      ),
  ).catch(async (error) => {
    if (!(error instanceof TrainingFailed)) throw error;
    throw new NetworkFailed(error, { id: await stageId(key), recipe, title: family });
  });
  const trained = trainedNetwork(artifact, job, { recipe, title: family });
  return dataset.measuredElsewhere === undefined
    ? trained
    : await measuredElsewhere(context, trained, title);
}

/** What lies in the store, as a network. */
function trainedNetwork(
  artifact: Artifact,
  job: NetworkJob,
  names: Pick<TrainedNetwork, "recipe" | "title">,
): TrainedNetwork {
  const { sized, startsFrom, peers = [] } = job;
  const [build, rng] = [builderOf(job), streamOf(job)];
  const { normalisation, curve, test, seconds, cost, speed, ...notes } = artifact
    .notes as unknown as NetworkNotes;
  const rolesOf = () => splitRoles(artifact.arrays);
  const weights = () => isCopy(job) ? startsFrom!.weights() : rolesOf()[OWN] ?? {};
  return {
    ...names,
    artifact,
    normalisation,
    curve,
    test,
    seconds,
    ...(cost && { cost }),
    ...(speed && { speed }),
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
