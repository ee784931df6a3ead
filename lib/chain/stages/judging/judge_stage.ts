/** A network that judges fakes and has no part in making them. */
import { chainSeed, type Context } from "../context.ts";
import { extractorStage } from "../features_stage.ts";
import type { TrainedNetwork } from "../network_job.ts";
import { networkStage } from "../network_stage.ts";

/**
 * Classes: the classifier whose features the density ratio reads. Scalar labels: a regressor of its own, since
 * the ratio reads an autoencoder; it has the assistant's shape and the teacher's recipe.
 */
export function judgeStage(context: Context): Promise<TrainedNetwork> {
  const { specification, dataset } = context;
  const { extractor } = specification.ratio;
  if (!("autoencoder" in extractor)) return extractorStage(context, extractor);
  return networkStage(context, {
    role: "judge",
    sized: specification.assistant,
    training: specification.teacherTraining,
    train: dataset.train,
    inputs: { real: dataset.checksum },
    seed: chainSeed(specification),
  });
}
