/** The data set of a specification in one form, whichever way it is written. */
import { changedOptions } from "../../base/options/option_defaults.ts";
import { DATASETS } from "../../registry.ts";
import type { DatasetChoice } from "./schema.ts";

/** A data set with its name and the options that were given. */
export function namedDataset(dataset: DatasetChoice): Exclude<DatasetChoice, string> {
  return typeof dataset === "string" ? { name: dataset } : dataset;
}

/** What identities are made from: the plain name, and options where they differ from their standard values. */
export function datasetIdentity(dataset: DatasetChoice): unknown {
  const { name, ...given } = namedDataset(dataset);
  const changed = changedOptions(DATASETS[name].options, given);
  return Object.keys(changed).length === 0 ? name : { name, ...changed };
}
