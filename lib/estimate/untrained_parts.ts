/** Parts of a specification as they are before any training: their steps take as long as later ones. */
import { type LabelledImages, outputsOf, selectLabelled } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { classifierFeatures, type FeatureExtractor } from "../density_ratio/features.ts";
import { buildRatioNet, type RatioNet } from "../density_ratio/ratio_net.ts";
import { autoencoderFeatures, buildSparseEncoder } from "../density_ratio/sparse_autoencoder.ts";
import type { Generator } from "../gan/gan.ts";
import { variedImages } from "../gan/diffusion/variations.ts";
import { EMBEDDING_SIZE } from "../gan/scalar_labels/label_embedding.ts";
import type { Network } from "../networks/network.ts";
import { NETWORKS } from "../registry.ts";
import type { SizedNetwork } from "../experiments/specification/schema.ts";
import { variesImages } from "../experiments/specification/varies_images.ts";
import type { OpenCondition } from "../chain/stages/generator/condition_stage.ts";
import type { Context } from "../chain/stages/context.ts";
import {
  type GeneratorParts,
  generatorParts,
  type PartChanges,
} from "../chain/stages/generator/generator_parts.ts";

/** What a density ratio is fitted and fakes are drawn with. */
export interface RatioParts {
  readonly generator: Generator;
  readonly extractor: FeatureExtractor;
  readonly net: RatioNet;
  /** Conditions of a batch. */
  condition(batch: number): tf.Tensor2D;
}

/** Makes the parts of a specification, lends them out and frees them. */
export class UntrainedParts {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Entries of the vector that the parts receive for a label. */
  get conditionSize(): number {
    const { task } = this.#context.dataset.train;
    return task.kind === "classification" ? task.classes : EMBEDDING_SIZE;
  }

  /** What the specification says about its generator. */
  generatorParts(changes: PartChanges = {}): GeneratorParts {
    return generatorParts(this.#context, this.conditionSize, changes);
  }

  /** Conditions of the right size; what they say moves no clock. */
  condition(): OpenCondition {
    const size = this.conditionSize;
    return { conditionOf: (labels) => tf.zeros([labels.length, size]), dispose() {} };
  }

  /** Spread over the set, so that scalar labels differ. */
  images(count: number): LabelledImages {
    const { train } = this.#context.dataset;
    const total = train.labels.length;
    const indices = Uint32Array.from({ length: count }, (_, i) => Math.floor(i * total / count));
    return selectLabelled(train, indices);
  }

  /** Blank images. */
  zeros(batch: number): tf.Tensor4D {
    const { height, width, channels } = this.#context.dataset.train.images.shape;
    return tf.zeros([batch, height, width, channels]);
  }

  /** The untrained extractor, for as long as `use` takes. */
  withExtractor<T>(use: (extractor: FeatureExtractor) => T): T {
    const { dataset, specification } = this.#context;
    const { extractor } = specification.ratio;
    const imageSize = dataset.train.images.shape.height;
    if ("autoencoder" in extractor) {
      const rng = rngOf(1, "estimate", "autoencoder");
      const encoder = buildSparseEncoder({ imageSize, width: extractor.width, rng });
      return within(() => use(autoencoderFeatures(encoder)), () => encoder.parameters.dispose());
    }
    return this.withNetworks([extractor], ([network]) =>
      use(classifierFeatures(network!, {
        imageSize,
        extractorInput: specification.compat.extractorInput,
        normalisation: { mean: [0.5], std: [0.25] },
      })));
  }

  /** UntrainedParts networks, for as long as `use` takes. */
  withNetworks<T>(sized: readonly SizedNetwork[], use: (networks: Network[]) => T): T {
    const { task, images } = this.#context.dataset.train;
    const networks = sized.map(({ network, width }) =>
      NETWORKS[network].build({
        outputs: outputsOf(task),
        head: task.kind,
        imageSize: images.shape.height,
        width,
        rng: rngOf(1, "estimate", network),
      })
    );
    const dispose = () => {
      for (const network of networks) network.parameters.dispose();
    };
    return within(() => use(networks), dispose);
  }

  /** The untrained generator, extractor and ratio network, for as long as `use` takes. */
  withGenerator<T>(use: (parts: RatioParts) => Promise<T>): Promise<T> {
    const { specification, dataset } = this.#context;
    const { conditionOf } = this.condition();
    const { recipe } = this.generatorParts(
      variesImages(specification) ? { varied: variedImages(dataset.train, conditionOf, 1) } : {},
    );
    return this.withExtractor(async (extractor) => {
      const rng = rngOf(1, "estimate", "generator");
      const generator = recipe.build(rng);
      const net = buildRatioNet({
        conditionSize: this.conditionSize,
        featureSize: extractor.size,
        embedding: dataset.train.task.kind === "classification" ? "trainable" : "given",
        width: specification.ratio.width,
        rng,
      });
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
  let result: T | undefined;
  try {
    result = work();
    return result instanceof Promise ? result.finally(cleanUp) as T : result;
  } finally {
    if (!(result instanceof Promise)) cleanUp();
  }
}
