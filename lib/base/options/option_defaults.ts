/** Options that are left out: their standard values, and which differ from them. */
import * as v from "valibot";
import { checkOptions } from "./check_options.ts";
import type { Frozen, Group } from "./options.ts";

/**
 * The value, checked, with the standard value of each option that it leaves out.
 *
 * @throws {TypeError} A value of another kind; names its path.
 * @throws {RangeError} A value out of its range, or an option that is not known; names its path.
 */
export function withDefaults<S extends Group>(schema: S, value: unknown): Frozen<v.InferOutput<S>> {
  checkOptions(schema, value);
  return v.parse(schema, value) as Frozen<v.InferOutput<S>>;
}

/** Those of the options that have another value than where they are left out, in the order of the schema. */
export function changedOptions(
  schema: Group,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const standard = v.parse(schema, {}) as Record<string, unknown>;
  const names = Object.keys(schema.entries).filter((name) =>
    options[name] !== undefined && JSON.stringify(options[name]) !== JSON.stringify(standard[name])
  );
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}
