/** Time and memory of one step of each part of a specification, measured on this machine. */
import { type LabelledImages, outputsOf, selectLabelled } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { Trainee } from "../../base/train_loop.ts";
import { densityRatio } from "../../density_ratio/density_ratio.ts";
import { classifierFeatures, type FeatureExtractor } from "../../density_ratio/features.ts";
import { sparseTrainee } from "../../density_ratio/fit_sparse_autoencoder.ts";
import {
  autoencoderFeatures,
  buildSparseAutoencoder,
  buildSparseEncoder,
} from "../../density_ratio/sparse_autoencoder.ts";
import { ratioTrainee } from "../../density_ratio/fit.ts";
import { freshRatioData, type RatioData } from "../../density_ratio/ratio_data.ts";
import { freshScalarRatioData } from "../../density_ratio/scalar_ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { nokd } from "../../distill/nokd.ts";
import { distillTrainee } from "../../distill/trainee.ts";
import { EMBEDDING_SIZE } from "../../gan/label_embedding.ts";
import type { Generator } from "../../gan/gan.ts";
import { drawImages } from "../../gan/sample.ts";
import { cganTrainee } from "../../gan/train_cgan.ts";
import type { Network } from "../../networks/network.ts";
import { NETWORKS } from "../../registry.ts";
import type { Context } from "../stages/context.ts";
import type { AutoencoderSpecification, NetworkTraining, SizedNetwork } from "../experiment.ts";
import type { OpenCondition } from "../stages/condition_stage.ts";
import { cganData, ganParts } from "../stages/gan_stage.ts";
import { asSupervised } from "../stages/network_stage.ts";

/** Time and memory of one step. */
export interface Cost {
  readonly seconds: number;
  /** Bytes of weights, optimiser and activations. */
  readonly bytes: number;
}

/** First batch that is tried. */
const FIRST_BATCH = 8;

/** One step of something, at a batch. */
interface Probe {
  step(): Record<string, tf.Scalar>;
  dispose(): void;
}

/** Measures steps of the parts of a specification, each once. */
export class Gauge {
  readonly #patience: number;
  readonly #costs = new Map<string, Promise<Cost>>();

  /** @param secondsPerMeasurement Batches grow until a step takes about this long. */
  constructor(readonly context: Context, secondsPerMeasurement: number) {
    this.#patience = secondsPerMeasurement;
  }

  /** Entries of the density ratio's feature vectors. */
  get featureSize(): number {
    return this.#withExtractor(({ size }) => size);
  }

  /** A plain training step of a network. */
  training(sized: SizedNetwork, training: NetworkTraining): Promise<Cost> {
    const { network, width } = sized;
    const name = JSON.stringify(["training", network, width, training.batch]);
    return this.#once(
      name,
      () =>
        this.#withNetworks([sized], ([student]) =>
          this.#measure(training.batch, (batch) => {
            const trainee = distillTrainee({
              distiller: nokd(),
              student: student!,
              peers: [],
              train: this.#images(batch),
              normalisation: { mean: [0.5], std: [0.25] },
              training: asSupervised({ ...training, batch, epochs: 1 }),
              rng: rngOf(1, "estimate", network),
              earlier: {},
            });
            return { step: () => trainee.step(0), dispose: () => trainee.dispose() };
          })),
    );
  }

  /** A pass of a frozen network. */
  inference(sized: SizedNetwork, wanted: number): Promise<Cost> {
    const { network, width } = sized;
    return this.#once(
      JSON.stringify(["inference", network, width, wanted]),
      () =>
        this.#withNetworks([sized], ([frozen]) =>
          this.#measure(wanted, (batch) => ({
            step: () => ({
              mean: frozen!.forward(this.#zeros(batch), { training: false }).output.mean(),
            }),
            dispose() {},
          }))),
    );
  }

  /** The D steps and the G step of the cGAN, with its guide if it has one. */
  gan(): Promise<Cost> {
    return this.#once("gan", async () => {
      const { specification } = this.context;
      const { guide } = specification.gan;
      const { family, options, training } = ganParts(this.context, this.#conditionSize);
      const rng = rngOf(1, "estimate", "cgan");
      const pair = family.build({ ...options, rng });
      const isGuided = guide !== "none";
      try {
        return await this.#withNetworks(
          isGuided ? [guide] : [],
          ([judge]) =>
            this.#measure(training.batch, (batch) => {
              const trainee = cganTrainee(
                pair,
                cganData(this.context, this.#condition(), rng, this.#images(batch)),
                {
                  ...training,
                  batch,
                  ...(training.guide && { guide: { ...training.guide, start: 0 } }),
                },
                rng,
                judge && ((images) => judge.forward(images, { training: false }).output),
              );
              return { step: () => trainee.step(0), dispose: () => disposeOptimisers(trainee) };
            }),
        );
      } finally {
        pair.generator.parameters.dispose();
        pair.discriminator.parameters.dispose();
      }
    });
  }

  /** A step of the density-ratio fit; with fresh fakes, G and the extractor run in it. */
  ratio(): Promise<Cost> {
    return this.#once(
      "ratio",
      () =>
        this.#withGenerator(({ generator, extractor, net, condition }) => {
          const { ratio, compat } = this.context.specification;
          const rng = rngOf(1, "estimate", "ratio");
          return this.#measure(ratio.batch, (batch) => {
            const pooled: RatioData = {
              stepsPerEpoch: 1,
              batch: () => ({
                real: tf.ones([batch, extractor.size]),
                fake: tf.zeros([batch, extractor.size]),
                condition: condition(batch),
              }),
            };
            const { conditionOf } = this.#condition();
            const sources = { set: this.#images(batch), generator, extractor, conditionOf };
            const data = ratio.pool === "fresh"
              ? this.context.dataset.train.task.kind === "regression"
                ? freshScalarRatioData(sources, { batch }, rng)
                : freshRatioData(sources, { batch, flipFakes: compat.flipFakes }, rng)
              : pooled;
            const trainee = ratioTrainee({ net, data }, ratio, rng);
            return { step: () => trainee.step(0), dispose: () => trainee.dispose() };
          });
        }),
    );
  }

  /** A training step of the sparse autoencoder. */
  autoencoder({ width, batch: wanted, ...training }: AutoencoderSpecification): Promise<Cost> {
    return this.#once("autoencoder", async () => {
      const rng = rngOf(1, "estimate", "autoencoder");
      const imageSize = this.context.dataset.train.images.shape.height;
      const autoencoder = buildSparseAutoencoder({ imageSize, width, rng });
      try {
        return await this.#measure(wanted, (batch) => {
          const set = this.#images(batch);
          const trainee = sparseTrainee({ autoencoder, set }, { ...training, batch }, rng);
          return { step: () => trainee.step(0), dispose: () => trainee.dispose() };
        });
      } finally {
        autoencoder.parameters.dispose();
      }
    });
  }

  /** A round of fakes, with their ratios where they are subsampled. */
  fakes(isSubsampled: boolean): Promise<Cost> {
    return this.#once(
      `fakes ${isSubsampled}`,
      () =>
        this.#withGenerator(({ generator, extractor, net, condition }) => {
          const model = densityRatio({ extractor, net });
          const rng = rngOf(1, "estimate", "fakes");
          return this.#measure(this.context.specification.synthesis.batch, (batch) => ({
            step() {
              const drawn = drawImages(generator, condition(batch), rng);
              const seen = isSubsampled ? model.ratios(drawn, condition(batch)) : drawn;
              return { mean: seen.mean() };
            },
            dispose() {},
          }));
        }),
    );
  }

  #once(name: string, measure: () => Promise<Cost>): Promise<Cost> {
    let cost = this.#costs.get(name);
    if (cost === undefined) this.#costs.set(name, cost = measure());
    return cost;
  }

  /** Time and peak of a step at growing batches, carried on to the wanted one. */
  async #measure(wanted: number, probeOf: (batch: number) => Probe): Promise<Cost> {
    let batch = Math.min(FIRST_BATCH, wanted);
    let smaller: { batch: number; seconds: number } | undefined;
    while (true) {
      const { seconds, resident, activations } = await look(probeOf(batch));
      const isSlow = 4 * seconds > this.#patience;
      // What a step costs at any batch does not count where it takes that long.
      const isEnough = smaller !== undefined || seconds > 5 * this.#patience;
      if (batch === wanted || (isSlow && isEnough)) {
        return {
          seconds: carryOn(smaller, { batch, seconds }, wanted),
          bytes: resident + activations * wanted / batch,
        };
      }
      smaller = { batch, seconds };
      batch = Math.min(wanted, (isSlow ? 2 : 4) * batch);
    }
  }

  get #conditionSize(): number {
    const { task } = this.context.dataset.train;
    return task.kind === "classification" ? task.classes : EMBEDDING_SIZE;
  }

  /** Conditions of the right size; what they say moves no clock. */
  #condition(): OpenCondition {
    const size = this.#conditionSize;
    return { conditionOf: (labels) => tf.zeros([labels.length, size]), dispose() {} };
  }

  /** Spread over the set, so that scalar labels differ. */
  #images(count: number): LabelledImages {
    const { train } = this.context.dataset;
    const total = train.labels.length;
    const indices = Uint32Array.from({ length: count }, (_, i) => Math.floor(i * total / count));
    return selectLabelled(train, indices);
  }

  #zeros(batch: number): tf.Tensor4D {
    const { height, width, channels } = this.context.dataset.train.images.shape;
    return tf.zeros([batch, height, width, channels]);
  }

  /** The untrained extractor, for as long as `use` takes. */
  #withExtractor<T>(use: (extractor: FeatureExtractor) => T): T {
    const { dataset, specification } = this.context;
    const { extractor } = specification.ratio;
    const imageSize = dataset.train.images.shape.height;
    if ("autoencoder" in extractor) {
      const rng = rngOf(1, "estimate", "autoencoder");
      const encoder = buildSparseEncoder({ imageSize, width: extractor.width, rng });
      return within(() => use(autoencoderFeatures(encoder)), () => encoder.parameters.dispose());
    }
    return this.#withNetworks([extractor], ([network]) =>
      use(classifierFeatures(network!, {
        imageSize,
        extractorInput: specification.compat.extractorInput,
        normalisation: { mean: [0.5], std: [0.25] },
      })));
  }

  /** Untrained networks, for as long as `use` takes. */
  #withNetworks<T>(sized: readonly SizedNetwork[], use: (networks: Network[]) => T): T {
    const { task, images } = this.context.dataset.train;
    const networks = sized.map(({ network, width }) =>
      NETWORKS[network].build({
        outputs: outputsOf(task),
        head: task.kind,
        imageSize: images.shape.height as 32 | 64,
        width,
        rng: rngOf(1, "estimate", network),
      })
    );
    const dispose = () => {
      for (const network of networks) network.parameters.dispose();
    };
    return within(() => use(networks), dispose);
  }

  #withGenerator(
    use: (parts: {
      generator: Generator;
      extractor: FeatureExtractor;
      net: ReturnType<typeof buildRatioNet>;
      condition: (batch: number) => tf.Tensor2D;
    }) => Promise<Cost>,
  ): Promise<Cost> {
    const { specification, dataset } = this.context;
    const { family, options } = ganParts(this.context, this.#conditionSize);
    return this.#withExtractor(async (extractor) => {
      const rng = rngOf(1, "estimate", "generator");
      const { generator, discriminator } = family.build({ ...options, rng });
      discriminator.parameters.dispose();
      const net = buildRatioNet({
        conditionSize: this.#conditionSize,
        featureSize: extractor.size,
        embedding: dataset.train.task.kind === "classification" ? "trainable" : "given",
        width: specification.ratio.width,
        rng,
      });
      const { conditionOf } = this.#condition();
      const condition = (batch: number) => conditionOf(new Float32Array(batch));
      try {
        return await use({ generator, extractor, net, condition });
      } finally {
        generator.parameters.dispose();
        net.parameters.dispose();
      }
    });
  }
}

/** Cleans up after a result, or after the promise of one. */
function within<T>(work: () => T, cleanUp: () => void): T {
  const result = work();
  if (result instanceof Promise) return result.finally(cleanUp) as T;
  cleanUp();
  return result;
}

/** Two steps: one for its memory, one for its time. */
async function look(probe: Probe) {
  try {
    const resident = tf.memory().numBytes;
    // The first step makes kernels and caches, so it is not the one that is timed.
    const profile = await tf.profile(() => Object.values(tf.tidy(() => probe.step())));
    tf.dispose(profile.result as tf.Scalar[]);
    const start = performance.now();
    const scalars = Object.values(tf.tidy(() => probe.step()));
    await Promise.all(scalars.map((scalar) => scalar.data()));
    const seconds = (performance.now() - start) / 1000;
    tf.dispose(scalars);
    return { seconds, resident, activations: Math.max(0, profile.peakBytes - resident) };
  } finally {
    probe.dispose();
  }
}

/** A point of a measurement. */
interface Timed {
  readonly batch: number;
  readonly seconds: number;
}

/**
 * Seconds at `wanted`, on the line through two measurements: a step has costs that do not grow with its
 * batch, such as the optimiser's. In proportion where there is one measurement, or where noise hides the
 * slope.
 */
export function carryOn(smaller: Timed | undefined, larger: Timed, wanted: number): number {
  const rest = wanted - larger.batch;
  if (smaller === undefined || smaller.seconds >= larger.seconds) {
    return larger.seconds * wanted / larger.batch;
  }
  const slope = (larger.seconds - smaller.seconds) / (larger.batch - smaller.batch);
  return larger.seconds + Math.min(slope, larger.seconds / larger.batch) * rest;
}

/** Everything of a cGAN's training but the two networks. */
function disposeOptimisers(trainee: Trainee): void {
  for (const [role, set] of Object.entries(trainee.state)) {
    if (role !== "generator" && role !== "discriminator") set.dispose();
  }
}
