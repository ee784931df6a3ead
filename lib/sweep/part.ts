/** Parts of a run that somebody can ask for by name: what a notebook calls, as plain JSON. */
import type { Chain } from "../chain/chain.ts";
import type { ExperimentRun, StudentChoice } from "../chain/run.ts";
import type { SizedNetwork } from "../experiments/specification/schema.ts";

/** A part of the chain, or a student: what a notebook asks a run for. */
export type Part =
  | { readonly name: SharedPart }
  | { readonly name: "teacher"; readonly sized: SizedNetwork }
  | { readonly name: "student"; readonly choice: StudentChoice };

/** A part that all students of a setting share: a method of a run. */
export type SharedPart =
  | "judge"
  | "condition"
  | "gan"
  | "features"
  | "ratio"
  | "pool"
  | "opinion"
  | "others"
  | "bound";

/** Those that fakes and the bound need. */
export const SHARED: readonly SharedPart[] = [
  "judge",
  "condition",
  "gan",
  "features",
  "ratio",
  "pool",
  "opinion",
  "bound",
];

/** Trains or measures a part, or resumes or reuses it; a student gets its record. */
export async function makePart(run: ExperimentRun, part: Part): Promise<void> {
  if (part.name === "student") await run.student(part.choice);
  else await chainPart(run, part);
}

/** The same of a part that is no student. */
export async function chainPart(
  chain: Chain,
  part: Exclude<Part, { readonly name: "student" }>,
): Promise<void> {
  if (part.name === "teacher") await chain.teacher(part.sized);
  else await chain[part.name]();
}
