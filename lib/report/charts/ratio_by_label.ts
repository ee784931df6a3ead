/** Density ratios along the label axis. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { quantile } from "../../base/metrics.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { bandedLines, placeBands } from "../vega/bands.ts";
import { ruleAt } from "../vega/encodings.ts";
import { tips } from "../vega/interaction.ts";
import { maximum, niceAbove, numberText, round } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { stretchesOf } from "../vega/stretches.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/** Labels and density ratios of a set of images. */
export interface LabelledRatios {
  /** For instance "real", "fake" or "accepted". */
  readonly name: string;
  /** In dataset units. */
  readonly labels: ArrayLike<number>;
  /** One for each label, at least 0. */
  readonly ratios: ArrayLike<number>;
}

/** Titles of {@link ratioAgainstLabel}. */
export interface RatioAgainstLabelOptions extends ChartTitles {
  /** "degrees" or "years". */
  readonly unit?: string;
  /** Most stretches of the label axis that ratios are taken together in; 45. */
  readonly stretches?: number;
}

/**
 * Density ratios r(x | y) = p_real(x | y) / p_fake(x | y) against the label y: the median of each set as a
 * line, its middle 80 % as a band; a label of one image is a point without a band. Where fakes fall below r = 1 the
 * generator is weakest.
 *
 * @throws RangeError if there is no finite ratio.
 */
export function ratioAgainstLabel(
  groups: readonly LabelledRatios[],
  options: RatioAgainstLabelOptions = {},
): Chart {
  checkList("ratioAgainstLabel()", groups, "a list of groups");
  checkOptionNames("ratioAgainstLabel()", options, {
    known: { ...TITLES, unit: true, stretches: true },
    example: '{ unit: "years" }',
  });
  const { unit = "label units", stretches = 45 } = options;
  const values = placeBands(mediansOf(groups, stretches), {
    series: (row) => row.group,
    position: (row) => row.label,
    hasInterval: (row) => row.images > 1,
  });
  checkRows(values, "density ratios against labels");
  const names = groups.map(({ name }) => name);
  const top = niceAbove(Math.max(1.5, maximum(values.map(({ high }) => high))));
  const x = {
    field: "label",
    type: "quantitative",
    title: `label (${unit})`,
    axis: { grid: false },
    scale: { zero: false, nice: false },
  };
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title: "density ratio r",
    scale: { domain: [0, top], nice: false },
  });
  return new Chart({
    ...headOf({
      ...options,
      subtitle: options.subtitle ??
        "lines: medians; bands: the middle 80 % of the images; r = 1: as likely real as fake",
    }, "Density ratio against label"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: [
        ...bandedLines(values, {
          field: "group",
          names,
          x,
          y,
          low: "low",
          high: "high",
          middle: "median",
          shade: 0.15,
          tooltip: tips(
            { field: "group", title: "images" },
            { field: "label", title: `label (${unit})`, format: ".4~g" },
            { field: "median", title: "median ratio", format: ".3~g" },
            { field: "low", title: "a tenth is below", format: ".3~g" },
            { field: "high", title: "a tenth is above", format: ".3~g" },
            { field: "images", title: "number of images", format: "," },
          ),
        }),
        ruleAt(1, "y", "r = 1"),
      ],
    },
    facts: names.flatMap((name) =>
      factOf(name, values.filter(({ group }) => group === name), unit)
    ),
  });
}

/** One point of a line: the ratios of a set in a stretch of the label axis. */
interface MedianRow {
  readonly group: string;
  readonly label: number;
  /** A tenth of the ratios is below. */
  readonly low: number;
  readonly median: number;
  /** A tenth is above. */
  readonly high: number;
  readonly images: number;
}

/** Stretch by stretch; what is not finite is left out. */
function mediansOf(groups: readonly LabelledRatios[], stretches: number): MedianRow[] {
  return groups.flatMap(({ name, labels, ratios }) => {
    const known = Array.from(labels, (label, i) => Number.isFinite(ratios[i]!) ? label : NaN);
    return stretchesOf(known, stretches).map(({ label, positions }) => {
      const own = positions.map((i) => ratios[i]!);
      const share = (probability: number) => round(quantile(own, probability));
      return {
        group: name,
        label: round(label),
        low: share(0.1),
        median: share(0.5),
        high: share(0.9),
        images: positions.length,
      };
    });
  });
}

/** Where a set looks least and most real; nothing of a set without ratios. */
function factOf(name: string, rows: readonly MedianRow[], unit: string): string[] {
  if (rows.length === 0) return [];
  const least = rows.reduce((best, row) => (row.median < best.median ? row : best));
  const most = rows.reduce((best, row) => (row.median > best.median ? row : best));
  if (numberText(least.median) === numberText(most.median)) {
    return [`${name}: median ${numberText(most.median)} throughout`];
  }
  return [
    `${name}: median from ${numberText(least.median)} at ${numberText(least.label)} to ` +
    `${numberText(most.median)} at ${numberText(most.label)} ${unit}`,
  ];
}
