/** What judging the fakes will take: the judge, the error bound and the generator's score. */
import { stepsPerEpoch } from "../data/batches/batches.ts";
import { trainingOnce } from "../data/parts/all_images.ts";
import { evenly, groupByLabel } from "../evaluation/label_groups.ts";
import { boundImages, measuredTerms } from "../chain/stages/bound_terms.ts";
import { evaluationStage } from "../chain/stages/judging/evaluation_stage.ts";
import type { TrainedCondition } from "../chain/stages/generator/condition_stage.ts";
import { type FakePool, poolStage } from "../chain/stages/fakes/pool_stage.ts";
import type { ProcessedFakes } from "../chain/stages/fakes/process_fakes.ts";
import { featuresOf, type TrainedFeatures } from "../chain/stages/features_stage.ts";
import type { TrainedGan } from "../chain/stages/generator/gan_stage.ts";
import { judgeStage } from "../chain/stages/judging/judge_stage.ts";
import type { TrainedNetwork } from "../chain/stages/network_job.ts";
import { JudgingCosts } from "./judging_costs.ts";
import { titleOf, type WorkList } from "./work_list.ts";

/** The network that judges fakes, with its row where no other part is that network. */
export async function judgeOf(list: WorkList): Promise<TrainedNetwork> {
  const { context, stepCosts } = list;
  const { assistant, teacherTraining } = context.specification;
  const judge = await judgeStage(context);
  await list.add(`judge ${titleOf(assistant)}`, {
    is: "judge",
    steps: list.stepsOf(teacherTraining),
    cost: () => stepCosts.training(assistant, teacherTraining),
  });
  return judge;
}

/** Parts that the error bound reads; of the processed fakes only their identity. */
export interface JudgedParts {
  readonly processed: Pick<ProcessedFakes, "id" | "set">;
  readonly condition: TrainedCondition;
  readonly features: TrainedFeatures;
  readonly judge: TrainedNetwork;
}

/** Images of one forward pass, as `featuresOfImages` reads them. */
const FEATURE_BATCH = 200;

/** Adds the row of the error bound. */
export async function addBound(list: WorkList, parts: JudgedParts): Promise<void> {
  const { context, stepCosts, poolBytes } = list;
  const { dataset } = context;
  const isClassifier = dataset.train.task.kind === "classification";
  await measuredTerms(context, {
    processed: parts.processed,
    judge: parts.judge,
    features: isClassifier ? featuresOf(context, parts.judge, "standardized") : parts.features,
  });
  const { synthesis, assistant, ratio: { extractor } } = context.specification;
  // Its logistic regression takes seconds; what counts is to read the features of images.
  const images = boundImages(dataset.test.labels.length, synthesis.fakes);
  await list.add("error bound", {
    is: "bound",
    steps: Math.ceil(images / FEATURE_BATCH),
    cost: () => stepCosts.inference("network" in extractor ? extractor : assistant, FEATURE_BATCH),
    extra: poolBytes,
  });
}

/** Parts that the generator's score reads. */
export interface ScoredParts {
  readonly gan: TrainedGan;
  readonly condition: TrainedCondition;
  /** Of the chain. */
  readonly pool: FakePool;
}

/** Adds the rows of the generator's score and its networks; none where the specification has no evaluation. */
export async function addScore(list: WorkList, parts: ScoredParts): Promise<void> {
  const { context, stepCosts, poolBytes } = list;
  const { evaluation: protocol, teacherTraining, synthesis } = context.specification;
  const { train, test, types } = context.dataset;
  if (protocol === undefined || train.task.kind !== "regression") return;
  const { width, images, autoencoder, judges, perLabel, radius } = protocol;
  const once = trainingOnce(context.dataset);
  const total = once.labels.length + test.labels.length;
  const count = images === "all" ? total : Math.min(images, total);
  const { height, width: across, channels } = train.images.shape;
  const bytesOf = (images: number) => images * height * across * channels;
  const meter = new JudgingCosts(context, protocol);
  await evaluationStage(context, await scoredPool(list, parts));
  await list.add("evaluation autoencoder", {
    is: "evaluation-autoencoder",
    steps: autoencoder.epochs * stepsPerEpoch({ count, batch: autoencoder.batch }),
    cost: () => meter.autoencoder(list.patience),
    extra: bytesOf(count),
  });
  for (const role of ["regressor", "classifier"]) {
    // Their last layers differ, which no clock shows.
    await list.add(`evaluation ${role}`, {
      is: `evaluation-${role}`,
      steps: judges.epochs * stepsPerEpoch({ count, batch: judges.batch }),
      cost: () =>
        stepCosts.training({ network: "resnet34", width }, { ...teacherTraining, ...judges }),
      extra: bytesOf(count),
    });
  }
  const all = train.task.labels;
  const centres = evenly(all, protocol.labels === "all" ? all.length : protocol.labels);
  const options = { centres, radius };
  const near = [once.labels, test.labels]
    .flatMap((labels) => groupByLabel(labels, train.task, options))
    .reduce((sum, { positions }) => sum + positions.length, 0);
  await list.add("generator score", {
    is: "generator-score",
    steps: centres.length,
    cost: () =>
      meter.label({
        real: Math.max(2, Math.round(near / centres.length)),
        fake: Math.max(2, Math.min(perLabel, synthesis.perLabel)),
        ...(types !== "none" && { types: types.count }),
      }),
    extra: poolBytes + bytesOf(total),
  });
}

/** The pool of the chain, or plain samples of the generator, which the quirk of the reference scores. */
async function scoredPool(
  list: WorkList,
  { gan, condition, pool }: ScoredParts,
): Promise<FakePool> {
  const { context, stepCosts, poolBytes, poolSize } = list;
  const { evaluation, synthesis } = context.specification;
  if (evaluation?.compat.sampler !== "raw") return pool;
  const plain = await poolStage(context, { gan, condition });
  await list.add("plain fakes", {
    is: "fakes",
    steps: Math.ceil(poolSize / synthesis.batch),
    cost: () => stepCosts.fakes(false),
    extra: poolBytes,
  });
  return plain;
}
