/** Whether fakes are made from training images. */
import { isGan } from "./gan_schema.ts";
import type { Specification } from "./schema.ts";

/**
 * Whether the generator varies training images (`gan.sampling.variations`). Such fakes may look like the photographs that
 * they were made from, people and all: what may not be shown of a data set may not be shown of them.
 */
export function variesImages({ gan }: Pick<Specification, "gan">): boolean {
  return !isGan(gan) && gan.sampling.variations !== undefined;
}
