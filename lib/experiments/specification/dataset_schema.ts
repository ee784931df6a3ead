/** A data set in a specification: its name, or an object with its name and options. */
import { type Group, nameOrOptions } from "../../base/options/options.ts";
import { type DatasetName, DATASETS } from "../../registry.ts";

type OptionGroups = { readonly [Name in DatasetName]: (typeof DATASETS)[Name]["options"] };

/** The data set of an experiment. */
export const DATASET = nameOrOptions(
  "Data set, by its name in the registry.",
  Object.fromEntries(
    Object.entries(DATASETS).map(([name, { options }]) => [name, options as Group]),
  ) as OptionGroups,
);
