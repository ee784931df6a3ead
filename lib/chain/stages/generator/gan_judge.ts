/** How good a generator is while it trains: whether a network without a part in it confirms its labels. */
import { meanAbsoluteError } from "../../../base/metrics.ts";
import { rngOf } from "../../../base/rng.ts";
import { repeatLabels, sampleImages } from "../../../gan/sample.ts";
import { askTeacher } from "../../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context } from "../context.ts";
import type { TrainedCondition } from "./condition_stage.ts";
import type { GanJudge } from "./gan_stage.ts";
import type { TrainedNetwork } from "../network_stage.ts";

/** Fakes of one measurement; its standard error is below 1.6 percentage points. */
const FAKES = 1000;

/**
 * `agreement`: share of fakes, straight from the generator, whose class a classifier of real images confirms.
 * `labelError`: mean |prediction − label| in the labels' unit for scalar labels. The same latents every time, so
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
    : Float32Array.from(
      { length: FAKES },
      (_, i) => task.labels[Math.floor(i * task.labels.length / FAKES)]!,
    );
  return async (generator): Promise<Record<string, number>> => {
    const network = judge.open();
    const { conditionOf, ...embedding } = condition.open();
    try {
      const rng = rngOf(chainSeed(context.specification), "judge", context.setting);
      const set = await sampleImages(generator, labels, { task, conditionOf, rng, chunk: 250 });
      const { normalisation } = judge;
      const { predicted } = await askTeacher(network, set, { normalisation });
      if (task.kind === "regression") return { labelError: meanAbsoluteError(predicted, labels) };
      const confirmed = labels.filter((label, i) => predicted[i] === label).length;
      return { agreement: confirmed / labels.length };
    } finally {
      network.parameters.dispose();
      embedding.dispose();
    }
  };
}
