/** The start of every notebook and task: an experiment at a preset, checked and ready to be walked. */
import { lookUp } from "../base/check.ts";
import { validationSet } from "../data/parts/validation.ts";
import { type DatasetLoader, DATASETS } from "../registry.ts";
import { checkAgainstData, checkSpecification } from "./check_specification.ts";
import { type Experiment, type Preset, resolve } from "../experiments/specification/experiment.ts";
import { ExperimentRun, type RunOptions } from "./run.ts";
import { studentChoices } from "./stages/student_choice.ts";

/**
 * Opens an experiment: resolves its preset, loads its data, finds its store. Nothing is trained yet.
 *
 * @throws {RangeError} An unknown preset, setting, path of a change, name or cell; a number out of range.
 */
export async function openRun(
  experiment: Experiment,
  options: RunOptions = {},
): Promise<ExperimentRun> {
  const { preset = "quick", changes = {} } = options;
  const { settings } = resolve(experiment, preset, changes);
  const setting = options.setting ?? settings[0]!;
  const specification = resolve(experiment, preset, changes, setting);
  checkSpecification(specification, setting);
  studentChoices(specification, { cells: options.cells });
  const load: DatasetLoader = lookUp(DATASETS, specification.dataset, "data set");
  const loading = load(setting, {
    progress: options.session?.progress,
    signal: options.session?.signal,
  });
  const loaded = await (options.session?.live(loading) ?? loading);
  const dataset = specification.split === "validation" ? validationSet(loaded) : loaded;
  checkAgainstData(specification, setting, dataset);
  const resolved = { specification, setting, dataset };
  const measured = specification.split === "validation" ? onValidation(experiment) : experiment;
  return new ExperimentRun(measured, preset as Preset, resolved, options);
}

/** The same experiment, whose errors are not called those of test images. */
function onValidation(experiment: Experiment): Experiment {
  const { metric } = experiment;
  return {
    ...experiment,
    metric: { ...metric, title: metric.title.replace("test", "validation") },
  };
}
