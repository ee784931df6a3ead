/** Step 4 of the chain: fakes are filtered (M1), relabelled (M2), and M^g of them drawn. */
import type { LabelledImages } from "../../../base/contracts.ts";
import type { Artifact } from "../../../base/disk/artifact.ts";
import { canonicalJson, shortHash } from "../../../base/disk/identity.ts";
import { rngOf } from "../../../base/rng.ts";
import type { ProcessingStep, Specification } from "../../../experiments/specification/schema.ts";
import { type Adjusted, adjustLabels } from "../../../synthesis/adjust.ts";
import { drawFakes, type Drawn } from "../../../synthesis/draw.ts";
import { filterByTeacher, type Filtered } from "../../../synthesis/filter.ts";
import { selectOpinion, type TeacherOpinion } from "../../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context } from "../context.ts";
import type { TrainedNetwork } from "../network_job.ts";
import type { FakePool } from "./pool_stage.ts";

/** The M^g fakes that join the training set, with what each step did. */
export interface ProcessedFakes {
  /** Identity: pool, teacher and every option. */
  readonly id: string;
  /** The drawn fakes with the labels that students see. */
  readonly set: LabelledImages;
  /** The teacher's opinion on the drawn fakes. */
  readonly opinion: TeacherOpinion;
  /** What the filter kept; absent without it. */
  readonly filtered?: Filtered;
  /** What relabelling changed; absent without it. */
  readonly adjusted?: Adjusted;
  /** What was drawn of the rest. */
  readonly drawn: Drawn;
}

/** How fakes are processed; an ablation is a shorter list of steps, or another number. */
export interface Processing {
  /** Those of filter and adjust count here; subsampling happened in the pool. */
  readonly steps: readonly ProcessingStep[];
  /** Share of the fakes that the filter keeps. */
  readonly rho: number;
  /** M^g. */
  readonly fakes: number;
}

/** Filter, relabel and draw, as far as `steps` says (subsampling happened in the pool). */
export async function processFakes(
  context: Context,
  pool: FakePool,
  judged: { teacher: TrainedNetwork; opinion: TeacherOpinion },
  { steps, rho, fakes }: Processing,
): Promise<ProcessedFakes> {
  const { specification, setting } = context;
  const { compat, synthesis: { cutOff } } = specification;
  const seed = chainSeed(specification);
  let { set } = pool.open();
  let { opinion } = judged;
  const filtered = steps.includes("filter")
    ? filterByTeacher({ set, opinion }, { rho, tie: compat.tie, cutOff })
    : undefined;
  if (filtered) ({ set, opinion } = filtered);
  const adjusted = steps.includes("adjust")
    ? adjustLabels({ set, opinion }, { clip: compat.adjustClip })
    : undefined;
  if (adjusted) ({ set } = adjusted);
  const { shortfall } = compat;
  const { regressionBalance } = compat;
  const drawn = drawFakes(
    set,
    { count: fakes, shortfall, regressionBalance },
    rngOf(seed, "draw", setting),
  );
  return {
    id: await processedId(
      specification,
      { pool: pool.artifact, teacher: judged.teacher.artifact },
      { steps, rho, fakes },
    ),
    set: drawn.set,
    opinion: selectOpinion(opinion, drawn.positions),
    filtered,
    adjusted,
    drawn,
  };
}

/** Raised by hand when filter, relabelling or drawing give other fakes than before. */
const VERSION: number = 1;

/** Identity of processed fakes: where they come from, and every option that they depend on. */
export async function processedId(
  specification: Specification,
  inputs: { pool: Pick<Artifact, "id">; teacher: Pick<Artifact, "id"> },
  { steps, rho, fakes }: Processing,
): Promise<string> {
  const { tie, shortfall, regressionBalance, adjustClip } = specification.compat;
  const { cutOff = "all fakes" } = specification.synthesis;
  const isFiltered = steps.includes("filter");
  const identity = {
    pool: inputs.pool.id,
    teacher: isFiltered || steps.includes("adjust") ? inputs.teacher.id : "none",
    options: {
      steps,
      rho: isFiltered ? rho : 1,
      ...(isFiltered && cutOff !== "all fakes" && { cutOff }),
      // A label whose scores tie is no longer dropped.
      ...(isFiltered && cutOff !== "all fakes" && tie === "strict" && { least: 1 }),
      fakes,
      tie,
      shortfall,
      ...(regressionBalance && { regressionBalance }),
      ...(adjustClip !== undefined && { adjustClip }),
      seed: chainSeed(specification),
    },
    // The first version is left out, as it was in names from before there was one.
    ...(VERSION > 1 && { version: VERSION }),
  };
  return `processed-${await shortHash(canonicalJson(identity))}`;
}
