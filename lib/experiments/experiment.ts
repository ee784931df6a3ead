/** The type of an experiment: its specification in the paper, and the presets that change it. */
import type { Specification } from "./specification.ts";

export type * from "./specification.ts";

/** Names of the presets. */
export const PRESETS = ["smoke", "quick", "desk", "paper"] as const;
/** A preset changes sizes and lengths, never the method. */
export type Preset = typeof PRESETS[number];

/** Part of a specification, at any depth; arrays are replaced whole. */
export type Override<T> = T extends readonly unknown[] ? T
  : T extends object ? { readonly [K in keyof T]?: Override<T[K]> }
  : T;

/** An experiment of the paper with its presets. */
export interface Experiment {
  /** For command lines and folders. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Table and figures of the paper. */
  readonly paperTables: readonly string[];
  /** What students are measured by. */
  readonly metric: { readonly name: string; readonly title: string; readonly unit: string };
  /** The paper's own numbers. */
  readonly paper: Specification;
  /** What each preset changes of the paper's numbers. */
  readonly presets: Readonly<Record<Exclude<Preset, "paper">, Override<Specification>>>;
  /** Differences from the paper that a reader of the figures must know, by preset. */
  readonly deviations: Readonly<Record<Preset, readonly string[]>>;
}

/**
 * The specification of a preset, with changes on top.
 *
 * @param changes Dotted paths and JSON values, such as {"gan.steps.C-10K": "5000"}.
 * @throws {RangeError} An unknown preset or path; names the known ones.
 * @throws {TypeError} A value of another kind than the one it replaces.
 */
export function resolve(
  experiment: Experiment,
  preset: string,
  changes: Readonly<Record<string, string>> = {},
): Specification {
  if (!(PRESETS as readonly string[]).includes(preset)) {
    const known = PRESETS.map((name) => `"${name}"`).join(", ");
    throw new RangeError(`Cannot find preset "${preset}": known names are ${known}`);
  }
  const override = preset === "paper" ? {} : experiment.presets[preset as "quick"];
  const specification = merge(experiment.paper, override) as Specification;
  return Object.entries(changes).reduce(
    (result, [path, text]) => change(result, path, text),
    specification,
  );
}

function merge(base: unknown, override: unknown): unknown {
  if (override === undefined) return base;
  if (!isPlainObject(base) || !isPlainObject(override)) return override;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) merged[key] = merge(base[key], value);
  return merged;
}

function change(specification: Specification, path: string, text: string): Specification {
  const copy = structuredClone(specification) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  let place: Record<string, unknown> = copy;
  for (const [depth, key] of keys.entries()) {
    if (!isPlainObject(place) || !Object.hasOwn(place, key)) {
      const known = isPlainObject(place) ? Object.keys(place).join(", ") : "none";
      throw new RangeError(
        `Cannot change "${path}": "${key}" is not known; known names are ${known}`,
      );
    }
    if (depth < keys.length - 1) place = place[key] as Record<string, unknown>;
  }
  const last = keys.at(-1)!;
  const value = parseValue(text);
  const before = place[last];
  const kind = (entry: unknown) => Array.isArray(entry) ? "list" : typeof entry;
  if (kind(value) !== kind(before)) {
    throw new TypeError(
      `Cannot change "${path}" to ${text}: found a ${kind(value)}, want a ${
        kind(before)
      } such as ` +
        JSON.stringify(before),
    );
  }
  place[last] = value;
  return copy as unknown as Specification;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
