/** The error bound beside what was measured. */
import { Chart, type ChartTitles, headOf } from "../vega/chart.ts";
import { hasInterval, layersWith, nameScale, WITH_INTERVAL } from "../vega/encodings.ts";
import { numberText } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";

/** One term of the error bound of one cell, in the unit of the loss. */
export interface BoundTermRow {
  /** For instance "subsampling+filtering". */
  readonly cell: string;
  /** For instance "2 θ B TV". */
  readonly term: string;
  /** In units of the loss. */
  readonly value: number;
}

/** The measured excess error of one cell: test error less that of the reference f*. */
export interface MeasuredRow {
  /** The same as that of its terms. */
  readonly cell: string;
  /** In units of the loss. */
  readonly value: number;
  /** Lower end of the interval; left out where there is none. */
  readonly low?: number;
  /** Upper end of the interval. */
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
    ...headOf(options, "Error bound: terms, and the measured excess"),
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
