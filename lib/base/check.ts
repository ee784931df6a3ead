/** Argument checks and the wording of errors: what could not be done, what was found, what is wanted. */
import { didYouMean } from "./options/did_you_mean.ts";

/**
 * The entry called `name`, or a RangeError that lists the known names.
 *
 * @throws {RangeError} There is no such entry.
 */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  const names = Object.keys(table);
  const known = names.map((key) => `"${key}"`).join(", ");
  throw new RangeError(
    `Cannot find ${what} "${name}": known names are ${known}${didYouMean(name, names)}`,
  );
}

/**
 * Throws unless `value` is an integer of at least `minimum`.
 *
 * @throws {RangeError} Another value.
 */
export function checkInteger(value: number, name: string, minimum = 1): void {
  if (!Number.isInteger(value) || value < minimum) {
    throw new RangeError(`Cannot use ${name} = ${value}: want an integer of at least ${minimum}`);
  }
}

/**
 * Throws unless `low` < `value` <= `high`.
 *
 * @throws {RangeError} Another value.
 */
export function checkFraction(value: number, name: string, low = 0, high = 1): void {
  if (!(value > low && value <= high)) {
    throw new RangeError(`Cannot use ${name} = ${value}: want a number in (${low}, ${high}]`);
  }
}

/**
 * Throws unless `shape` equals `wanted`, where −1 stands for any size.
 *
 * @throws {TypeError} Another shape.
 */
export function checkShape(
  shape: readonly number[],
  wanted: readonly number[],
  what: string,
): void {
  const fits = shape.length === wanted.length &&
    shape.every((side, axis) => wanted[axis] === -1 || side === wanted[axis]);
  if (!fits) {
    const text = wanted.map((side) => side === -1 ? "any" : String(side)).join(", ");
    throw new TypeError(`Cannot use ${what}: found shape [${shape.join(", ")}], want [${text}]`);
  }
}

/** A number that is not finite, and where it was found. */
export interface NonFinite {
  /** Such as `history[3].loss` or `conv1/kernel[17]`. */
  readonly place: string;
  /** NaN or an infinity. */
  readonly value: number;
  /** `step` of the object that holds it, as rows of curves have it. */
  readonly step?: number;
}

/** The first number that is not finite in a value and all below it, typed arrays included; undefined without one. */
export function findNonFinite(value: unknown, place = ""): NonFinite | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { place, value };
  if (value === null || typeof value !== "object") return undefined;
  if (ArrayBuffer.isView(value)) {
    if (!(value instanceof Float32Array || value instanceof Float64Array)) return undefined;
    // A plain loop, since weights are many: findIndex takes ten times as long.
    for (let i = 0; i < value.length; i++) {
      if (!Number.isFinite(value[i]!)) return { place: `${place}[${i}]`, value: value[i]! };
    }
    return undefined;
  }
  for (const [key, entry] of Object.entries(value)) {
    const found = findNonFinite(entry, placeBelow(value, place, key));
    if (found === undefined) continue;
    const { step } = value as { step?: unknown };
    return typeof step === "number" && found.step === undefined ? { ...found, step } : found;
  }
  return undefined;
}

/** Where a value holds null, which is what JSON makes of a number that is not finite; undefined without one. */
export function findNull(value: unknown, place = ""): string | undefined {
  if (value === null) return place;
  if (typeof value !== "object") return undefined;
  for (const [key, entry] of Object.entries(value)) {
    const found = findNull(entry, placeBelow(value, place, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function placeBelow(parent: object, place: string, key: string): string {
  if (Array.isArray(parent)) return `${place}[${key}]`;
  return place === "" ? key : `${place}.${key}`;
}
