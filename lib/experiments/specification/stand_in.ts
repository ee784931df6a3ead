/** A preset that trains on another data set than its experiment, such as toys at "smoke". */
import { isPlainObject } from "../../base/options/options.ts";
import { DATASETS } from "../../registry.ts";
import { namedDataset } from "./dataset_choice.ts";
import type { DatasetChoice } from "./schema.ts";

/**
 * Refuses an option of the experiment's own data set where a preset has another one in its place: "no option of this
 * name" would send a reader to look for a misspelling.
 *
 * @param changes Dotted paths.
 * @param chosen The data set that is in force, not checked yet.
 * @throws {RangeError} The option belongs to the data set whose place is taken.
 */
export function checkStandIn(
  changes: Readonly<Record<string, string>>,
  { preset, own, chosen }: {
    readonly preset: string;
    readonly own: DatasetChoice;
    readonly chosen: unknown;
  },
): void {
  if (typeof chosen !== "string" && !isPlainObject(chosen)) return;
  const wanted = namedDataset(own).name;
  const found = namedDataset(chosen as DatasetChoice).name;
  // A name that is not known has a message of its own.
  if (wanted === found || !Object.hasOwn(DATASETS, found)) return;
  const known = (name: typeof wanted) => DATASETS[name].options.entries;
  for (const path of Object.keys(changes)) {
    const [group, option = ""] = path.split(".");
    if (group !== "dataset" || Object.hasOwn(known(found), option)) continue;
    if (!Object.hasOwn(known(wanted), option)) continue;
    throw new RangeError(
      `Cannot use ${path} at preset "${preset}": found data set "${found}", which takes the place of "${wanted}" ` +
        `there; want another preset, such as "quick"`,
    );
  }
}
