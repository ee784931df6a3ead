/** Argument checks and the wording of errors: what could not be done, what was found, what is wanted. */
import { didYouMean } from "./did_you_mean.ts";

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
