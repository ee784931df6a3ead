/** What a notebook's call is given, which no compiler looks at: Jupyter's kernel takes the types away unread. */
import { shown } from "../base/check_argument.ts";
import { didYouMean } from "../base/options/did_you_mean.ts";
import { isPlainObject } from "../base/options/options.ts";
import type { RunOptions } from "./run_options.ts";

/** Every option of a run, or the compiler says which is missing. */
const RUN_OPTIONS: Readonly<Record<keyof RunOptions, true>> = {
  preset: true,
  setting: true,
  seeds: true,
  changes: true,
  fresh: true,
  cells: true,
  session: true,
  results: true,
  store: true,
  page: true,
};

/**
 * Throws unless a call can have been meant: a misspelt option would else be passed over, and the run be another one.
 *
 * @param what An experiment or a planned run.
 * @param more Names of options that the call has beside those of a run.
 * @throws {TypeError} `what` is no experiment, or an option is of another kind.
 * @throws {RangeError} An option that is not known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { walkthrough } from "../experiments/walkthrough.ts";
 * assert.throws(() => checkCall(walkthrough, { presett: "smoke" }), /did you mean "preset"\?$/);
 * ```
 */
export function checkCall(what: unknown, options: unknown, more: readonly string[] = []): void {
  const isRunnable = typeof what === "object" && what !== null &&
    ("specification" in what || "presets" in what);
  if (!isRunnable) {
    throw new TypeError(
      `Cannot open an experiment: found ${shown(what)}, want one of lib/mod.ts, ` +
        "such as openExperiment(cifar10), without quotes",
    );
  }
  if (!isPlainObject(options)) {
    throw new TypeError(
      `Cannot open an experiment: found ${shown(options)} as options, ` +
        'want an object, such as { preset: "quick" }',
    );
  }
  const known = [...Object.keys(RUN_OPTIONS), ...more];
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (known.includes(name)) continue;
    throw new RangeError(
      `Cannot use option "${name}": want one of ${known.join(", ")}; ` +
        `what the specification shows goes into changes${didYouMean(name, known)}`,
    );
  }
  for (const name of ["preset", "setting", "cells", "results"]) {
    const value = options[name];
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`Cannot use option ${name}: found ${shown(value)}, want a string`);
  }
  if (options.changes !== undefined && !isPlainObject(options.changes)) {
    throw new TypeError(
      `Cannot use option changes: found ${shown(options.changes)}, want an object of paths ` +
        'and values, such as { "synthesis.fakes": "2000" }',
    );
  }
}
