/** What fakes will take, from the cGAN to the teacher's opinion of them. */
import { isGan } from "../experiments/specification/gan_schema.ts";
import { selectLabelled } from "../base/contracts.ts";
import { stepsPerEpoch } from "../data/batches/batches.ts";
import { scalarStepsPerEpoch } from "../density_ratio/scalar_ratio_data.ts";
import {
  conditionStage,
  type TrainedCondition,
} from "../chain/stages/generator/condition_stage.ts";
import { opinionStage } from "../chain/stages/fakes/opinion_stage.ts";
import { poolStage } from "../chain/stages/fakes/pool_stage.ts";
import { processedId } from "../chain/stages/fakes/process_fakes.ts";
import { featuresStage, type TrainedFeatures } from "../chain/stages/features_stage.ts";
import { judgeVariety } from "../chain/stages/generator/gan_judge.ts";
import { ganStage, type TrainedGan } from "../chain/stages/generator/gan_stage.ts";
import { type FittedRatio, ratioStage } from "../chain/stages/ratio_stage.ts";
import { type JudgedParts, judgeOf, type ScoredParts } from "./judging_rows.ts";
import { titleOf, type WorkList } from "./work_list.ts";

/** Fakes drawn for each one accepted; 2 to 10 are usual, and nobody knows before the fit. */
const DRAWS_PER_ACCEPTED = 5;
/** Images of one pass in inference mode, as in `askTeacher`. */
export const OPINION_BATCH = 250;

/** Parts that students and measurements read; of the processed fakes only their identity. */
export type PlannedFakes = JudgedParts & ScoredParts;

/** Adds the rows of all that processed fakes and the verdict on them need. */
export async function addFakes(list: WorkList): Promise<PlannedFakes> {
  const { context, stepCosts, poolBytes, poolSize } = list;
  const { specification, setting, dataset } = context;
  const { synthesis } = specification;
  const teacher = await list.teacher(specification.filterTeacher);
  const condition = await conditionOf(list);
  // It watches the cGAN's training, and says what to expect of the fakes.
  const judge = await judgeOf(list);
  const gan = await ganOf(list, condition);
  const isSubsampled = synthesis.steps.includes("subsample");
  const { features, ratio } = await ratioOf(list, { gan, condition, isFitted: isSubsampled });
  const pool = await poolStage(context, { gan, condition, ratio });
  const draws = isSubsampled
    ? list.labels * (synthesis.burnIn + DRAWS_PER_ACCEPTED * synthesis.perLabel)
    : poolSize;
  await list.add("fakes", {
    steps: Math.ceil(draws / synthesis.batch),
    cost: () => stepCosts.fakes(isSubsampled),
    extra: poolBytes,
  });
  await opinionStage(context, pool, teacher);
  await list.add("teacher on the fakes", {
    steps: Math.ceil(poolSize / OPINION_BATCH),
    cost: () => stepCosts.inference(specification.filterTeacher, OPINION_BATCH),
    extra: poolBytes,
  });
  const processing = {
    steps: synthesis.steps,
    rho: synthesis.rho[setting]!,
    fakes: synthesis.fakes,
  };
  const inputs = { pool: pool.artifact, teacher: teacher.artifact };
  const id = await processedId(specification, inputs, processing);
  const processed = { id, set: selectLabelled(dataset.train, []) };
  return { processed, gan, pool, condition, features, judge };
}

async function conditionOf(list: WorkList): Promise<TrainedCondition> {
  const { context, stepCosts } = list;
  const { gan, teacherTraining } = context.specification;
  const condition = await conditionStage(context);
  if (gan.embedding) {
    const { images, width } = gan.embedding;
    // x2y takes nearly all of it.
    await list.add("label embedding", {
      is: "embedding",
      steps: images.epochs * stepsPerEpoch({ count: list.real, batch: images.batch }),
      cost: () =>
        stepCosts.training({ network: "resnet34", width }, { ...teacherTraining, ...images }),
    });
  }
  return condition;
}

async function ganOf(list: WorkList, condition: TrainedCondition): Promise<TrainedGan> {
  const { context, stepCosts } = list;
  const { gan } = context.specification;
  const trained = await ganStage(
    context,
    condition,
    () => Promise.resolve({ measure: judgeVariety(context, condition) }),
  );
  if (isGan(gan) && gan.guide !== "none") {
    const { guide } = gan;
    await list.add(`guide ${titleOf(guide)}`, {
      is: "guide",
      steps: list.stepsOf(guide.training),
      cost: () => stepCosts.training(guide, guide.training),
    });
  }
  await list.add(isGan(gan) ? "cGAN" : "diffusion model", {
    is: "cgan",
    steps: gan.steps[context.setting]!,
    cost: () => stepCosts.gan(),
  });
  return trained;
}

async function ratioOf(
  list: WorkList,
  parts: { gan: TrainedGan; condition: TrainedCondition; isFitted: boolean },
): Promise<{ features: TrainedFeatures; ratio?: FittedRatio }> {
  const { context, stepCosts, real } = list;
  const { ratio } = context.specification;
  const { extractor } = ratio;
  const features = await featuresStage(context);
  if ("autoencoder" in extractor) {
    await list.add("sparse autoencoder", {
      steps: extractor.epochs * stepsPerEpoch({ count: real, batch: extractor.batch }),
      cost: () => stepCosts.autoencoder(extractor),
    });
  } else {
    await list.add(`extractor ${titleOf(extractor)}`, {
      steps: list.stepsOf(extractor.training),
      cost: () => stepCosts.training(extractor, extractor.training),
    });
  }
  if (!parts.isFitted) return { features };
  const { gan, condition } = parts;
  const fitted = await ratioStage(context, { gan, features, condition });
  const tables = ratio.pool === "fresh" ? 0 : 2 * (real + ratio.pool * list.labels);
  const perEpoch = context.dataset.train.task.kind === "classification"
    ? stepsPerEpoch({ count: real, batch: ratio.batch })
    : scalarStepsPerEpoch(real, ratio.batch);
  await list.add("density ratio", {
    steps: ratio.epochs * perEpoch,
    cost: () => stepCosts.ratio({ batch: ratio.batch, isPooled: ratio.pool !== "fresh" }),
    extra: tables === 0 ? 0 : tables * stepCosts.featureSize * 4,
  });
  return { features, ratio: fitted };
}
