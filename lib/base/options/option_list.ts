/** The options of a schema as a flat list, for documentation: dotted name, kind, range, value, what it does. */
import * as v from "valibot";
import { isPlainObject, kindOf, type OptionKind } from "./options.ts";

/** One option, and what a given specification says about it. */
export interface ListedOption extends OptionKind {
  /** Dotted: "gan.batch"; of the entries of a list "students[].width". */
  readonly path: string;
  /** What it does. */
  readonly what: string;
  /** In the specification; undefined where it has none. */
  readonly value: unknown;
  /** Where there is a value for each setting, the setting of this one. */
  readonly setting?: string;
}

/** What valibot's schemas hold, as far as a walk reads it. */
interface SchemaParts {
  readonly type: string;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly value?: v.GenericSchema;
}

/**
 * Every option below a schema. Parts that the specification leaves out or switches off are listed without values.
 *
 * @param specification What values are taken from.
 */
export function listOptions(schema: v.GenericSchema, specification: unknown): ListedOption[] {
  const listed = new Map<string, ListedOption>();
  // Two shapes of one part share names, such as its width: the first to have a value counts.
  for (const option of walk(schema, specification, "")) {
    if (listed.get(option.path)?.value === undefined) listed.set(option.path, option);
  }
  return [...listed.values()];
}

function* walk(schema: v.GenericSchema, value: unknown, path: string): Generator<ListedOption> {
  const { type, entries, wrapped, item, value: entry } = schema as unknown as SchemaParts;
  const alternatives = alternativesOf(schema);
  if (alternatives !== undefined) {
    // A switch is an option itself; shapes are told apart by their own options.
    if (!alternatives.every((one) => "entries" in one)) yield optionOf(schema, value, path);
    for (const one of alternatives) {
      if (!("entries" in one)) continue;
      const { name } = v.getMetadata(one as v.GenericSchema);
      if (name === undefined) yield* walk(one, v.is(one, value) ? value : undefined, path);
      // Of things with options of their own, those of the one that is chosen.
      else if (value === name) yield* namedOptions(one, path);
      else if (isPlainObject(value) && value.name === name) yield* walk(one, value, path);
    }
  } else if (wrapped !== undefined) {
    // What is left out may have a standard value, which only the wrapping knows.
    for (const option of walk(wrapped, value, path)) {
      const what = option.path === path ? v.getDescription(schema) ?? option.what : option.what;
      yield { ...option, what };
    }
  } else if (entries !== undefined) {
    for (const [key, one] of Object.entries(entries)) {
      const part = isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
      yield* walk(one, part, path === "" ? key : `${path}.${key}`);
    }
  } else if (type === "record" && entry !== undefined) {
    const bySetting = isPlainObject(value) ? Object.entries(value) : [];
    for (const [setting, one] of bySetting) {
      yield { ...optionOf(schema, one, `${path}.${setting}`), setting };
    }
  } else {
    yield optionOf(schema, value, path);
    if (item !== undefined && "entries" in item) yield* walk(item, undefined, `${path}[]`);
    for (const one of item && alternativesOf(item) || []) {
      yield* namedOptions(one, `${path}[${v.getMetadata(one).name}]`);
    }
  }
}

/** Options of what a name tells from others, below "distillers[dkd]" or "dataset". */
function* namedOptions(schema: v.GenericSchema, path: string): Generator<ListedOption> {
  for (const [key, one] of Object.entries((schema as unknown as SchemaParts).entries ?? {})) {
    if (key !== "name") yield* walk(one, undefined, `${path}.${key}`);
  }
}

/** The schemas that one stands for, where it stands for several. */
function alternativesOf(schema: v.GenericSchema): readonly v.GenericSchema[] | undefined {
  return v.getMetadata(schema).alternatives as readonly v.GenericSchema[] | undefined;
}

function optionOf(schema: v.GenericSchema, value: unknown, path: string): ListedOption {
  return { path, ...kindOf(schema), what: v.getDescription(schema) ?? "", value };
}
