/** `key=value` changes of a specification: dotted paths, and JSON values or bare words. */
import { valueText } from "../../base/options/check_options.ts";
import { didYouMean } from "../../base/options/did_you_mean.ts";
import { listOptions } from "../../base/options/option_list.ts";
import { isPlainObject } from "../../base/options/options.ts";
import { namedDataset } from "./dataset_choice.ts";
import { SPECIFICATION, type Specification } from "./schema.ts";

/**
 * A copy of a specification with one value put in its place; whether it fits there is for the schema to say.
 *
 * @param path Dotted, such as "gan.steps.C-10K".
 * @param text A JSON value, or a bare word such as none.
 * @throws {RangeError} Nothing can be at this path.
 */
export function change(specification: Specification, path: string, text: string): unknown {
  const keys = path.split(".");
  if (!Object.hasOwn(SPECIFICATION.entries, keys[0]!)) throw unknownPath(path, specification);
  // A plain name has no options that could be changed one by one.
  const isOption = keys[0] === "dataset" && keys.length > 1;
  const place = isOption
    ? { ...specification, dataset: namedDataset(specification.dataset) }
    : specification;
  return withValue(place, keys, { path, value: parseValue(text) });
}

/** Lists are replaced as a whole. */
function withValue(
  place: unknown,
  keys: readonly string[],
  { path, value }: { path: string; value: unknown },
): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (place !== undefined && !isPlainObject(place)) {
    const above = path.split(".").slice(0, -keys.length).join(".");
    throw new RangeError(
      `Cannot change "${path}": found ${above} = ${
        valueText(place)
      }, want an object to change "${key}" of`,
    );
  }
  const part = place !== undefined && Object.hasOwn(place, key) ? place[key] : undefined;
  return { ...place, [key]: withValue(part, rest, { path, value }) };
}

function unknownPath(path: string, specification: Specification): RangeError {
  const known = Object.keys(SPECIFICATION.entries);
  const [first] = path.split(".");
  // "fakes" in place of "synthesis.fakes".
  const ends = listOptions(SPECIFICATION, specification)
    .map((option) => option.path)
    .filter((one) => one.endsWith(`.${path}`) && !one.includes("[]"));
  const meant = ends.length > 0
    ? `; did you mean ${ends.slice(0, 3).map((one) => `"${one}"`).join(" or ")}?`
    : didYouMean(first!, known);
  return new RangeError(
    `Cannot use ${path}: found no option of this name, want one of ${known.join(", ")}${meant}`,
  );
}

function parseValue(text: unknown): unknown {
  // Notebook cells are not type-checked: a list or a number there is meant as it stands.
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Names of settings in tables by setting; a misspelt one would leave the table of the preset in force.
 *
 * @param variants Specifications whose names are known.
 * @throws {RangeError} A table has a name that neither the settings nor any variant have.
 */
export function checkSettingNames(
  specification: Specification,
  variants: readonly Specification[],
): void {
  const inTables = (one: Specification) =>
    listOptions(SPECIFICATION, one).filter(({ setting }) => setting !== undefined);
  const known = new Set([
    ...variants.flatMap(inTables).map(({ setting }) => setting!),
    ...specification.settings,
  ]);
  for (const { path, setting } of inTables(specification)) {
    if (known.has(setting!)) continue;
    const names = [...known];
    throw new RangeError(
      `Cannot use ${path}: found no setting of this name, want one of ${names.join(", ")}` +
        didYouMean(setting!, names),
    );
  }
}
