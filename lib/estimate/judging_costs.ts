/** Time and memory of judging a generator: its autoencoder's training, and one label of its score. */
import { selectLabelled } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { autoencoderFeatures, buildAutoencoder } from "../evaluation/autoencoder.ts";
import { evaluateGenerator, type Judges } from "../evaluation/evaluate.ts";
import { buildLabelRegressor, buildTypeClassifier } from "../evaluation/judges.ts";
import type { EvaluationProtocol } from "../evaluation/protocol.ts";
import { autoencoderTrainee } from "../evaluation/train_networks.ts";
import type { Context } from "../chain/stages/context.ts";
import { type Cost, measureStep } from "./measure_step.ts";
import { UntrainedParts } from "./untrained_parts.ts";

/** Images of one label that are compared, and how many kinds of object they may show. */
export interface LabelSizes {
  readonly real: number;
  readonly fake: number;
  /** Kinds that a classifier tells apart; default: no classifier. */
  readonly types?: number;
}

/** Measures what Intra-FID, label score and diversity need, with untrained networks. */
export class JudgingCosts {
  readonly #context: Context;
  readonly #protocol: EvaluationProtocol;

  constructor(context: Context, protocol: EvaluationProtocol) {
    this.#context = context;
    this.#protocol = protocol;
  }

  /** A training step of the autoencoder. */
  async autoencoder(patience: number): Promise<Cost> {
    const { autoencoder: training, width } = this.#protocol;
    const rng = rngOf(1, "estimate", "evaluation");
    const autoencoder = buildAutoencoder({ imageSize: this.#imageSize, width, rng });
    const parts = new UntrainedParts(this.#context);
    try {
      return await measureStep((batch) => {
        const fit = { train: parts.images(batch), rng };
        const trainee = autoencoderTrainee(autoencoder, { ...training, batch }, fit);
        return { step: () => trainee.step(0), dispose: () => trainee.dispose() };
      }, { wanted: training.batch, patience });
    } finally {
      autoencoder.parameters.dispose();
    }
  }

  /** All networks and the Fréchet distance on the images of one label; what they say moves no clock. */
  async label(sizes: LabelSizes): Promise<Cost> {
    const { width } = this.#protocol;
    const options = { imageSize: this.#imageSize, width, rng: rngOf(1, "estimate", "judges") };
    const autoencoder = buildAutoencoder(options);
    const regressor = buildLabelRegressor(options);
    const classifier = sizes.types === undefined
      ? undefined
      : buildTypeClassifier({ ...options, types: sizes.types });
    const judges: Judges = {
      features: autoencoderFeatures(autoencoder),
      regressor,
      ...(classifier && { types: { classifier, count: sizes.types! } }),
    };
    try {
      const resident = tf.memory().numBytes;
      // The first look makes kernels, and tells the memory of an image.
      const few = { real: 2, fake: 2 };
      const { peakBytes } = await tf.profile(async () => {
        await this.#judge(judges, few);
        return [];
      });
      const start = performance.now();
      await this.#judge(judges, sizes);
      const seconds = (performance.now() - start) / 1000;
      const grown = Math.max(0, peakBytes - resident) / 2;
      return { seconds, bytes: resident + grown * Math.max(sizes.real, sizes.fake) };
    } finally {
      for (const network of [autoencoder, regressor, classifier]) network?.parameters.dispose();
    }
  }

  /** As if all these images had one label. */
  async #judge(judges: Judges, { real, fake }: LabelSizes): Promise<void> {
    const { train } = this.#context.dataset;
    const label = train.labels[0]!;
    const take = (count: number) => {
      const indices = Uint32Array.from({ length: count }, (_, i) => i % train.labels.length);
      const set = selectLabelled(train, indices);
      return { ...set, labels: set.labels.map(() => label) };
    };
    await evaluateGenerator({ real: take(real), fake: take(fake) }, judges, { centres: [label] });
  }

  get #imageSize(): number {
    return this.#context.dataset.train.images.shape.height;
  }
}
