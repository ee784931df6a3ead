/** Time and memory of one step of each part of a specification, measured on this machine. */
import { INFERENCE } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { densityRatio } from "../density_ratio/density_ratio.ts";
import { ratioTrainee } from "../density_ratio/fit.ts";
import { sparseTrainee } from "../density_ratio/fit_sparse_autoencoder.ts";
import { freshRatioData, type RatioData } from "../density_ratio/ratio_data.ts";
import { freshScalarRatioData } from "../density_ratio/scalar_ratio_data.ts";
import { buildSparseAutoencoder } from "../density_ratio/sparse_autoencoder.ts";
import { nokd } from "../distill/methods/nokd.ts";
import { distillTrainee } from "../distill/trainee.ts";
import { guideFor } from "../gan/guide.ts";
import { drawImages } from "../gan/sample.ts";
import type {
  AutoencoderSpecification,
  NetworkTraining,
  SizedNetwork,
} from "../experiments/specification/schema.ts";
import type { Context } from "../chain/stages/context.ts";
import { atPrecision } from "../chain/stages/at_precision.ts";
import { generatorData } from "../chain/stages/generator/generator_data.ts";
import { type Cost, measureStep, type Probe } from "./measure_step.ts";
import { UntrainedParts } from "./untrained_parts.ts";

/** Which step of a density-ratio fit. */
export interface RatioStep {
  readonly batch: number;
  /** On features that are there already. */
  readonly isPooled: boolean;
}

/** Measures steps of the parts of a specification, each once. */
export class StepCosts {
  readonly #patience: number;
  readonly #parts: UntrainedParts;
  readonly #costs = new Map<string, Promise<Cost>>();

  /** @param secondsPerMeasurement Batches grow until a step takes about this long. */
  constructor(readonly context: Context, secondsPerMeasurement: number) {
    this.#patience = secondsPerMeasurement;
    this.#parts = new UntrainedParts(context);
  }

  /** Entries of the density ratio's feature vectors. */
  get featureSize(): number {
    return this.#parts.withExtractor(({ size }) => size);
  }

  /** A plain training step of a network. */
  training(sized: SizedNetwork, training: NetworkTraining): Promise<Cost> {
    const { network, width } = sized;
    const name = JSON.stringify(["training", network, width, training.batch]);
    return this.#once(
      name,
      () =>
        this.#parts.withNetworks([sized], ([student]) =>
          this.#measure(training.batch, (batch) => {
            const trainee = distillTrainee({
              distiller: nokd(),
              student: student!,
              train: this.#parts.images(batch),
              normalisation: { mean: [0.5], std: [0.25] },
              training: atPrecision(this.context.specification, { ...training, batch, epochs: 1 }),
              rng: rngOf(1, "estimate", network),
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
        this.#parts.withNetworks([sized], ([frozen]) =>
          this.#measure(wanted, (batch) => ({
            step: () => ({
              mean: frozen!.forward(this.#parts.zeros(batch), { training: false }).output.mean(),
            }),
            dispose() {},
          }))),
    );
  }

  /** A training step of the generator, with its guide if it has one. */
  gan(): Promise<Cost> {
    return this.#once("gan", () => {
      const { task } = this.context.dataset.train;
      const { guide, batch } = this.#parts.generatorParts();
      return this.#parts.withNetworks(
        guide ? [guide.specification] : [],
        ([judge]) =>
          this.#measure(batch, (batch) => {
            const rng = rngOf(1, "estimate", "cgan");
            const trainee = this.#parts.generatorParts({ batch, guideStart: 0 }).recipe.trainee({
              data: generatorData(
                this.context,
                this.#parts.condition(),
                rng,
                this.#parts.images(batch),
              ),
              rng,
              ...(judge && {
                guide: guideFor(task, (images) => judge.forward(images, INFERENCE).output),
              }),
            });
            const dispose = () => {
              for (const set of Object.values(trainee.state)) set.dispose();
            };
            return { step: () => trainee.step(0), dispose };
          }),
      );
    });
  }

  /** A step of a density-ratio fit; with fresh fakes, G and the extractor run in it. */
  ratio({ batch: wanted, isPooled }: RatioStep): Promise<Cost> {
    return this.#once(
      `ratio ${wanted} ${isPooled}`,
      () =>
        this.#parts.withGenerator(({ generator, extractor, net, condition }) => {
          const { ratio, compat } = this.context.specification;
          const rng = rngOf(1, "estimate", "ratio");
          return this.#measure(wanted, (batch) => {
            const pooled: RatioData = {
              stepsPerEpoch: 1,
              batch: () => ({
                real: tf.ones([batch, extractor.size]),
                fake: tf.zeros([batch, extractor.size]),
                condition: condition(batch),
              }),
            };
            const { conditionOf } = this.#parts.condition();
            const sources = { set: this.#parts.images(batch), generator, extractor, conditionOf };
            const data = !isPooled
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
          const set = this.#parts.images(batch);
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
        this.#parts.withGenerator(({ generator, extractor, net, condition }) => {
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

  #measure(wanted: number, probeOf: (batch: number) => Probe): Promise<Cost> {
    return measureStep(probeOf, { wanted, patience: this.#patience });
  }
}
