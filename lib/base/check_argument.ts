/** What a call of a notebook is given, which no compiler looks at: Jupyter's kernel takes the types away unread. */
import { didYouMean } from "./options/did_you_mean.ts";
import { isPlainObject } from "./options/options.ts";

/** A kind of argument: its words, and what tells it from all others. */
export interface ArgumentKind {
  /** Such as "a run, as from await openExperiment(...)". */
  readonly want: string;
  /** Is asked only of objects that are no promise; looks at what is there and reads as little as it can. */
  fits(value: object): boolean;
}

/**
 * Throws unless an argument is of a kind. The commonest other one is a promise, of a call without `await`.
 *
 * @param call As it is written in a cell, such as "figures.ganFigure()".
 * @throws {TypeError} It is of another kind; says what was found and how one comes by what is wanted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const table = { want: "a table", fits: (value: object) => "columns" in value };
 * assert.throws(() => checkArgument("draw()", Promise.resolve(), table), /found a promise \(await it\), want a table$/);
 * ```
 */
export function checkArgument(call: string, value: unknown, { want, fits }: ArgumentKind): void {
  if (isAwaited(value) && fits(value)) return;
  throw new TypeError(`Cannot call ${call}: found ${shown(value)}, want ${want}`);
}

/**
 * A list whose entries are of a kind.
 *
 * @param want Words of the whole list.
 */
export function listOf(want: string, fits: ArgumentKind["fits"]): ArgumentKind {
  return {
    want,
    fits: (value) =>
      Array.isArray(value) && value.every((entry) => isAwaited(entry) && fits(entry)),
  };
}

/**
 * Throws unless an argument is a list, of anything but promises.
 *
 * @param want Words of it, such as "a list of rows".
 * @throws {TypeError} Something else.
 */
export function checkList(call: string, value: unknown, want: string): void {
  const fits = (list: object) =>
    Array.isArray(list) && !list.some((entry) => entry instanceof Promise);
  checkArgument(call, value, { want, fits });
}

/**
 * Throws unless an argument is text.
 *
 * @param want Such as "the name of a student".
 * @throws {TypeError} Something else.
 */
export function checkText(call: string, value: unknown, want: string): asserts value is string {
  if (typeof value === "string") return;
  throw new TypeError(`Cannot call ${call}: found ${shown(value)}, want ${want}`);
}

/** How an object of options can be wrong. */
export interface OptionsRule<T> {
  /** Every option by name, or the compiler says which is missing. */
  readonly known: Readonly<Record<keyof T, true>>;
  /** One that says what the call cannot do without, such as '{ label: 3 }'. */
  readonly example: string;
}

/**
 * Throws unless an argument is an object of known options: a misspelt one would else be passed over.
 *
 * @throws {TypeError} It is no such object.
 * @throws {RangeError} An option that is not known.
 */
export function checkOptionNames<T extends object>(
  call: string,
  options: T,
  { known, example }: OptionsRule<T>,
): void {
  checkArgument(call, options, {
    want: `an object of options, such as ${example}`,
    fits: isPlainObject,
  });
  const names = Object.keys(known);
  for (const [name, value] of Object.entries(options)) {
    if (names.includes(name) || value === undefined) continue;
    throw new RangeError(
      `Cannot use option "${name}" of ${call}: want one of ${names.join(", ")}` +
        didYouMean(name, names),
    );
  }
}

/** What a message says that it found. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value instanceof Promise) return "a promise (await it)";
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty list";
    return value.some((entry) => entry instanceof Promise)
      ? "a list of promises (await Promise.all(list))"
      : "a list";
  }
  if (typeof value === "object") return "another object";
  if (typeof value === "function") return "a function";
  return `${typeof value} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
}

function isAwaited(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Promise);
}
