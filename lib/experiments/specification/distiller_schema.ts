/** A distillation method in a specification: its name, or an object with its name and options. */
import { type Group, nameOrOptions } from "../../base/options/options.ts";
import { type DistillerName, DISTILLERS } from "../../registry.ts";

type OptionGroups = { readonly [Name in DistillerName]: (typeof DISTILLERS)[Name]["options"] };

/** An entry of `distillers`. */
export const DISTILLER = nameOrOptions(
  "Distillation method, by its name in the registry.",
  Object.fromEntries(
    Object.entries(DISTILLERS).map(([name, { options }]) => [name, options as Group]),
  ) as OptionGroups,
);
