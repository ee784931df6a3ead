/** Command lines of the tasks: names, presets, `key=value` changes, and what is wrong with them. */
import { parseArgs as parse, type ParseArgsConfig } from "node:util";
import { didYouMean } from "../base/options/did_you_mean.ts";
import type { TableForm } from "../report/render_table.ts";
import { HelpAsked, UsageError } from "./main.ts";

/**
 * Presets, as in `lib/experiments/specification/experiment.ts`; written out here since a task checks its command line
 * before packages are there.
 */
export const PRESET_NAMES = ["smoke", "quick", "desk", "paper"] as const;

/** Forms of printed tables, as in `lib/report/render_table.ts`; written out for the same reason. */
const TABLE_FORMS: readonly TableForm[] = ["text", "csv", "markdown", "latex", "html"];

/** Options of a task, as `parseArgs` of `node:util` has them. */
export type TaskOptions = NonNullable<ParseArgsConfig["options"]>;

/** A command line in parts. */
export interface TaskArguments {
  /** Words that are neither options nor changes. */
  readonly words: readonly string[];
  /** `key=value` words, of tasks whose usage names them. */
  readonly changes: Readonly<Record<string, string>>;
  /** Options by name. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/**
 * Takes a command line apart. `--help` or `-h` anywhere before a `--` asks for the usage, whatever else is there: who
 * asks for help may have the rest wrong.
 *
 * @throws {HelpAsked} The command line asks for the usage.
 * @throws {UsageError} An unknown option, a missing value, an unknown preset, or two values of one key; shows the usage.
 */
export function parseTask(
  args: readonly string[],
  { options, usage, hasChanges = usage.includes("key=value") }: {
    readonly options: TaskOptions;
    readonly usage: string;
    /** Whether words with an equals sign are changes; elsewhere names of files may have one. Default: as the usage says. */
    readonly hasChanges?: boolean;
  },
): TaskArguments {
  if (asksForHelp(args)) throw new HelpAsked(usage);
  let parsed;
  try {
    parsed = parse({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const names = Object.keys(options).map((name) => `--${name}`);
    const known = names.length === 0
      ? "there are no options"
      : `known options are ${names.join(", ")}`;
    const detail = (error as Error).message.split(". To specify")[0]!.replace(/\.$/, "");
    const [, unknown] = /^Unknown option '(--[^']+)'/.exec(detail) ?? [];
    const meant = unknown === undefined ? "" : didYouMean(unknown, names);
    throw new UsageError(
      `Cannot read the command line: ${detail}; ${known}${meant}\nUsage: ${usage}`,
    );
  }
  const values = parsed.values as Record<string, string | boolean | undefined>;
  const { preset } = values;
  if (preset !== undefined && !(PRESET_NAMES as readonly unknown[]).includes(preset)) {
    const known = PRESET_NAMES.map((name) => `"${name}"`).join(", ");
    throw new UsageError(
      `Cannot find preset "${preset}": known names are ${known}${
        didYouMean(String(preset), PRESET_NAMES)
      }\nUsage: ${usage}`,
    );
  }
  const words: string[] = [];
  const changes: Record<string, string> = {};
  for (const word of parsed.positionals) {
    const at = word.indexOf("=");
    if (at <= 0 || !hasChanges) {
      words.push(word);
      continue;
    }
    const [key, value] = [word.slice(0, at), word.slice(at + 1)];
    if (Object.hasOwn(changes, key) && changes[key] !== value) {
      throw new UsageError(
        `Cannot set "${key}" twice: found ${
          changes[key]
        } and ${value}, want one of them\nUsage: ${usage}`,
      );
    }
    changes[key] = value;
  }
  return { words, changes, values };
}

/** No option takes these as its value: `parseArgs` refuses a value that begins with a dash. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end)
    .some((word) => word === "--help" || word === "-h");
}

/**
 * The only word of a command line.
 *
 * @throws {UsageError} There is none, or more than one.
 */
export function onlyWord(
  { words }: TaskArguments,
  { what, usage, known }: {
    readonly what: string;
    readonly usage: string;
    /** Names that there are. */
    readonly known: readonly string[];
  },
): string {
  if (words.length === 1) return words[0]!;
  const found = words.length === 0 ? "none" : words.map((word) => `"${word}"`).join(", ");
  const wanted = known.length === 0 ? "one" : `one of ${known.join(", ")}`;
  throw new UsageError(
    `Cannot tell the ${what}: found ${found}, want ${wanted}\nUsage: ${usage}`,
  );
}

/**
 * Throws where a command line has words, of a task that takes none.
 *
 * @throws {UsageError} There is one; shows the usage.
 */
export function wantNoWord({ words }: TaskArguments, usage: string): void {
  const [word] = words;
  if (word === undefined) return;
  throw new UsageError(`Cannot use "${word}": want no word\nUsage: ${usage}`);
}

/**
 * Throws where an option was given that what is asked for knows nothing of: whoever gives it expects that it does
 * something.
 *
 * @param beside What is asked for, as `with ${beside}` says it.
 * @throws {UsageError} There is such an option; lists those that there are.
 */
export function wantOptions(
  given: Readonly<Record<string, unknown>>,
  { beside, known, usage }: {
    readonly beside: string;
    readonly known: readonly string[];
    readonly usage: string;
  },
): void {
  const unfit = Object.keys(given).find((name) =>
    given[name] !== undefined && !known.includes(name)
  );
  if (unfit === undefined) return;
  throw new UsageError(
    `Cannot use --${unfit} with ${beside}: it takes ${
      known.map((name) => `--${name}`).join(", ") || "no options"
    }\nUsage: ${usage}`,
  );
}

/**
 * The value of an option that counts something; undefined where the option is not there.
 *
 * @throws {UsageError} No integer from 1 to `most`.
 */
export function countOption(
  option: string,
  text: string | undefined,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new UsageError(`Cannot use ${option} ${text}: want an integer from 1 to ${most}`);
}

/** Which of a table's seeds, by place: all up to the last, without those before the first. */
export interface SeedRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The value of `--seeds`: "3" for the first three, "7-12" for the seventh to the twelfth.
 *
 * @throws {UsageError} Neither, or beyond `most`.
 */
export function seedsOption(text: string | undefined, most: number): SeedRange | undefined {
  if (text === undefined) return undefined;
  const [, from, to] = /^(?:(\d+)-)?(\d+)$/.exec(text) ?? [];
  const [first, last] = [Number(from ?? 1), Number(to)];
  if (first >= 1 && first <= last && last <= most) return { first, last };
  throw new UsageError(
    `Cannot use --seeds ${text}: want how many, from 1 to ${most}, or which, such as 4-6`,
  );
}

/**
 * The one of some names that holds a word; a name that equals it comes first.
 *
 * @throws {UsageError} None or several do; lists the known ones.
 */
export function findName(names: readonly string[], word: string, what: string): string {
  if (names.includes(word)) return word;
  const found = names.filter((name) => name.includes(word));
  if (found.length === 1) return found[0]!;
  const list = (some: readonly string[]) => some.map((name) => `"${name}"`).join(", ");
  const known = names.length === 0
    ? "there are none yet"
    : `known names are ${list(names)}${didYouMean(word, names)}`;
  throw new UsageError(
    found.length === 0
      ? `Cannot find ${what} "${word}": ${known}`
      : `Cannot tell the ${what} "${word}": found ${list(found)}, want one`,
  );
}

/**
 * The form that `--format` asks for; "text" without it.
 *
 * @throws {UsageError} There is no such form; lists the known ones.
 */
export function formatOption({ values }: TaskArguments, usage: string): TableForm {
  const { format = "text" } = values;
  const found = TABLE_FORMS.find((form) => form === format);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot print format "${format}": known formats are ${TABLE_FORMS.join(", ")}` +
      `${didYouMean(String(format), TABLE_FORMS)}\nUsage: ${usage}`,
  );
}
