/** Options of methods: what all take, and what those take that compare features. */
import type * as v from "valibot";
import { withDefaults } from "../base/options/option_defaults.ts";
import { type Frozen, type Group, number, optional } from "../base/options/options.ts";
import { lossWeight } from "../base/options/training_options.ts";
import type { KlReduction } from "./losses.ts";

/** What every constructor of a distiller takes beside its own options: a quirk of the whole experiment. */
export interface DistillerOptions {
  /** How temperature KD is averaged (quirk Q1); default: "batchMean". */
  readonly klReduction?: KlReduction;
}

/** What a constructor takes whose own options have this schema. */
export type MethodOptions<S extends Group> = DistillerOptions & Frozen<v.InferInput<S>>;

/**
 * The options of a constructor, checked, each with a value.
 *
 * @throws {TypeError} A value of another kind; names the option.
 * @throws {RangeError} A value out of its range, or an option that is not known; names it.
 */
export function settled<S extends Group>(
  schema: S,
  options: MethodOptions<S>,
): Required<DistillerOptions> & Frozen<v.InferOutput<S>> {
  const { klReduction = "batchMean", ...own } = options;
  const all = withDefaults(schema, own) as Readonly<Record<string, unknown>>;
  return { klReduction, ...all } as Required<DistillerOptions> & Frozen<v.InferOutput<S>>;
}

/** T of softened outputs. */
export const softening = () =>
  number(
    "T: temperature of softened outputs.",
    "(0, 1000]",
    "all classes are equally likely there",
  );

/**
 * Options of every method that compares features.
 *
 * @param weight β as published.
 */
export const featureEntries = (weight: number) => ({
  weight: optional(lossWeight("β: weight of the method's own term."), weight),
  kd: optional(lossWeight("Weight of temperature KD (T = 4) beside it; classes only."), 0),
});

/** Options of a method that compares features and has no others. */
export type FeatureOptions = MethodOptions<
  v.StrictObjectSchema<ReturnType<typeof featureEntries>, undefined>
>;
