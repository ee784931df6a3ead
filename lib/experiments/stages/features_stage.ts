/** What the density ratio sees of an image: a frozen network trained on the real images, not the teacher. */
import type { Artifact } from "../../base/store.ts";
import { classifierFeatures, type FeatureExtractor } from "../../density_ratio/features.ts";
import { chainSeed, type Context } from "./context.ts";
import { networkStage, type TrainedNetwork } from "./network_stage.ts";

/** A trained feature extractor. */
export interface TrainedFeatures {
  readonly artifact: Artifact;
  /** Builds it; the caller calls `dispose`. */
  open(): { readonly features: FeatureExtractor; dispose(): void };
}

/** Trains the classifier whose features the ratio reads. */
export function extractorStage(context: Context): Promise<TrainedNetwork> {
  const { specification, dataset } = context;
  const { training, ...sized } = specification.ratio.extractor;
  return networkStage(context, {
    role: "extractor",
    sized,
    training,
    train: dataset.train,
    inputs: { real: dataset.checksum },
    seed: chainSeed(specification),
    curveEvery: specification.curveEvery,
  });
}

/** The classifier's features as the ratio reads them. */
export function featuresOf(
  { specification, dataset }: Context,
  extractor: TrainedNetwork,
): TrainedFeatures {
  return {
    artifact: extractor.artifact,
    open() {
      const network = extractor.open();
      const features = classifierFeatures(network, {
        imageSize: dataset.train.images.shape.height,
        extractorInput: specification.compat.extractorInput,
        normalisation: extractor.normalisation,
      });
      return { features, dispose: () => network.parameters.dispose() };
    },
  };
}
