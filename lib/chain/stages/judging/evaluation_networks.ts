/** The networks that judge a generator: trained on real images of all parts, no part of the chain. */
import type { Dataset, LabelledImages } from "../../../base/contracts.ts";
import { selectLabelled } from "../../../base/contracts.ts";
import type { ParameterSet } from "../../../base/module.ts";
import { stepDecay } from "../../../base/training/optimisers.ts";
import { join } from "../../../base/disk/path.ts";
import { permutation, type Rng, rngOf } from "../../../base/rng.ts";
import type { Artifact } from "../../../base/disk/artifact.ts";
import { MINUS_ONE_TO_ONE } from "../../../data/batches/batches.ts";
import { allImages } from "../../../data/parts/all_images.ts";
import { autoencoderFeatures, buildAutoencoder } from "../../../evaluation/autoencoder.ts";
import type { Judges } from "../../../evaluation/evaluate.ts";
import { buildLabelRegressor, buildTypeClassifier, withTypes } from "../../../evaluation/judges.ts";
import type { EvaluationProtocol } from "../../../evaluation/protocol.ts";
import {
  type EvaluationFit,
  trainAutoencoder,
  trainJudge,
} from "../../../evaluation/train_networks.ts";
import { asParameters, chainSeed, type Context, loopOf, runStage } from "../context.ts";
import { isDead, untilAlive } from "../dead_network.ts";

/** Trained networks that judge. */
export interface EvaluationNetworks {
  /** Of every network, by its role. */
  readonly artifacts: Readonly<Record<string, Artifact>>;
  /** Builds them; the caller calls `dispose`. */
  open(): Judges & { dispose(): void };
}

/** What a network learns from, and how. */
interface Job<T extends { readonly parameters: ParameterSet }> {
  readonly role: "autoencoder" | "regressor" | "classifier";
  readonly recipe: unknown;
  build(rng: Rng): T;
  train(network: T, fit: Omit<EvaluationFit, "train">): Promise<unknown>;
  /** Whether a fresh start is wanted. */
  isDead?(network: T): Promise<boolean>;
}

/**
 * Autoencoder, regressor of labels and, where images have kinds, classifier of kinds; trained, resumed or reused.
 *
 * @throws {RangeError} The regressor came out with zeros for every image five times.
 */
export async function evaluationNetworks(
  context: Context,
  protocol: EvaluationProtocol,
): Promise<EvaluationNetworks> {
  const { width, images, autoencoder: recipe, judges } = protocol;
  const { types } = context.dataset;
  const rng = rngOf(chainSeed(context.specification), "evaluation", context.setting);
  const lesson = lessonOf(context.dataset, images, rng.child("images"));
  const imageSize = context.dataset.train.images.shape.height;
  const { milestones, learningRate, ...rest } = judges;
  const training = {
    ...rest,
    schedule: stepDecay(learningRate, milestones),
    crop: false,
    flip: false,
  };
  const stage = <T extends { readonly parameters: ParameterSet }>(job: Job<T>) =>
    networkOf(context, { width, images, imageSize, rng }, job);

  const autoencoder = await stage({
    role: "autoencoder",
    recipe,
    build: (stream) => buildAutoencoder({ imageSize, width, rng: stream }),
    train: (network, fit) => trainAutoencoder(network, recipe, { ...fit, train: lesson().train }),
  });
  const regressor = await stage({
    role: "regressor",
    recipe: judges,
    build: (stream) => buildLabelRegressor({ imageSize, width, rng: stream }),
    train: (network, fit) => trainJudge(network, training, { ...fit, train: lesson().train }),
    isDead: (network) => isDead(network, lesson().train, MINUS_ONE_TO_ONE),
  });
  const classifier = types === "none" ? undefined : await stage({
    role: "classifier",
    recipe: judges,
    build: (stream) => buildTypeClassifier({ imageSize, width, types: types.count, rng: stream }),
    train(network, fit) {
      const { train, kinds } = lesson();
      const typed = withTypes(train, kinds!, types.count);
      return trainJudge(network, training, { ...fit, train: typed });
    },
  });
  return {
    artifacts: {
      autoencoder: autoencoder.artifact,
      regressor: regressor.artifact,
      ...(classifier && { classifier: classifier.artifact }),
    },
    open() {
      const encoder = autoencoder.open();
      const reader = regressor.open();
      const kinds = classifier?.open();
      return {
        features: autoencoderFeatures(encoder),
        regressor: reader,
        ...(kinds && types !== "none" && { types: { classifier: kinds, count: types.count } }),
        dispose() {
          for (const network of [encoder, reader, kinds]) network?.parameters.dispose();
        },
      };
    },
  };
}

/** What the networks learn from. */
interface Lesson {
  readonly train: LabelledImages;
  /** Kind of each image; undefined where the set has none. */
  readonly kinds?: Uint16Array;
}

/** Copies of images are made when the first network asks for them: trained ones need none. */
function lessonOf(dataset: Dataset, images: number | "all", rng: Rng): () => Lesson {
  let made: Lesson | undefined;
  return () => {
    if (made) return made;
    const { set, types } = allImages(dataset);
    const total = set.labels.length;
    const chosen = permutation(total, rng)
      .subarray(0, images === "all" ? total : Math.min(images, total));
    return made = {
      train: selectLabelled(set, chosen),
      ...(types && { kinds: Uint16Array.from(chosen, (position) => types.of[position]!) }),
    };
  };
}

/** One network as a stage result. */
async function networkOf<T extends { readonly parameters: ParameterSet }>(
  context: Context,
  { rng, ...options }: { width: number; images: number | "all"; imageSize: number; rng: Rng },
  { role, recipe, build, train, isDead }: Job<T>,
): Promise<{ artifact: Artifact; open(): T }> {
  const { specification, dataset, setting } = context;
  const seed = chainSeed(specification);
  const key = {
    stage: `evaluation-${role}`,
    codeVersion: 1,
    specification: { ...options, recipe, seed },
    inputs: { real: dataset.checksum },
  };
  const title = `evaluation ${role} on ${setting}`;
  const start = (attempt: number) => build(rng.child(role, "weights", attempt));
  const artifact = await runStage(context, title, key, async (folder) => {
    const remedy = "lower evaluation.judges.learningRate";
    return await untilAlive({ title, remedy }, async (attempt) => {
      const network = start(attempt);
      try {
        await train(network, {
          rng: rng.child(role, attempt),
          loop: {
            ...loopOf(context, { title, seed }),
            checkpointPath: join(folder, `checkpoint-${attempt}.safetensors`),
          },
        });
        if (await isDead?.(network)) return undefined;
        return { arrays: await network.parameters.read(), notes: { attempt } };
      } finally {
        network.parameters.dispose();
      }
    });
  });
  return {
    artifact,
    open() {
      const network = start(0);
      network.parameters.write(asParameters(artifact.arrays));
      return network;
    },
  };
}
