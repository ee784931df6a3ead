/** What a generator of scalar labels is worth, said by networks that have no part in the chain. */
import { progressAs } from "../../../base/progress.ts";
import type { Artifact } from "../../../base/disk/artifact.ts";
import { allImages } from "../../../data/parts/all_images.ts";
import { evaluateGenerator, type GeneratorScore } from "../../../evaluation/evaluate.ts";
import { evenly, imagesNear } from "../../../evaluation/label_groups.ts";
import type { EvaluationProtocol } from "../../../evaluation/protocol.ts";
import { type Context, runStage } from "../context.ts";
import { evaluationNetworks } from "./evaluation_networks.ts";
import type { FakePool } from "../fakes/pool_stage.ts";

/** The score of a generator, and on what it rests. */
export interface GeneratorEvaluation {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** What was measured. */
  readonly score: GeneratorScore;
  /** Labels at which images were compared, in dataset units. */
  readonly labels: readonly number[];
  /** Real images that were compared. */
  readonly reals: number;
  /** Fake images that were compared. */
  readonly fakes: number;
}

/**
 * Intra-FID, label score and, where the set has kinds of object, diversity of a pool of fakes against all real
 * images (method specification 7.4). Trains the networks that judge, or resumes or reuses them.
 *
 * @throws {TypeError} The specification has no evaluation, or labels are classes.
 * @throws {RangeError} A label has fewer than two real or fake images.
 */
export async function evaluationStage(
  context: Context,
  pool: FakePool,
): Promise<GeneratorEvaluation> {
  const { setting, dataset, progress, signal } = context;
  const protocol = evaluationProtocol(context);
  const { perLabel, labels, radius, compat } = protocol;
  const networks = await evaluationNetworks(context, protocol);
  const title = `generator score of ${setting}`;
  const inputs: Record<string, string> = { real: dataset.checksum, fakes: pool.artifact.id };
  for (const [role, { id }] of Object.entries(networks.artifacts)) inputs[role] = id;
  const key = {
    stage: "generator-score",
    // Where a radius takes in several labels, each gives as many fakes.
    codeVersion: radius > 0 ? 2 : 1,
    specification: { labels, perLabel, radius, compat },
    inputs,
  };
  const artifact = await runStage(context, title, key, async () => {
    const { set: fakes } = pool.open();
    const all = fakes.task.kind === "regression" ? fakes.task.labels : [];
    const centres = evenly(all, labels === "all" ? all.length : labels);
    const compared = {
      real: imagesNear(allImages(dataset).set, { centres, radius }),
      fake: imagesNear(fakes, { centres, radius, most: perLabel }),
    };
    const { dispose, ...judges } = networks.open();
    try {
      const score = await evaluateGenerator(compared, judges, {
        centres,
        radius,
        remainder: compat.remainder,
        // The reference's own batch, which leaves 4 of 200 images over.
        batch: compat.remainder === "zeros" ? 49 : 200,
        signal,
        progress: progressAs(title, progress),
      });
      return {
        arrays: {},
        notes: {
          score,
          labels: centres,
          reals: compared.real.labels.length,
          fakes: compared.fake.labels.length,
        },
      };
    } finally {
      dispose();
    }
  });
  return { artifact, ...artifact.notes as unknown as Omit<GeneratorEvaluation, "artifact"> };
}

/**
 * How the generator of an experiment is judged.
 *
 * @throws {TypeError} Labels are classes, or the specification says nothing.
 */
export function evaluationProtocol({ specification, dataset }: Context): EvaluationProtocol {
  const { evaluation } = specification;
  if (evaluation === undefined || dataset.train.task.kind !== "regression") {
    throw new TypeError(
      `Cannot score the generator of "${dataset.name}": found no evaluation for scalar ` +
        "labels in the specification, want one",
    );
  }
  return evaluation;
}
