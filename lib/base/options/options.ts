/**
 * Options of a specification, each with its kind, its range and what it does in one place: a schema that gives the
 * TypeScript type, the check with its message, and the documentation.
 */
import * as v from "valibot";
import { didYouMean } from "./did_you_mean.ts";

/** What a schema lets pass, never to be changed in place. */
export type Options<S extends v.GenericSchema> = Frozen<v.InferOutput<S>>;

/** Read-only at every depth. */
export type Frozen<T> = T extends readonly (infer Entry)[] ? readonly Frozen<Entry>[]
  : T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> }
  : T;

/** How the documentation prints an option. */
export interface OptionKind {
  /** Such as "integer" or '"soft" or "hard"'. */
  readonly kind: string;
  /** Such as "1 to 8192"; without one where the kind says it all. */
  readonly range?: string;
}

/** Says what an option does and how its values are written; its type stays. */
function documented<S extends v.GenericSchema>(schema: S, what: string, kind: OptionKind): S {
  return v.pipe(schema, v.description(what), v.metadata({ ...kind })) as unknown as S;
}

/** Bounds of a number, and why there is an upper one. */
export interface IntegerBounds {
  /** Smallest value; default: 1. */
  readonly from?: number;
  /** Largest value. */
  readonly to: number;
  /** What a larger value would do, such as "more images of a step do not fit into memory". */
  readonly why: string;
}

/** A whole number. */
export function integer(what: string, { from = 1, to, why }: IntegerBounds) {
  const want = `want an integer of at least ${from}`;
  const schema = v.pipe(
    v.number(want),
    v.check((value) => Number.isInteger(value) && value >= from, want),
    v.maxValue(to, `want an integer of at most ${to} (${why})`),
  );
  return documented(schema, what, { kind: "integer", range: `${from} to ${to}` });
}

/**
 * A number of an interval.
 *
 * @param interval As in mathematics: "(0, 1]" is above 0 and at most 1.
 * @param why What a number above the interval would do; left out where the interval speaks for itself.
 */
export function number(what: string, interval: string, why?: string) {
  const [, opening, low, high, closing] = /^([[(])(\S+), (\S+)([\])])$/.exec(interval)!;
  const isAbove = (value: number) => opening === "[" ? value >= Number(low) : value > Number(low);
  const isBelow = (value: number) => closing === "]" ? value <= Number(high) : value < Number(high);
  const want = `want a number in ${interval}`;
  const schema = v.pipe(
    v.number(want),
    v.check(isAbove, want),
    v.check(isBelow, why === undefined ? want : `${want} (${why})`),
  );
  return documented(schema, what, { kind: "number", range: interval });
}

/** Something that is on or off. */
export function flag(what: string) {
  return documented(v.boolean("want true or false"), what, { kind: "true or false" });
}

/**
 * One of a few values; a misspelt one would silently mean another.
 *
 * @param listed What messages and documentation list; default: `values`. A name that decides the shape of the group
 *   that it is in may be any of all shapes' names.
 */
export function choice<const T extends readonly (string | number)[]>(
  what: string,
  values: T,
  listed: readonly (string | number)[] = values,
) {
  const known = listed.map((value) => JSON.stringify(value)).join(", ");
  const names = listed.filter((value) => typeof value === "string");
  const schema = v.picklist(
    values,
    ({ input }) => `want one of ${known}${didYouMean(String(input), names)}`,
  );
  return documented(schema, what, { kind: `one of ${known}` });
}

/** Any text, such as the name of a setting. */
export function text(what: string) {
  const want = "want a text that is not empty";
  return documented(v.pipe(v.string(want), v.nonEmpty(want)), what, { kind: "text" });
}

/** How long a list may be, and in which order. */
export interface ListRules {
  /** Fewest entries; default: 1. */
  readonly least?: number;
  /** Entries at the most; default: 1,000. */
  readonly most?: number;
  /** "distinct" (default): no entry twice; "ascending": each larger than the one before. */
  readonly order?: "distinct" | "ascending";
}

/** A list of values of one kind. */
export function list<S extends v.GenericSchema>(what: string, entry: S, rules: ListRules = {}) {
  const { least = 1, most = 1000, order = "distinct" } = rules;
  const shortest = `want at least ${least === 1 ? "one entry" : `${least} entries`}`;
  const schema = v.pipe(
    v.array(entry, "want a list"),
    v.minLength(least, shortest),
    v.maxLength(most, `want at most ${most} entries`),
    v.check((entries) => IN_ORDER[order](entries), `want ${ORDERS[order]}`),
  );
  const { kind, range } = kindOf(entry);
  const limits = [least > 0 && "not empty", order === "ascending" && order, range];
  return documented(schema, what, {
    kind: `list of ${kind}`,
    range: limits.filter(Boolean).join(", "),
  });
}

const ORDERS = {
  distinct: "every entry once",
  ascending: "each entry larger than the one before",
} as const;

const IN_ORDER: Record<keyof typeof ORDERS, (entries: readonly unknown[]) => boolean> = {
  distinct: (entries) =>
    new Set(entries.map((entry) => JSON.stringify(entry))).size === entries.length,
  ascending: (entries) =>
    entries.every((entry, i) => i === 0 || entry as number > (entries[i - 1] as number)),
};

/** Options that belong together; any other key is refused. */
export function group<E extends v.ObjectEntries>(what: string, entries: E) {
  const names = Object.keys(entries);
  const known = names.join(", ");
  const schema = v.strictObject(entries, ({ expected, path }) => {
    const key = String(path?.at(-1)?.key);
    if (expected === "never") {
      return `found no option of this name, want one of ${known}${didYouMean(key, names)}`;
    }
    const missing = Object.hasOwn(entries, key) && expected === JSON.stringify(key);
    return missing
      ? `found none, want ${withArticle(kindOf(entries[key] as v.GenericSchema).kind)}`
      : `want an object with ${known}`;
  });
  return documented(schema, what, { kind: `object with ${known}` });
}

/** One value for each setting of the data set, such as generator steps by "C-10K". */
export function bySetting<S extends v.GenericSchema>(what: string, value: S) {
  const schema = v.record(v.string(), value, "want an object with one value for each setting");
  return documented(schema, what, kindOf(value));
}

/** A schema that stands for several; the value itself says which one it follows. */
export function oneOfShapes<S extends v.GenericSchema>(
  what: string,
  alternatives: readonly S[],
  choose: (input: unknown) => S,
): v.LazySchema<S> {
  const kind = alternatives.map((one) => kindOf(one).kind).join(" or ");
  const range = alternatives.map((one) => kindOf(one).range ?? "").find((one) => one !== "");
  const schema = v.pipe(v.lazy(choose), v.metadata({ alternatives }));
  return documented(schema, what, { kind, range }) as unknown as v.LazySchema<S>;
}

/** An option that a word such as "none" switches off, or that has a word for a rule. */
export function wordOr<const W extends string, S extends v.GenericSchema>(word: W, schema: S) {
  const { kind } = kindOf(schema);
  const what = v.getDescription(schema) ?? "";
  const plain = documented(
    v.literal(word, `want "${word}" or ${withArticle(kind)}`),
    what,
    { kind: `"${word}"` },
  );
  const isGroup = "entries" in schema;
  return oneOfShapes<typeof plain | S>(
    what,
    [plain, schema],
    (input) => (isGroup ? isPlainObject(input) : typeof input === "number") ? schema : plain,
  );
}

/** An option that may be left out. */
export function optional<S extends v.GenericSchema>(
  schema: S,
): v.ExactOptionalSchema<S, undefined>;
/**
 * An option that has a value of its own where it is left out; see `withDefaults`.
 *
 * @param standard That value; the documentation says it.
 */
export function optional<S extends v.GenericSchema, const D extends v.InferInput<S>>(
  schema: S,
  standard: D,
): v.ExactOptionalSchema<S, D>;
export function optional(schema: v.GenericSchema, standard?: unknown): v.GenericSchema {
  const what = v.getDescription(schema) ?? "";
  const said = standard === undefined ? what : `${what} Default: ${JSON.stringify(standard)}.`;
  return documented(v.exactOptional(schema, standard), said, kindOf(schema));
}

/** The schema of a group of options. */
export type Group = v.GenericSchema & { readonly entries: v.ObjectEntries };

/** A name, or an object with the name and options that belong to it. */
export type NameOrOptions<G extends Readonly<Record<string, Group>>> =
  | keyof G
  | { [Name in keyof G]: { readonly name: Name } & Frozen<v.InferInput<G[Name]>> }[keyof G];

/**
 * One of several things that have options of their own: by its name, or by an object with its name and some of its
 * options, such as "dkd" or {"name": "dkd", "alpha": 2}.
 *
 * @param groups Options by name.
 */
export function nameOrOptions<const G extends Readonly<Record<string, Group>>>(
  what: string,
  groups: G,
): v.GenericSchema<NameOrOptions<G>> {
  const names = Object.keys(groups);
  const word = choice(what, names);
  const objects = new Map(
    names.map((name) => {
      const own = group(v.getDescription(groups[name]!) ?? "", {
        name: choice("Name.", [name]),
        ...groups[name]!.entries,
      });
      return [name, v.pipe(own, v.metadata({ name })) as unknown as Group];
    }),
  );
  const nameless = v.object({ name: choice("Name.", names) }, `found none, want a name`);
  const schema = v.pipe(
    v.lazy((input) =>
      isPlainObject(input) ? objects.get(String(input.name)) ?? nameless : word as v.GenericSchema
    ),
    v.metadata({ alternatives: [word, ...objects.values()] }),
  );
  const { kind } = kindOf(word);
  return documented(schema, what, {
    kind: `${kind}, or an object with this name and options`,
  }) as unknown as v.GenericSchema<NameOrOptions<G>>;
}

/** How the documentation prints the values of a schema. */
export function kindOf(schema: v.GenericSchema): OptionKind {
  const { kind = "value", range } = v.getMetadata(schema) as Partial<OptionKind>;
  return { kind, ...(range !== undefined && range !== "" && { range }) };
}

/** "an integer", "a list of integers", "one of ...". */
function withArticle(kind: string): string {
  if (/^(one of|true or|")/.test(kind)) return kind;
  return `${/^[aeio]/.test(kind) ? "an" : "a"} ${kind}`;
}

/** Whether a value is an object with keys of its own, and neither a list nor null. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
