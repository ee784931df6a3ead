/** The options of an experiment as text: what `deno task run EXPERIMENT --options` prints. */
import { valueText } from "../../base/options/check_options.ts";
import { didYouMean } from "../../base/options/did_you_mean.ts";
import { listOptions } from "../../base/options/option_list.ts";
import { SPECIFICATION, type Specification } from "./schema.ts";

/**
 * Two lines an option: its value, kind and range; and what it does.
 *
 * @param prefix Only options whose dotted name is this or goes on from it, such as "gan" or "gan.guide".
 * @throws {RangeError} No option has such a name.
 */
export function optionsText(specification: Specification, prefix = ""): string {
  const all = listOptions(SPECIFICATION, specification);
  const isMeant = (path: string) =>
    prefix === "" || path === prefix || path.startsWith(`${prefix}.`) ||
    path.startsWith(`${prefix}[`);
  const options = all.filter(({ path }) => isMeant(path));
  if (options.length === 0) {
    const names = new Set(all.flatMap(({ path }) => [path, path.split(".")[0]!]));
    throw new RangeError(
      `Cannot find options "${prefix}": want the beginning of a dotted name, such as gan or gan.guide` +
        didYouMean(prefix, [...names]),
    );
  }
  return options.map(({ path, value, kind, range, what }) => {
    const shown = value === undefined
      // An entry of a list has no value of its own.
      ? path.includes("[") ? "" : " is not set"
      : ` = ${valueText(value)}`;
    return `${path}${shown}   ${kind}${range === undefined ? "" : `, ${range}`}\n    ${what}`;
  }).join("\n");
}
