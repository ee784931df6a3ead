/** Charts of what came out: errors against M^g and rho, ours beside the paper's, the error bound. */
import {
  Chart,
  CHART_HEIGHT,
  CHART_WIDTH,
  checkRows,
  COLOURS,
  groupRows,
  layersWith,
  nameScale,
  numberText,
  thinRows,
} from "./chart.ts";
import type { ChartTitles } from "./charts_synthesis.ts";

/** Who measured a value: this project or the authors. */
export type Source = "ours" | "paper";

const WITH_INTERVAL = "isValid(datum.low) && isValid(datum.high)";
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"] as const;
/** Ours is a full line and filled points, the paper a dashed line and hollow points. */
const SOURCE_DASHES: Readonly<Record<Source, number[]>> = { ours: [1, 0], paper: [4, 4] };

/** One point of an error curve. */
export interface ErrorRow {
  /** M^g, rho, or whatever is varied. */
  readonly x: number;
  /** Mean over seeds (ours) or the published value. */
  readonly value: number;
  /** Ends of the interval; left out where there is none. */
  readonly low?: number;
  readonly high?: number;
  /** Usually the student. */
  readonly series: string;
  readonly source: Source;
}

/** Titles of {@link errorAgainst}. */
export interface ErrorAgainstOptions extends ChartTitles {
  /** Title of the horizontal axis; "processed fake images M^g". */
  readonly xTitle?: string;
  /** Title of the vertical axis with unit; "test error (%)". */
  readonly yTitle?: string;
  /** Positions to mark, for instance the minimiser of the bound and that of the grid search. */
  readonly markers?: readonly { readonly x: number; readonly label: string }[];
}

/**
 * Error against a quantity that is varied (M^g, rho): ours with intervals, the paper's beside it.
 *
 * Series differ by colour and shape; ours is filled with a full line, the paper hollow and dashed.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function errorAgainst(rows: readonly ErrorRow[], options: ErrorAgainstOptions = {}): Chart {
  const drawn = rows.filter((row) => Number.isFinite(row.x) && Number.isFinite(row.value));
  checkRows(drawn, "an error curve");
  const xTitle = options.xTitle ?? "processed fake images M^g";
  const yTitle = options.yTitle ?? "test error (%)";
  const names = [...new Set(drawn.map((row) => row.series))];
  const sources = (["ours", "paper"] as const).filter((source) =>
    drawn.some((row) => row.source === source)
  );
  const color = { field: "series", type: "nominal", scale: nameScale(names).color };
  const shape = { field: "series", type: "nominal", scale: shapeScale(names) };
  const x = {
    field: "x",
    type: "quantitative",
    title: xTitle,
    axis: { grid: false, tickCount: 8 },
    scale: { zero: false, nice: false, padding: 12 },
  };
  const y = { field: "value", type: "quantitative", title: yTitle, scale: { zero: false } };
  const markers = (options.markers ?? []).map(({ x, label }, index) => ({
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rule", strokeDash: [2, 3], color: "#444444" },
        encoding: { x: { datum: x, type: "quantitative" } },
      },
      {
        data: { values: [{}] },
        mark: {
          type: "text",
          align: "left",
          baseline: "top",
          dx: 4,
          fontSize: 11,
          color: "#444444",
        },
        encoding: {
          x: { datum: x, type: "quantitative" },
          y: { value: 2 + 14 * index },
          text: { value: label },
        },
      },
    ],
  }));
  return new Chart({
    title: options.title ?? "Error against the number of fakes",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT + 20,
      data: { values: drawn },
      layer: [
        ...markers,
        ...layersWith(
          [drawn.some(hasInterval), {
            transform: [{ filter: WITH_INTERVAL }],
            mark: { type: "rule", strokeWidth: 1.5 },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
          }],
          [true, {
            mark: { type: "line" },
            encoding: {
              x,
              y,
              color,
              strokeDash: {
                field: "source",
                type: "nominal",
                scale: { domain: sources, range: sources.map((source) => SOURCE_DASHES[source]) },
              },
            },
          }],
          [drawn.some((row) => row.source === "paper"), {
            transform: [{ filter: "datum.source === 'paper'" }],
            mark: { type: "point", filled: true, fill: "white" },
            encoding: { x, y, stroke: color, shape },
          }],
          [drawn.some((row) => row.source === "ours"), {
            transform: [{ filter: "datum.source === 'ours'" }],
            mark: { type: "point", filled: true },
            encoding: { x, y, color, shape },
          }],
        ),
      ],
    },
    facts: [...groupRows(drawn, (row) => `${row.series} (${row.source})`)].map(([name, group]) => {
      const best = group.reduce((least, row) => (row.value < least.value ? row : least));
      return `${name}: least ${numberText(best.value)} at ${numberText(best.x)}`;
    }),
  });
}

/** One cell of a table: ours with its interval, and the published value. */
export interface ResultDot {
  /** For instance "VGG11, cGAN-KD". */
  readonly cell: string;
  readonly ours?: number;
  readonly low?: number;
  readonly high?: number;
  readonly paper?: number;
}

/**
 * Ours and the paper's value of each cell on one line: a filled circle with its interval, and a
 * hollow diamond.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function resultDots(
  rows: readonly ResultDot[],
  options: ChartTitles & { xTitle?: string } = {},
): Chart {
  checkRows(rows, "a comparison with the paper");
  const values = rows.flatMap((row) => [
    ...(row.paper === undefined
      ? []
      : [{ cell: row.cell, value: row.paper, source: "paper" as Source }]),
    ...(row.ours === undefined ? [] : [{
      cell: row.cell,
      value: row.ours,
      low: row.low,
      high: row.high,
      source: "ours" as Source,
    }]),
  ]);
  const domain = ["ours", "paper"];
  const x = {
    field: "value",
    type: "quantitative",
    title: options.xTitle ?? "test error (%)",
    scale: { zero: false },
  };
  const y = {
    field: "cell",
    type: "nominal",
    sort: null,
    title: null,
    axis: { grid: true, labelLimit: 300 },
    scale: { domain: rows.map((row) => row.cell) },
  };
  const color = {
    field: "source",
    type: "nominal",
    scale: { domain, range: [COLOURS[0], COLOURS[1]] },
  };
  return new Chart({
    title: options.title ?? "Ours beside the paper",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH - 140,
      height: { step: 20 },
      data: { values },
      layer: [
        ...layersWith([rows.some(hasInterval), {
          transform: [{ filter: WITH_INTERVAL }],
          mark: { type: "rule", strokeWidth: 1.5, color: COLOURS[0] },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
        }]),
        {
          mark: { type: "point", filled: true, size: 70 },
          encoding: {
            x,
            y,
            stroke: color,
            fill: {
              field: "source",
              type: "nominal",
              scale: { domain, range: [COLOURS[0], "white"] },
            },
            shape: {
              field: "source",
              type: "nominal",
              scale: { domain, range: ["circle", "diamond"] },
            },
          },
        },
      ],
    },
    facts: rows.map((row) =>
      `${row.cell}: ours ${row.ours === undefined ? "–" : numberText(row.ours)}, ` +
      `paper ${row.paper === undefined ? "–" : numberText(row.paper)}`
    ),
  });
}

/** The error of one student after one processing of the fakes. */
export interface ComponentRow {
  /** For instance "subsampling+filtering". */
  readonly processing: string;
  readonly student: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly source: Source;
}

/**
 * The effect of each processing step, one panel a student: ours as bars with intervals, the paper's
 * values as hollow diamonds.
 *
 * @param options `steps`: the order of the steps; as they appear when left out.
 * @throws RangeError if there is nothing to draw.
 */
export function componentsChart(
  rows: readonly ComponentRow[],
  options: ChartTitles & { yTitle?: string; steps?: readonly string[] } = {},
): Chart {
  checkRows(rows, "the effect of components");
  const steps = options.steps ?? [...new Set(rows.map((row) => row.processing))];
  const students = [...new Set(rows.map((row) => row.student))];
  // Each bar adds a step to the one before: its label needs only what is new.
  const values = rows.map((row) => ({ ...row, step: steps.indexOf(row.processing) + 1 }));
  const labels = steps.map((step) => (step.includes("+") ? `+ ${step.split("+").at(-1)}` : step));
  const y = {
    field: "value",
    type: "quantitative",
    title: options.yTitle ?? "test error (%)",
  };
  const x = {
    field: "step",
    type: "ordinal",
    title: null,
    scale: { domain: steps.map((_, index) => index + 1) },
    axis: {
      labelAngle: -35,
      labelExpr: `${JSON.stringify(labels)}[datum.value - 1]`,
    },
  };
  const domain = ["ours", "paper"];
  const bySource = (...range: string[]) => ({
    field: "source",
    type: "nominal",
    scale: { domain, range },
  });
  return new Chart({
    title: options.title ?? "Effect of components",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      data: { values },
      facet: { column: { field: "student", type: "nominal", sort: students } },
      spacing: 12,
      spec: {
        width: Math.max(110, Math.floor(CHART_WIDTH / students.length) - 12),
        height: 220,
        layer: layersWith(
          [rows.some((row) => row.source === "ours"), {
            transform: [{ filter: "datum.source === 'ours'" }],
            mark: { type: "bar", width: { band: 0.7 }, color: COLOURS[5] },
            encoding: { x, y },
          }],
          [rows.some(hasInterval), {
            transform: [{ filter: WITH_INTERVAL }],
            mark: { type: "rule", strokeWidth: 1.5 },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
          }],
          [rows.some((row) => row.source === "paper"), {
            transform: [{ filter: "datum.source === 'paper'" }],
            mark: { type: "point", filled: true, size: 80 },
            encoding: {
              x,
              y,
              stroke: bySource(COLOURS[5], COLOURS[1]),
              fill: bySource(COLOURS[5], "white"),
              shape: bySource("square", "diamond"),
            },
          }],
        ),
      },
    },
    facts: rows.map((row) =>
      `${row.student}, ${row.processing} (${row.source}): ${numberText(row.value)}`
    ),
  });
}

/** One term of the error bound of one cell, in the unit of the loss. */
export interface BoundTermRow {
  /** For instance "subsampling+filtering". */
  readonly cell: string;
  /** For instance "2 θ B TV". */
  readonly term: string;
  readonly value: number;
}

/** The measured excess error of one cell: test error less that of the reference f*. */
export interface MeasuredRow {
  readonly cell: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/**
 * The error bound's terms stacked, and beside them the measured excess error of the same cells on a
 * scale of its own: the bound's size is vacuous for deep networks, its ordering is what is tested.
 *
 * @param options `vacuousAbove`: the greatest possible loss B, marked by a rule; `unit`: of both axes;
 *   `measuredTitle`: "measured excess" unless said.
 * @throws RangeError if there is nothing to draw.
 */
export function errorBoundChart(
  terms: readonly BoundTermRow[],
  measured: readonly MeasuredRow[],
  options: ChartTitles & { vacuousAbove?: number; unit?: string; measuredTitle?: string } = {},
): Chart {
  checkRows(terms, "an error bound");
  const { measuredTitle = "measured excess" } = options;
  const cells = [...new Set([...terms, ...measured].map((row) => row.cell))];
  const names = [...new Set(terms.map((row) => row.term))];
  const unit = options.unit ?? "error rate, 1 = 100 %";
  const y = {
    field: "cell",
    type: "nominal",
    title: null,
    scale: { domain: cells },
    axis: { labelLimit: 260 },
  };
  const stacked = terms.map((row) => ({ ...row, order: names.indexOf(row.term) }));
  const limit = options.vacuousAbove;
  const total = (cell: string) =>
    terms.filter((row) => row.cell === cell).reduce((sum, row) => sum + row.value, 0);
  return new Chart({
    title: options.title ?? "Error bound: terms, and the measured excess",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      spacing: 18,
      hconcat: [
        {
          width: 290,
          height: { step: 26 },
          layer: [
            {
              data: { values: stacked },
              mark: { type: "bar", stroke: "white", strokeWidth: 1 },
              encoding: {
                y,
                x: { field: "value", type: "quantitative", title: `bound (${unit})` },
                order: { field: "order", type: "quantitative" },
                color: {
                  field: "term",
                  type: "nominal",
                  scale: nameScale(names).color,
                  sort: names,
                },
              },
            },
            ...(limit === undefined ? [] : [
              {
                data: { values: [{}] },
                mark: { type: "rule", strokeDash: [4, 4], strokeWidth: 1.5 },
                encoding: { x: { datum: limit, type: "quantitative" } },
              },
              {
                data: { values: [{}] },
                mark: {
                  type: "text",
                  align: "left",
                  baseline: "bottom",
                  dx: 4,
                  dy: -2,
                  fontSize: 11,
                },
                encoding: {
                  x: { datum: limit, type: "quantitative" },
                  y: { value: 0 },
                  text: { value: "vacuous beyond" },
                },
              },
            ]),
          ],
        },
        {
          width: 150,
          height: { step: 26 },
          data: { values: measured },
          layer: [
            ...layersWith([measured.some(hasInterval), {
              transform: [{ filter: WITH_INTERVAL }],
              mark: { type: "rule", strokeWidth: 1.5 },
              encoding: {
                y: { ...y, axis: null },
                x: { field: "low", type: "quantitative" },
                x2: { field: "high" },
              },
            }]),
            {
              mark: { type: "point", filled: true, color: "#000000", shape: "diamond", size: 70 },
              encoding: {
                y: { ...y, axis: { labels: false, ticks: false, grid: true, title: null } },
                x: {
                  field: "value",
                  type: "quantitative",
                  title: measuredTitle,
                  scale: { zero: true },
                  axis: { tickCount: 4 },
                },
              },
            },
          ],
        },
      ],
    },
    facts: cells.map((cell) => {
      const excess = measured.find((row) => row.cell === cell)?.value;
      return `${cell}: bound ${numberText(total(cell))}, ${measuredTitle} ` +
        `${excess === undefined ? "–" : numberText(excess)}`;
    }),
  });
}

/** One cell's bound and measured excess error. */
export interface OrderingRow extends MeasuredRow {
  /** The whole right side of the bound. */
  readonly bound: number;
}

/**
 * Measured excess error against the bound, one labelled point a cell: points that rise from left to
 * right mean that the bound orders the cells as they turned out.
 *
 * @param options `tau`, `pValue`: Kendall's tau-b and its p-value, printed below the title.
 * @throws RangeError if there is nothing to draw.
 */
export function boundOrdering(
  rows: readonly OrderingRow[],
  options: ChartTitles & { tau?: number; pValue?: number } = {},
): Chart {
  checkRows(rows, "the ordering of the bound");
  const tau = options.tau === undefined ? undefined : `Kendall's tau-b ${options.tau.toFixed(2)}` +
    (options.pValue === undefined ? "" : `, p = ${numberText(options.pValue)}`);
  const subtitle = [options.subtitle, tau].filter((part) => part !== undefined).join("; ");
  const x = {
    field: "bound",
    type: "quantitative",
    title: "bound",
    axis: { tickCount: 6 },
    scale: { zero: false, padding: 30 },
  };
  const y = {
    field: "value",
    type: "quantitative",
    title: "measured excess error",
    scale: { zero: false, padding: 20 },
  };
  return new Chart({
    title: options.title ?? "Does the bound order the cells?",
    ...(subtitle === "" ? {} : { subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT + 40,
      data: { values: rows },
      layer: [
        ...layersWith([rows.some(hasInterval), {
          transform: [{ filter: WITH_INTERVAL }],
          mark: { type: "rule", color: "#888888" },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        }]),
        { mark: { type: "point", filled: true, color: COLOURS[0] }, encoding: { x, y } },
        {
          mark: { type: "text", align: "left", dx: 8, dy: -6, fontSize: 10, color: "#444444" },
          encoding: { x, y, text: { field: "cell", type: "nominal" } },
        },
      ],
    },
    facts: tau === undefined ? [] : [tau],
  });
}

/** A label and what a network predicted for it, in label units. */
export interface PredictionRow {
  readonly truth: number;
  readonly predicted: number;
}

/**
 * Predicted against true labels with the line of perfect prediction; at most 2,000 points are drawn.
 *
 * @param options `unit`: "degrees" or "years".
 * @throws RangeError if there is nothing to draw.
 */
export function predictedAgainstTrue(
  rows: readonly PredictionRow[],
  options: ChartTitles & { unit?: string } = {},
): Chart {
  const drawn = rows.filter((row) => Number.isFinite(row.truth) && Number.isFinite(row.predicted));
  checkRows(drawn, "predictions");
  const unit = options.unit ?? "label units";
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (const { truth, predicted } of drawn) {
    low = Math.min(low, truth, predicted);
    high = Math.max(high, truth, predicted);
    sum += Math.abs(truth - predicted);
  }
  const scale = { domain: [low, high], nice: true };
  const mae = `MAE ${numberText(sum / drawn.length)} ${unit} over ` +
    `${drawn.length.toLocaleString("en-US")} images`;
  return new Chart({
    title: options.title ?? "Predicted against true labels",
    subtitle: options.subtitle ?? mae,
    body: {
      width: 400,
      height: 400,
      layer: [
        {
          data: { values: thinRows(drawn, 2000) },
          mark: { type: "circle", size: 14, opacity: 0.35, color: COLOURS[0] },
          encoding: {
            x: { field: "truth", type: "quantitative", title: `true label (${unit})`, scale },
            y: {
              field: "predicted",
              type: "quantitative",
              title: `predicted label (${unit})`,
              scale,
            },
          },
        },
        {
          data: { values: [{ at: low }, { at: high }] },
          mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5, color: "#000000" },
          encoding: {
            x: { field: "at", type: "quantitative" },
            y: { field: "at", type: "quantitative" },
          },
        },
      ],
    },
    facts: [mae],
  });
}

/** The mean absolute error of one series at one label. */
export interface LabelErrorRow {
  readonly series: string;
  readonly label: number;
  /** Mean absolute error of the images with this label, in label units. */
  readonly mae: number;
}

/**
 * Mean absolute error at each label, for instance of a student with and without cGAN-KD.
 *
 * @param options `unit`: "degrees" or "years".
 * @throws RangeError if there is nothing to draw.
 */
export function maePerLabel(
  rows: readonly LabelErrorRow[],
  options: ChartTitles & { unit?: string } = {},
): Chart {
  const drawn = rows.filter((row) => Number.isFinite(row.mae));
  checkRows(drawn, "the MAE per label");
  const unit = options.unit ?? "label units";
  const groups = groupRows(drawn, (row) => row.series);
  const values = [...groups.values()].flatMap((group) =>
    thinRows([...group].sort((a, b) => a.label - b.label), 900)
  );
  const scales = nameScale([...groups.keys()]);
  return new Chart({
    title: options.title ?? "MAE per label",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        x: {
          field: "label",
          type: "quantitative",
          title: `label (${unit})`,
          axis: { grid: false },
          scale: { zero: false, nice: false },
        },
        y: { field: "mae", type: "quantitative", title: `MAE (${unit})` },
        color: { field: "series", type: "nominal", scale: scales.color },
        strokeDash: { field: "series", type: "nominal", scale: scales.strokeDash },
      },
    },
    facts: [...groups].map(([series, group]) => {
      const worst = group.reduce((most, row) => (row.mae > most.mae ? row : most));
      return `${series}: worst ${numberText(worst.mae)} ${unit} at ${numberText(worst.label)}`;
    }),
  });
}

function shapeScale(names: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...names], range: names.map((_, index) => SHAPES[index % SHAPES.length]!) };
}

function hasInterval(row: { readonly low?: number; readonly high?: number }): boolean {
  return row.low !== undefined && row.high !== undefined;
}
