/** How charts answer the mouse where they are drawn live: values under the pointer, series that switch off. */

/** A value that shows when the pointer rests on a mark. */
export interface Tip {
  /** Of the rows. */
  readonly field: string;
  /** Before the value. */
  readonly title: string;
  /** As in d3-format; the value as it is without. */
  readonly format?: string;
}

/** The encoding of what a mark says under the pointer. */
export function tips(...fields: readonly Tip[]): object[] {
  return fields.map(({ field, title, format }) => ({
    field,
    title,
    ...(format === undefined
      ? { type: "nominal" as const }
      : { type: "quantitative" as const, format }),
  }));
}

const UNSEEN = "answers the pointer";

/**
 * A layer that nobody sees, with marks large enough to hit: lines and outlines have values only where they have
 * points. Pictures leave it out.
 *
 * @param mark Such as `{ type: "point", size: 120 }`.
 * @param filter Of the rows that answer; all without.
 */
export function unseen(
  mark: object,
  encoding: Readonly<Record<string, unknown>>,
  filter?: object,
): object {
  return {
    description: UNSEEN,
    ...(filter === undefined ? {} : { transform: [filter] }),
    mark: { ...mark, opacity: 0 },
    encoding,
  };
}

/** The specification without its unseen layers. */
export function onlySeen(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(
      spec,
      (_, value) =>
        Array.isArray(value) ? value.filter((entry) => entry?.description !== UNSEEN) : value,
    ),
  );
}

/** A selection of series by clicks on their legend. */
export interface Switch {
  /** Goes into the layer whose colours the legend explains. */
  readonly params: object[];
  /**
   * The opacity of marks that the clicks switch off and on again.
   *
   * @param shown While they are on; 1.
   */
  opacity(shown?: number): object;
  /** Keeps the rows of series that are on. */
  readonly isOn: object;
}

/**
 * A click on a legend entry switches its series off, another click on again; a double click shows all. In a picture
 * all are shown.
 *
 * @param field Of the series, as in the colours.
 * @param names Of all series.
 * @param name Tells the switches of one chart apart.
 */
export function legendSwitch(field: string, names: readonly string[], name = "shown"): Switch {
  return {
    params: [{
      name,
      select: { type: "point", fields: [field], toggle: "true" },
      value: names.map((series) => ({ [field]: series })),
      bind: "legend",
    }],
    isOn: { filter: { param: name } },
    opacity: (shown = 1) => ({ condition: { param: name, value: shown }, value: 0 }),
  };
}
