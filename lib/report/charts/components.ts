/** The steps of the component ablation: ours with intervals, the paper's read off its figure. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { hasInterval, layersWith, WITH_INTERVAL, withIntervalText } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { numberText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_WIDTH, COLOURS } from "../vega/theme.ts";
import { type Source, SOURCE_TITLES } from "./error_against.ts";

/** The error of one student after one processing of the fakes. */
export interface ComponentRow {
  /** For instance "subsampling+filtering". */
  readonly processing: string;
  /** What was trained on them. */
  readonly student: string;
  /** Mean over seeds (ours) or the published value. */
  readonly value: number;
  /** Lower end of the interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of the interval. */
  readonly high?: number;
  /** Who measured it. */
  readonly source: Source;
}

/**
 * The effect of each processing step, one panel per student: ours as filled squares with intervals, the paper's
 * values as hollow diamonds behind them.
 *
 * @param options `steps`: the order of the steps; as they appear when left out.
 * @throws RangeError if there is nothing to draw.
 */
export function componentsChart(
  rows: readonly ComponentRow[],
  options: ChartTitles & { yTitle?: string; steps?: readonly string[] } = {},
): Chart {
  checkList("componentsChart()", rows, "a list of rows");
  checkOptionNames("componentsChart()", options, {
    known: { ...TITLES, yTitle: true, steps: true },
    example: '{ yTitle: "MAE (degrees)" }',
  });
  checkRows(rows, "the effect of components");
  const steps = options.steps ?? [...new Set(rows.map((row) => row.processing))];
  const students = [...new Set(rows.map((row) => row.student))];
  // A point adds a step to an earlier one: its label needs only what is new.
  const values = withIntervalText(rows).map((row) => ({
    ...row,
    step: steps.indexOf(row.processing) + 1,
    measured: SOURCE_TITLES[row.source],
  }));
  const labels = steps.map((step) => (step.includes("+") ? `+ ${step.split("+").at(-1)}` : step));
  const y = {
    field: "value",
    type: "quantitative",
    title: options.yTitle ?? "test error (%)",
    // Steps differ by less than a tenth of the error.
    scale: { zero: false },
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
  const tooltip = tips(
    { field: "student", title: "student" },
    { field: "processing", title: "fakes" },
    { field: "measured", title: "measured by" },
    { field: "value", title: options.yTitle ?? "test error (%)", format: ".4~g" },
    ...(rows.some(hasInterval) ? [{ field: "interval", title: "95 % interval" }] : []),
  );
  const sources = (["ours", "paper"] as const).filter((source) =>
    rows.some((row) => row.source === source)
  );
  const bySource = (ours: string, paper: string) => ({
    field: "measured",
    type: "nominal",
    title: null,
    scale: {
      domain: sources.map((source) => SOURCE_TITLES[source]),
      range: sources.map((source) => source === "ours" ? ours : paper),
    },
  });
  const points = {
    stroke: bySource(COLOURS[0], COLOURS[1]),
    fill: bySource(COLOURS[0], "white"),
    shape: bySource("square", "diamond"),
  };
  const layerOf = (source: Source) =>
    [rows.some((row) => row.source === source), {
      transform: [{ filter: `datum.source === '${source}'` }],
      mark: { type: "point", filled: true, size: 80 },
      encoding: { x, y, ...points, tooltip },
    }] as const;
  return new Chart({
    ...headOf(options, "Effect of components"),
    body: {
      data: { values },
      facet: { column: { field: "student", type: "nominal", title: null, sort: students } },
      spacing: 12,
      spec: {
        width: Math.max(170, Math.floor(CHART_WIDTH / students.length) - 12),
        height: 220,
        layer: layersWith(
          layerOf("paper"),
          [rows.some(hasInterval), {
            transform: [{ filter: WITH_INTERVAL }],
            mark: { type: "rule", strokeWidth: 1.5, color: COLOURS[0] },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
          }],
          layerOf("ours"),
        ),
      },
    },
    facts: rows.map((row) =>
      `${row.student}, ${row.processing} (${row.source}): ${numberText(row.value)}`
    ),
  });
}
