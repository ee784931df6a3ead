/** How good a generator is while it trains: whether a network without a part in it confirms its labels. */
import type { LabelledImages, Regression } from "../../../base/contracts.ts";
import { meanAbsoluteError } from "../../../base/metrics.ts";
import { progressAs } from "../../../base/progress.ts";
import { rngOf } from "../../../base/rng.ts";
import { isGan } from "../../../experiments/specification/gan_schema.ts";
import type { Generator } from "../../../gan/gan.ts";
import { repeatLabels, sampleImages } from "../../../gan/sample.ts";
import { varietyOf } from "../../../gan/variety.ts";
import { askTeacher } from "../../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context } from "../context.ts";
import type { TrainedCondition } from "./condition_stage.ts";
import type { GanJudge } from "./gan_stage.ts";
import type { TrainedNetwork } from "../network_stage.ts";

/** Fakes of one measurement; its standard error is below 1.6 percentage points. */
const FAKES = 1000;
/** Labels of which two fakes each are compared where no network judges. */
const LABELS = 50;

/**
 * `agreement`: share of fakes, straight from the generator, whose class a classifier of real images confirms.
 * `labelError`: mean |prediction − label| in the labels' unit for scalar labels. `variety`: see `varietyOf`. The same latents every time, so
 * that two measurements differ only by the generator.
 */
export function judgeByNetwork(
  context: Context,
  judge: TrainedNetwork,
  condition: TrainedCondition,
): GanJudge {
  const { task } = context.dataset.train;
  const labels = task.kind === "classification"
    ? repeatLabels(task.classNames.map((_, k) => k), Math.ceil(FAKES / task.classes))
    : spreadLabels(task, FAKES);
  return async (generator): Promise<Record<string, number>> => {
    const set = await drawFor(context, condition, { generator, labels });
    const network = judge.open();
    try {
      const { normalisation } = judge;
      const { predicted } = await askTeacher(network, set, { normalisation });
      const variety = measuredVariety(context, set);
      if (task.kind === "regression") {
        return { labelError: meanAbsoluteError(predicted, labels), ...variety };
      }
      const confirmed = labels.filter((label, i) => predicted[i] === label).length;
      return { agreement: confirmed / labels.length, ...variety };
    } finally {
      network.parameters.dispose();
    }
  };
}

/** `variety` alone, of two fakes for each of some labels: a collapse is seen where no network judges. */
export function judgeVariety(context: Context, condition: TrainedCondition): GanJudge {
  const { task } = context.dataset.train;
  const labels = task.kind === "classification"
    ? task.classNames.slice(0, LABELS).map((_, k) => k)
    : [...spreadLabels(task, LABELS)];
  return async (generator) =>
    measuredVariety(
      context,
      await drawFor(context, condition, { generator, labels: repeatLabels(labels, 2) }),
    );
}

/** The same fakes every time that the generator is the same. */
async function drawFor(
  context: Context,
  condition: TrainedCondition,
  { generator, labels }: { generator: Generator; labels: Float32Array },
): Promise<LabelledImages> {
  const { conditionOf, ...embedding } = condition.open();
  try {
    const { specification, dataset: { train: { task } }, setting } = context;
    return await sampleImages(generator, labels, {
      task,
      conditionOf,
      rng: rngOf(chainSeed(specification), "judge", setting),
      chunk: 250,
      // A GAN draws them in a second or two; a line for each would only hide the training's.
      ...(!isGan(specification.gan) && {
        progress: progressAs(
          `fakes that tell how good the generator of ${setting} is`,
          context.progress,
        ),
      }),
    });
  } finally {
    embedding.dispose();
  }
}

function measuredVariety({ dataset }: Context, fakes: LabelledImages): { variety?: number } {
  const variety = varietyOf(fakes, dataset.train);
  return variety === undefined ? {} : { variety };
}

/** Labels of a scalar task from the first to the last, at equal distances in its list. */
function spreadLabels({ labels }: Regression, count: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => labels[Math.floor(i * labels.length / count)]!,
  );
}
