/** What the paper's figure of components says: what each further step of the processing brings. */
import { PROCESSING_STEPS, type PublishedComponent } from "../paper/figures.ts";
import { groupRows } from "../vega/rows.ts";
import type { Statement } from "./claims.ts";
import type { WantedRun } from "./ours.ts";

const COMPONENTS = "Each further step of the processing lowers the error";

/** One pair for each step, student and setting. */
export function componentStatements(bars: readonly PublishedComponent[]): Statement[] {
  const students = groupRows(
    bars,
    ({ dataset, setting, student }) => [dataset, setting, student].join("|"),
  );
  return [...students.values()].flatMap((group) =>
    PROCESSING_STEPS.slice(1).flatMap((step, index): Statement[] => {
      const earlier = group.find(({ processing }) => processing === PROCESSING_STEPS[index]);
      const later = group.find(({ processing }) => processing === step);
      if (earlier === undefined || later === undefined) return [];
      return [{
        claim: COMPONENTS,
        source: `Figure "effect of components", ${earlier.processing} to ${step}`,
        pair: `${later.setting}, ${later.student}: ${step} < ${earlier.processing}`,
        terms: [
          { sign: 1, run: componentRun(later), paper: later.value },
          { sign: -1, run: componentRun(earlier), paper: earlier.value },
        ],
      }];
    })
  );
}

/** The run of a bar: NOKD, the preset's own fakes, or those of fewer steps. */
function componentRun(
  { dataset, setting, student, processing }: PublishedComponent,
): WantedRun {
  const cell = { dataset, setting, student };
  if (processing === "NOKD") return { ...cell, method: "NOKD" };
  if (processing === PROCESSING_STEPS.at(-1)) return { ...cell, method: "cGAN-KD" };
  const steps = processing === "unprocessed"
    ? []
    : processing.split("+").map((step) => step === "subsampling" ? "subsample" : "filter");
  return { ...cell, method: "cGAN-KD", changes: { "synthesis.steps": JSON.stringify(steps) } };
}
