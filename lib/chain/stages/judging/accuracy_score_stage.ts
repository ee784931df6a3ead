/** The classifier accuracy score: what a student learns from the generator's images alone. */
import { rngOf } from "../../../base/rng.ts";
import type { SizedNetwork } from "../../../experiments/specification/schema.ts";
import { drawFakes } from "../../../synthesis/draw.ts";
import { chainSeed, type Context } from "../context.ts";
import type { FakePool } from "../fakes/pool_stage.ts";
import type { TrainedNetwork } from "../network_job.ts";
import { networkStage } from "../network_stage.ts";
import { studentTraining } from "../student_choice.ts";

/** The same student by the same recipe for as many steps, on fakes alone and on real images alone. */
export interface AccuracyScore {
  /** Trained on fakes straight from the generator; `test` is its error on held-out real images. */
  readonly fake: TrainedNetwork;
  /** Trained on the real images. */
  readonly real: TrainedNetwork;
  /** Fakes that it was trained on. */
  readonly fakes: number;
}

/**
 * Trains the first student on as many fakes as there are real images, or on all of a smaller pool, and measures it on
 * held-out real images. A generator of narrow classes or of wrong labels shows here whatever its images look like. Scalar labels
 * have the mean absolute error in the place of the error rate.
 *
 * Source: Ravuri and Vinyals, "Classification Accuracy Score for Conditional Generative Models", NeurIPS 2019.
 *
 * @param pool Fakes as the generator draws them: neither subsampled, filtered nor relabelled.
 * @param sized Default: the specification's first student.
 * @throws {NetworkFailed} A training came to nothing.
 */
export async function accuracyScoreStage(
  context: Context,
  pool: FakePool,
  sized: SizedNetwork = context.specification.students[0]!,
): Promise<AccuracyScore> {
  const { specification, dataset: { train, checksum } } = context;
  // The seed of the first student, so that the one on real images is the table's.
  const shared = { role: "student", sized, seed: specification.seeds[0]! };
  const real = await networkStage(context, {
    ...shared,
    training: studentTraining(
      specification,
      { trainOn: "real", student: sized },
      train.labels.length,
    ),
    train,
    inputs: { real: checksum },
    distillerOptions: { klReduction: specification.compat.klReduction },
    method: "NOKD",
  });
  const { compat: { shortfall, regressionBalance } } = specification;
  const all = pool.open().set;
  const { set } = drawFakes(
    all,
    { count: Math.min(train.labels.length, all.labels.length), shortfall, regressionBalance },
    rngOf(chainSeed(specification), "draw", context.setting),
  );
  const fake = await networkStage(context, {
    ...shared,
    training: { ...specification.studentTraining, epochImages: train.labels.length },
    train: set,
    inputs: { pool: pool.artifact.id, ...drawnBy(context) },
    method: "fakes alone",
  });
  return { fake, real, fakes: set.labels.length };
}

/**
 * The rule that fakes are drawn by, as part of the student's identity. The standard one is left out, as it was in names
 * from before there was a choice.
 */
function drawnBy({ specification: { compat }, dataset: { train: { task } } }: Context) {
  const { shortfall, regressionBalance = "stratified" } = compat;
  if (task.kind === "classification") return { ...(shortfall === "accept" && { draw: shortfall }) };
  return { ...(regressionBalance === "none" && { draw: regressionBalance }) };
}
