/**
 * Bands around lines, for series that do not have an interval everywhere. Vega-Lite 6.5 joins an area through rows
 * without width or tears it where one is missing, as if the spread were nothing: here neighbours that have an interval
 * share an area, one that has it alone is a point with a bar, and a row without an interval is a point.
 */
import { layersWith, nameScale, TINT, tintBy } from "./encodings.ts";
import { legendSwitch, unseen } from "./interaction.ts";
import { groupRows } from "./rows.ts";

/** How the interval of a row is drawn. */
export interface BandPlace {
  /** As part of an area, as a bar alone, as a point since there is none, or not at all in a chart without intervals. */
  readonly band: "area" | "bar" | "point" | "none";
  /** Rows of one area share it. */
  readonly part: number;
}

/** What {@link placeBands} has to know of a row. */
export interface BandKeys<T> {
  readonly series: (row: T) => string;
  /** Along the axis, by which neighbours are told. */
  readonly position: (row: T) => number;
  readonly hasInterval: (row: T) => boolean;
}

/**
 * The rows, in their order, each with how its interval is drawn. Where nothing in a chart has an interval only series
 * of one row are points, since a line of one row is not to be seen.
 */
export function placeBands<T extends object>(
  rows: readonly T[],
  { series, position, hasInterval }: BandKeys<T>,
): (T & BandPlace)[] {
  const hasBands = rows.some(hasInterval);
  const places = new Map<T, BandPlace>();
  let part = 0;
  for (const group of groupRows(rows, series).values()) {
    let run: T[] = [];
    const close = () => {
      for (const row of run) places.set(row, { band: run.length > 1 ? "area" : "bar", part });
      if (run.length > 0) part++;
      run = [];
    };
    for (const row of group.toSorted((a, b) => position(a) - position(b))) {
      if (hasInterval(row)) {
        run.push(row);
        continue;
      }
      close();
      places.set(row, { band: hasBands || group.length === 1 ? "point" : "none", part });
    }
    close();
  }
  return rows.map((row) => ({ ...row, ...places.get(row)! }));
}

/** What {@link bandLayers} draws with. */
interface BandLook {
  /** Field of the series, and the names of all. */
  readonly field: string;
  readonly names: readonly string[];
  readonly x: object;
  /** Encoding of the vertical axis for a field. */
  readonly y: (field: string) => object;
  /** Fields of the lower end, the upper end and the line between. */
  readonly low: string;
  readonly high: string;
  readonly middle: string;
  /** Opacity of a switch of the legend. */
  readonly opacity: (shown?: number) => object;
  /** Of the areas. */
  readonly shade: number;
}

/** The layers of areas, bars and points, as far as there are rows for them; below the layer of lines. */
function bandLayers(
  rows: readonly BandPlace[],
  { field, names, x, y, low, high, middle, opacity, shade }: BandLook,
): object[] {
  const only = (...bands: BandPlace["band"][]) => [
    { filter: `indexof(${JSON.stringify(bands)}, datum.band) >= 0` },
    tintBy(field, names),
  ];
  const has = (...bands: BandPlace["band"][]) => rows.some(({ band }) => bands.includes(band));
  const span = { x, y: y(low), y2: { field: high } };
  return layersWith(
    [has("area"), {
      transform: only("area"),
      mark: { type: "area" },
      encoding: {
        ...span,
        fill: TINT,
        detail: [{ field }, { field: "part" }],
        opacity: opacity(shade),
      },
    }],
    [has("bar"), {
      transform: only("bar"),
      mark: { type: "rule", strokeWidth: 2 },
      encoding: { ...span, stroke: TINT, opacity: opacity() },
    }],
    [has("point", "bar"), {
      transform: only("point", "bar"),
      mark: { type: "point", filled: true, size: 40 },
      encoding: { x, y: y(middle), fill: TINT, detail: { field }, opacity: opacity() },
    }],
  );
}

/** What {@link bandedLines} draws with. */
export interface BandedLinesLook extends Omit<BandLook, "opacity"> {
  /** Of lines and colours; default: Vega-Lite's own. */
  readonly legend?: object;
  /** Besides its type, of the mark of the lines. */
  readonly line?: object;
  /** What is shown under the pointer. */
  readonly tooltip: readonly object[];
  /** Area in which the pointer finds a row, in square pixels; default: 120. */
  readonly reach?: number;
}

/**
 * A line for each series above its band; a click on the legend switches a series off, and values show under the pointer.
 */
export function bandedLines(rows: readonly BandPlace[], look: BandedLinesLook): object[] {
  const { field, names, x, y, middle, legend, line = {}, tooltip, reach = 120 } = look;
  const scales = nameScale(names);
  const { params, opacity, isOn } = legendSwitch(field, names);
  const bySeries = (scale: object) => ({
    field,
    type: "nominal",
    scale,
    ...(legend && { legend }),
  });
  return [
    ...bandLayers(rows, { ...look, opacity }),
    {
      params,
      mark: { type: "line", ...line },
      encoding: {
        x,
        y: y(middle),
        color: bySeries(scales.color),
        strokeDash: bySeries(scales.strokeDash),
        opacity: opacity(),
      },
    },
    unseen({ type: "point", size: reach }, { x, y: y(middle), tooltip }, isOn),
  ];
}
