/** All readers that are fuzzed. */
import type { Subject } from "./subject.ts";
import { IMAGE_SUBJECTS } from "./subjects/images.ts";
import { KEPT_SUBJECTS } from "./subjects/kept.ts";
import { OWN_SET_SUBJECTS } from "./subjects/own_sets.ts";
import { PUBLIC_SET_SUBJECTS } from "./subjects/public_sets.ts";

/** All readers that are fuzzed. */
export const SUBJECTS: readonly Subject[] = [
  ...IMAGE_SUBJECTS,
  ...OWN_SET_SUBJECTS,
  ...PUBLIC_SET_SUBJECTS,
  ...KEPT_SUBJECTS,
];
