/** The start of every notebook and task: an experiment at a preset, checked and ready to be walked. */
import type { Dataset, Task } from "../base/contracts.ts";
import { tellOpenedSet } from "../base/disk/opened_sets.ts";
import { withDefaults } from "../base/options/option_defaults.ts";
import { isForUser } from "../base/told.ts";
import { checkDataset } from "../data/parts/check.ts";
import { fewerImages } from "../data/parts/fewer_images.ts";
import { unusedSet } from "../data/parts/unused.ts";
import { validationSet } from "../data/parts/validation.ts";
import type { DatasetLoader } from "../data/loader.ts";
import { namedDataset } from "../experiments/specification/dataset_choice.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import { SPLIT_NAMES } from "../experiments/specification/split_names.ts";
import { DATASETS } from "../registry.ts";
import { checkAgainstData } from "./check_specification.ts";
import { fitToData } from "./fit_to_data.ts";
import { withoutStack } from "./gate.ts";
import { planRuns } from "./plan_runs.ts";
import { ExperimentRun } from "./run.ts";
import type { PlannedRun, RunOptions } from "./run_options.ts";

/**
 * Opens an experiment: resolves its preset, loads its data, finds its store. Nothing is trained yet.
 *
 * @param what An experiment, of which the first run is opened that the options ask for; or one of its planned runs.
 * @throws {RangeError} An unknown preset, setting, path of a change, name or cell; a number out of range.
 */
export async function openRun(
  what: Experiment | PlannedRun,
  options: RunOptions = {},
): Promise<ExperimentRun> {
  return await throughGate(options, () => planAndLoad(what, options));
}

/** Opens the gate of a notebook; what `work` throws closes it again, and is shown as a message. */
export async function throughGate<T>(options: RunOptions, work: () => Promise<T> | T): Promise<T> {
  const { gate } = options.session ?? {};
  gate?.open();
  try {
    return await work();
  } catch (error) {
    // A notebook shows the stack: to who lacks a file or misspelt a name it says nothing.
    if (gate !== undefined && error instanceof Error && isForUser(error)) withoutStack(error);
    // Else a run from before would answer the cells below.
    gate?.close(error);
    throw error;
  }
}

async function planAndLoad(
  what: Experiment | PlannedRun,
  options: RunOptions,
): Promise<ExperimentRun> {
  const asked = "specification" in what ? what : planRuns(what, options)[0]!;
  const { setting } = asked;
  const { name, ...ofLoader } = namedDataset(asked.specification.dataset);
  const loader: DatasetLoader = DATASETS[name];
  const { session } = options;
  const loading = loader.load({
    setting,
    options: withDefaults(loader.options, ofLoader),
    progress: session?.progress,
    signal: session?.signal,
  });
  const loaded = await (session?.live(loading) ?? loading);
  checkDataset(loaded);
  checkKind(asked.experiment, loaded);
  tellOpenedSet(loaded);
  const planned = fitToData(asked, loaded);
  const { specification } = planned;
  const { trainImages, split } = specification;
  const some = trainImages === undefined ? loaded : fewerImages(loaded, trainImages);
  const dataset = SPLITS[split](some);
  checkAgainstData(specification, setting, dataset);
  const ofData = inUnitOf(dataset.train.task, planned.experiment);
  const experiment = namedBySplit(split, ofData);
  return new ExperimentRun({ ...planned, experiment }, dataset, options);
}

/**
 * Refuses classes where an experiment measures amounts, and the other way round: errors would be recorded under a name and
 * in a unit that they do not have.
 *
 * @throws {RangeError} Labels of the other kind.
 */
function checkKind({ name, metric }: Experiment, { name: set, train: { task } }: Dataset): void {
  const isOfClasses = metric.unit === "%";
  if (isOfClasses === (task.kind === "classification")) return;
  const [found, wanted, other] = isOfClasses
    ? ["amounts", "classes", "own_labels"]
    : ["classes", "amounts", "own_images"];
  throw new RangeError(
    `Cannot run "${name}" on "${set}": found labels that are ${found}, want ${wanted}; say dataset.task=${
      isOfClasses ? "classes" : "scalar"
    } where numbers are meant so, or run "${other}"`,
  );
}

/** The same experiment, whose errors are in the unit of the labels: a set of somebody's own has its own. */
function inUnitOf(task: Task, experiment: Experiment): Experiment {
  if (task.kind === "classification") return experiment;
  return { ...experiment, metric: { ...experiment.metric, unit: task.unit } };
}

/** What each split makes of a data set. */
const SPLITS: Readonly<Record<Specification["split"], (dataset: Dataset) => Dataset>> = {
  test: (dataset) => dataset,
  validation: validationSet,
  unused: unusedSet,
};

/** The same experiment, whose errors are called those of test images only where they are. */
function namedBySplit(split: Specification["split"], experiment: Experiment): Experiment {
  const { metric } = experiment;
  const title = metric.title.replace("test", SPLIT_NAMES[split]);
  return { ...experiment, metric: { ...metric, title } };
}
