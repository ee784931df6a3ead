/** Checks values against the schema of their options, and says what is wrong with which of them. */
import * as v from "valibot";
import { isPlainObject, type Options } from "./options.ts";

/**
 * Returns `value` itself, checked: nothing is added, dropped or converted.
 *
 * @param example A value that the schema lets pass, to show what is wanted where another kind was found.
 * @throws {TypeError} A value of another kind, or an option that is missing; names its path.
 * @throws {RangeError} A value out of its range, or an option that is not known; names its path.
 */
export function checkOptions<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  example?: unknown,
): Options<S> {
  const { success, issues } = v.safeParse(schema, value, { abortPipeEarly: true });
  if (success) return value as Options<S>;
  // Where a name is misspelt, one is unknown and another missing: the first says more.
  throw refusal(issues.find(isUnknown) ?? issues[0], example);
}

type Issue = v.BaseIssue<unknown>;

/** Kinds of schema whose refusal says that the value is of the wrong kind, and not out of its range. */
const KINDS = ["number", "string", "boolean", "array", "record", "strict_object"];

function isUnknown({ type, expected }: Issue): boolean {
  return type === "strict_object" && expected === "never";
}

function refusal(issue: Issue, example: unknown): Error {
  const path = issue.path ?? [];
  const keys = path.map(({ key }) => key as string | number);
  const last = path.at(-1);
  // Valibot takes a list for an object without the wanted keys.
  if (last?.origin === "key" && Array.isArray(last.input)) {
    return new TypeError(
      `Cannot use ${pathText(keys.slice(0, -1))} = ${
        valueText(last.input)
      }: found a list, want an object`,
    );
  }
  if (last?.origin === "key") {
    const fault = `Cannot use ${pathText(keys)}: ${issue.message}`;
    return isUnknown(issue) ? new RangeError(fault) : new TypeError(fault);
  }
  const used = `Cannot use ${pathText(keys)} = ${valueText(issue.input)}`;
  if (!KINDS.includes(issue.type)) return new RangeError(`${used}: ${issue.message}`);
  const shown = JSON.stringify(valueAt(example, keys));
  const such = shown === undefined || shown.length > 100 ? "" : `, such as ${shown}`;
  return new TypeError(`${used}: found ${kindText(issue.input)}, ${issue.message}${such}`);
}

/** "students[0].width". */
function pathText(keys: readonly (string | number)[]): string {
  const text = keys.map((key) => typeof key === "number" ? `[${key}]` : `.${key}`).join("");
  return text.replace(/^\./, "");
}

/** A value as messages print it; long ones are cut. */
export function valueText(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function kindText(value: unknown): string {
  if (value === null || Number.isNaN(value)) return String(value);
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function valueAt(start: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (place, key) =>
      (isPlainObject(place) || Array.isArray(place)) && Object.hasOwn(place, key)
        ? (place as Record<string | number, unknown>)[key]
        : undefined,
    start,
  );
}
