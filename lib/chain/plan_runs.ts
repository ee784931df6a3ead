/** What a notebook or a command asks for, resolved and checked once, before any data is loaded. */
import { type Experiment, type Preset, resolve } from "../experiments/specification/experiment.ts";
import { checkSpecification } from "./check_specification.ts";
import type { PlannedRun, RunOptions } from "./run_options.ts";
import { studentChoices } from "./stages/student_choice.ts";

/**
 * One run for each setting of the preset, in its order, or the run of the setting that the options name.
 *
 * @throws {RangeError} An unknown preset, setting, path of a change, name or cell; a number out of range.
 * @throws {TypeError} A value of another kind than is wanted.
 */
export function planRuns(experiment: Experiment, options: RunOptions = {}): PlannedRun[] {
  const { preset = "quick", setting, seeds, changes = {}, cells } = options;
  const first = resolve(experiment, preset, changes, setting);
  const settings = setting === undefined ? first.settings : [setting];
  const counted = seeds === undefined ? undefined : firstSeeds(first.seeds, seeds);
  return settings.map((name) => {
    const isSpecial = setting === undefined && hasOwnValues(experiment, preset as Preset, name);
    const plain = isSpecial ? resolve(experiment, preset, changes, name) : first;
    const specification = counted === undefined ? plain : { ...plain, seeds: counted };
    checkSpecification(specification, name);
    studentChoices(specification, { cells });
    return {
      experiment,
      preset: preset as Preset,
      setting: name,
      specification,
      changes: counted === undefined ? changes : { ...changes, seeds: JSON.stringify(counted) },
    };
  });
}

/** Whether a preset changes something for a setting. */
function hasOwnValues({ bySetting }: Experiment, preset: Preset, setting: string): boolean {
  return bySetting?.[preset]?.[setting] !== undefined;
}

/** The first seeds of a preset; more than it has go on from the largest, so that none comes twice. */
function firstSeeds(seeds: readonly number[], count: number): number[] {
  const largest = Math.max(0, ...seeds);
  return Array.from({ length: count }, (_, k) => seeds[k] ?? largest + k - seeds.length + 1);
}
