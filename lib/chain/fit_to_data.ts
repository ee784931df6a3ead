/** A planned run whose lengths, batches and networks follow from its images by the experiment's own rule. */
import { canonicalJson } from "../base/disk/identity.ts";
import { type Dataset, outputsOf } from "../base/contracts.ts";
import { change } from "../experiments/specification/changes.ts";
import { namedDataset } from "../experiments/specification/dataset_choice.ts";
import { type DataFacts, resolve } from "../experiments/specification/experiment.ts";
import { DATASETS } from "../registry.ts";
import { checkSpecification } from "./check_specification.ts";
import type { PlannedRun } from "./run_options.ts";

/**
 * The same run with the values that its experiment's rule gives for the images (`byRule`), where it has one. Whatever was
 * changed stays as it was changed, and so does what belongs to it, such as milestones to epochs.
 *
 * @param dataset With all training images of the setting.
 * @throws {RangeError} What the rule gives and what was changed do not fit together; names both.
 */
export function fitToData(planned: PlannedRun, dataset: Dataset): PlannedRun {
  const { experiment, preset, setting, changes } = planned;
  const { byRule } = experiment;
  if (byRule === undefined || !isOwn(planned.specification)) return planned;
  // Without what the rule gave before: a run that was fitted stays as it is.
  const specification = resolve(experiment, preset, changes, setting);
  const changed = Object.keys(changes);
  const isFree = (path: string) =>
    !changed.some((other) =>
      other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`)
    );
  const before = canonicalJson(specification);
  const given = Object.fromEntries(
    byRule(specification, factsOf(dataset))
      .filter((group) => Object.keys(group).every(isFree))
      .flatMap((group) => Object.entries(group))
      .map(([path, value]) => [path, JSON.stringify(value)] as const)
      .filter(([path, text]) => canonicalJson(change(specification, path, text)) !== before),
  );
  const fitted = resolve(experiment, preset, { ...given, ...changes }, setting);
  checkSpecification(fitted, setting);
  return { ...planned, specification: fitted, byRule: given };
}

/** Whether a run is on files that a user named: toys in their place have presets of their own. */
function isOwn({ dataset }: PlannedRun["specification"]): boolean {
  return Object.hasOwn(DATASETS[namedDataset(dataset).name].options.entries, "path");
}

function factsOf({ train: { labels, task, images } }: Dataset): DataFacts {
  const isScalar = task.kind === "regression";
  return {
    images: labels.length,
    labels: isScalar ? task.labels.length : outputsOf(task),
    size: images.shape.height,
    isScalar,
  };
}
