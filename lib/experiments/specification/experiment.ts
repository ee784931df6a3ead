/** The type of an experiment: its specification in the paper, and the presets that change it. */
import { SWITCHES } from "./allowed_values.ts";
import type { Specification } from "./specification.ts";

export type * from "./specification.ts";

/** Names of the presets. */
export const PRESETS = ["smoke", "quick", "desk", "paper"] as const;
/**
 * "paper" is the method of the paper. The others change sizes and lengths, and a few parts that `deviations` names.
 */
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
  /** What a preset changes further for one of its settings, such as epochs over fewer images. */
  readonly bySetting?: Readonly<
    Partial<Record<Preset, Readonly<Record<string, Override<Specification>>>>>
  >;
  /** It repeats nothing of the paper, so it has no preset "paper". */
  readonly isDemonstration?: boolean;
  /** Differences from the paper that a reader of the figures must know, by preset. */
  readonly deviations: Readonly<Record<Preset, readonly string[]>>;
}

/**
 * The specification of a preset, with changes on top.
 *
 * @param changes Dotted paths and JSON values, such as {"gan.steps.C-10K": "5000"}.
 * @param setting Takes what the preset changes for it, below the changes.
 * @throws {RangeError} An unknown preset or path; names the known ones.
 * @throws {TypeError} A value of another kind than the one it replaces.
 */
export function resolve(
  experiment: Experiment,
  preset: string,
  changes: Readonly<Record<string, string>> = {},
  setting?: string,
): Specification {
  if (!(PRESETS as readonly string[]).includes(preset)) {
    const known = PRESETS.map((name) => `"${name}"`).join(", ");
    throw new RangeError(`Cannot find preset "${preset}": known names are ${known}`);
  }
  if (preset === "paper" && experiment.isDemonstration) {
    throw new RangeError(
      `Cannot run "${experiment.name}" at preset "paper": it is a demonstration and repeats nothing of the ` +
        "paper, want another preset",
    );
  }
  const override = preset === "paper" ? {} : experiment.presets[preset as "quick"];
  const further = setting && experiment.bySetting?.[preset as Preset]?.[setting];
  const specification = merge(merge(experiment.paper, override), further || {}) as Specification;
  const variants = [
    experiment.paper,
    ...Object.values(experiment.presets).map((one) => merge(experiment.paper, one)),
  ] as Specification[];
  return Object.entries(changes).reduce(
    (result, [path, text]) => change(result, path, text, variants),
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

/** @param variants What the experiment's presets hold: parts that are absent here may be there. */
function change(
  specification: Specification,
  path: string,
  text: string,
  variants: readonly Specification[],
): Specification {
  const copy = structuredClone(specification);
  const keys = path.split(".");
  const last = keys.pop()!;
  const place = follow(copy, path, keys);
  const places = [place, ...variants.map((one) => peek(one, keys)).filter(isPlainObject)];
  const examples = places.filter((one) => Object.hasOwn(one, last)).map((one) => one[last]);
  if (examples.length === 0) throw unknownKey(path, last, Object.keys(place));
  const value = parseValue(text);
  const isSwitch = value !== undefined && value === SWITCHES[path];
  if (!isSwitch && !examples.some((one) => kindOf(one) === kindOf(value))) {
    throw new TypeError(
      `Cannot change "${path}" to ${text}: found a ${kindOf(value)}, want a ` +
        `${kindOf(examples[0])} such as ${JSON.stringify(examples[0])}`,
    );
  }
  place[last] = value;
  return copy;
}

/** The object that the keys lead to. */
function follow(start: unknown, path: string, keys: readonly string[]): Record<string, unknown> {
  let place = start;
  for (const key of keys) {
    if (!isPlainObject(place) || !Object.hasOwn(place, key)) {
      throw unknownKey(path, key, isPlainObject(place) ? Object.keys(place) : []);
    }
    place = place[key];
  }
  if (!isPlainObject(place)) throw unknownKey(path, path.slice(path.lastIndexOf(".") + 1), []);
  return place;
}

/** What the keys lead to; undefined where nothing is. */
function peek(start: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((place, key) => isPlainObject(place) ? place[key] : undefined, start);
}

function unknownKey(path: string, key: string, known: readonly string[]): RangeError {
  const names = known.length === 0 ? "none" : known.join(", ");
  return new RangeError(`Cannot change "${path}": "${key}" is not known; known names are ${names}`);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
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
