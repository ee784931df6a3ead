/** Another kind of generator in an experiment: its options are those of the preset for that kind. */
import { DIFFUSIONS, GANS } from "../../registry.ts";
import { DIFFUSION_PRESETS } from "../presets/diffusion.ts";
import { type DiffusionSpecification, type GanSpecification, isGan } from "./gan_schema.ts";
import type { Preset } from "./preset_names.ts";
import type { Specification } from "./schema.ts";

/** What a generator of another kind starts from. */
export interface OtherKinds {
  readonly preset: Preset;
  /** The GAN of the experiment at this preset. */
  readonly gan: GanSpecification;
}

/**
 * A copy whose generator is of the kind that `family` names, where the experiment's own is of another: lengths and what
 * scalar labels need stay the experiment's. Any other name leaves all as it is, for the schema to judge: a GAN of another
 * family has the same options.
 */
export function withFamily(
  specification: Specification,
  family: string,
  { preset, gan: other }: OtherKinds,
): Specification {
  const { gan } = specification;
  if (!isGan(gan)) {
    return Object.hasOwn(GANS, family) ? { ...specification, gan: other } : specification;
  }
  if (!Object.hasOwn(DIFFUSIONS, family)) return specification;
  const diffusion: DiffusionSpecification = {
    ...DIFFUSION_PRESETS[preset],
    family: family as DiffusionSpecification["family"],
    ...ofExperiment(gan),
  };
  return { ...specification, gan: diffusion };
}

/** What a generator has of its experiment, whatever its kind: lengths, and what scalar labels need. */
export function ofExperiment<S, V, E>(
  { steps, vicinity, embedding }: {
    readonly steps: S;
    readonly vicinity?: V;
    readonly embedding?: E;
  },
) {
  return {
    steps,
    ...(vicinity !== undefined && { vicinity }),
    ...(embedding !== undefined && { embedding }),
  };
}
