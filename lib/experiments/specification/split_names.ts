/** What errors are measured on, as an adjective of tables and sentences: "validation error". */
import type { Specification } from "./schema.ts";

/** A name for each split. */
export const SPLIT_NAMES = {
  test: "test",
  validation: "validation",
  unused: "held-out",
} as const satisfies Record<Specification["split"], string>;

/** One of these names. */
export type SplitName = typeof SPLIT_NAMES[Specification["split"]];
