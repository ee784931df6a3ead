/** Whether a classifier confirms the labels of images. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { nameScale } from "../vega/encodings.ts";
import { legendSwitch, tips } from "../vega/interaction.ts";
import { round } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_WIDTH, COLOURS } from "../vega/theme.ts";

/** How often a classifier confirms the label of one class's images. */
export interface AgreementRow {
  /** Of the conditioning label. */
  readonly className: string;
  /** Share confirmed, in [0, 1]. */
  readonly agreement: number;
  /** Which images, for instance "all fakes" or "accepted". */
  readonly group?: string;
}

/**
 * Share of images whose label a classifier confirms, by class, with the mean marked.
 *
 * @param options `limit`: most classes to draw (30); of more, those that agree least are drawn.
 * @throws RangeError if there is nothing to draw.
 */
export function agreementByClass(
  rows: readonly AgreementRow[],
  options: ChartTitles & { limit?: number } = {},
): Chart {
  checkList("agreementByClass()", rows, "a list of rows");
  checkOptionNames("agreementByClass()", options, {
    known: { ...TITLES, limit: true },
    example: "{ limit: 10 }",
  });
  checkRows(rows, "agreement by class");
  const groups = [...new Set(rows.map((row) => row.group ?? "images"))];
  const names = [...new Set(rows.map((row) => row.className))];
  const limit = options.limit ?? 30;
  const worst = new Set(
    names.length <= limit ? names : rows.filter((row) => (row.group ?? "images") === groups[0])
      .sort((a, b) => a.agreement - b.agreement).slice(0, limit).map((row) => row.className),
  );
  const means = groups.map((group) => {
    const own = rows.filter((row) => (row.group ?? "images") === group);
    const mean = own.reduce((sum, row) => sum + row.agreement, 0) / own.length;
    return { group, mean: round(100 * mean) };
  });
  const scales = nameScale(groups);
  const values = rows.filter((row) => worst.has(row.className)).map((row) => ({
    label: row.className,
    group: row.group ?? "images",
    agreement: round(100 * row.agreement),
  }));
  if (names.length > limit) values.sort((a, b) => a.agreement - b.agreement);
  const color = {
    field: "group",
    type: "nominal",
    scale: scales.color,
    ...(groups.length > 1 ? {} : { legend: null }),
  };
  const isSplit = groups.length > 1;
  const { params, opacity } = legendSwitch("group", groups);
  const title = names.length > limit
    ? `labels confirmed (%), the ${limit} least of ${names.length} classes`
    : "labels confirmed (%), rule: mean over classes";
  return new Chart({
    ...headOf(options, "Agreement with labels by class"),
    body: {
      width: CHART_WIDTH - 60,
      height: { step: groups.length > 1 ? 12 : 20 },
      layer: [
        {
          data: { values },
          ...(isSplit ? { params } : {}),
          mark: { type: "bar" },
          encoding: {
            y: { field: "label", type: "nominal", sort: null, title: null },
            ...(groups.length > 1 ? { yOffset: { field: "group", sort: groups } } : {}),
            x: { field: "agreement", type: "quantitative", title, scale: { domain: [0, 100] } },
            color,
            ...(isSplit ? { opacity: opacity() } : {}),
            tooltip: tips(
              { field: "label", title: "class" },
              ...(isSplit ? [{ field: "group", title: "images" }] : []),
              { field: "agreement", title: "labels confirmed (%)", format: ".1f" },
            ),
          },
        },
        {
          data: { values: means },
          mark: { type: "rule", strokeWidth: 2, strokeDash: [4, 3] },
          encoding: {
            x: { field: "mean", type: "quantitative" },
            color,
            ...(isSplit ? { opacity: opacity() } : {}),
            tooltip: tips(
              ...(isSplit ? [{ field: "group", title: "images" }] : []),
              { field: "mean", title: "mean over classes (%)", format: ".1f" },
            ),
          },
        },
      ],
    },
    facts: means.map(({ group, mean }) => `${group}: ${mean.toFixed(1)} % on average over classes`),
  });
}

/**
 * A confusion matrix as a heat map, in percent of each row; numbers are printed for up to 12 classes.
 *
 * @param counts One row per label (the image's own), one column per prediction.
 * @throws RangeError if the matrix is not square or does not fit the names.
 */
export function confusionMatrix(
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
  options: ChartTitles & { rowTitle?: string; columnTitle?: string } = {},
): Chart {
  checkList("confusionMatrix()", counts, "a list of rows of counts");
  checkOptionNames("confusionMatrix()", options, {
    known: { ...TITLES, rowTitle: true, columnTitle: true },
    example: '{ rowTitle: "label" }',
  });
  const size = classNames.length;
  if (counts.length !== size || counts.some((row) => row.length !== size) || size === 0) {
    throw new RangeError(
      `Cannot draw a confusion matrix: found ${counts.length} rows for ${size} class names, ` +
        "want a square matrix with one row per class",
    );
  }
  const values = counts.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      label: classNames[label]!,
      predicted: classNames[predicted]!,
      percent: total === 0 ? 0 : round(100 * count / total),
    }));
  });
  const x = {
    field: "predicted",
    type: "nominal",
    sort: null,
    title: options.columnTitle ?? "predicted class",
    axis: { labelAngle: -35, labels: size <= 40, ticks: size <= 40 },
  };
  const y = {
    field: "label",
    type: "nominal",
    sort: null,
    title: options.rowTitle ?? "label",
    axis: { labels: size <= 40, ticks: size <= 40 },
  };
  const agreed = counts.reduce((sum, row, index) => sum + row[index]!, 0);
  const total = counts.flat().reduce((sum, count) => sum + count, 0);
  return new Chart({
    ...headOf(options, "Labels and predictions"),
    body: {
      width: 400,
      height: 360,
      data: { values },
      layer: [
        {
          mark: { type: "rect" },
          encoding: {
            x,
            y,
            color: {
              field: "percent",
              type: "quantitative",
              scale: { domain: [0, 100], range: ["#ffffff", COLOURS[0]], interpolate: "rgb" },
              legend: { title: "% of row", orient: "right", gradientLength: 200 },
            },
            tooltip: tips(
              { field: "label", title: options.rowTitle ?? "label" },
              { field: "predicted", title: options.columnTitle ?? "predicted class" },
              { field: "percent", title: "% of row", format: ".1f" },
            ),
          },
        },
        ...(size > 12 ? [] : [{
          mark: { type: "text", fontSize: 11 },
          encoding: {
            x,
            y,
            text: { field: "percent", type: "quantitative", format: ".0f" },
            color: {
              condition: { test: "datum.percent > 55", value: "white" },
              value: "#222222",
            },
          },
        }]),
      ],
    },
    facts: total === 0 ? [] : [`on the diagonal: ${(100 * agreed / total).toFixed(1)} %`],
  });
}
