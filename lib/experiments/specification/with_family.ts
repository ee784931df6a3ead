/** Another kind of generator in an experiment: its options are those of the preset for that kind. */
import { DIFFUSIONS } from "../../registry.ts";
import { DIFFUSION_PRESETS } from "../presets/diffusion.ts";
import { type DiffusionSpecification, isGan } from "./gan_schema.ts";
import type { Preset } from "./preset_names.ts";
import type { Specification } from "./schema.ts";

/**
 * A copy whose generator is a diffusion model where `family` names one and the experiment's own generator is a GAN:
 * lengths and what scalar labels need stay the experiment's. Any other name leaves all as it is, for the schema to
 * judge: a GAN of another family has the same options.
 */
export function withFamily(
  specification: Specification,
  family: string,
  preset: Preset,
): Specification {
  const { gan } = specification;
  if (!Object.hasOwn(DIFFUSIONS, family) || !isGan(gan)) return specification;
  const { steps, vicinity, embedding } = gan;
  const diffusion: DiffusionSpecification = {
    ...DIFFUSION_PRESETS[preset],
    family: family as DiffusionSpecification["family"],
    steps,
    ...(vicinity && { vicinity }),
    ...(embedding && { embedding }),
  };
  return { ...specification, gan: diffusion };
}
