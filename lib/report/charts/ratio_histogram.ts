/** Density ratios of sets of images. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { quantile } from "../../base/metrics.ts";
import { countBins, type ValueGroup } from "../vega/bins.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { nameScale, ruleAt, TINT, tintBy } from "../vega/encodings.ts";
import { legendSwitch, tips, unseen } from "../vega/interaction.ts";
import { finite, niceAbove, numberText, round } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/**
 * Density ratios r(x | y) = p_real(x | y) / p_fake(x | y) of several sets of images as outlines of
 * their histograms, in percent of each set. A rule marks r = 1, where an image is as likely under
 * the real as under the fake distribution. The last bin takes all greater ratios.
 *
 * @param groups Usually real, fake and accepted images.
 * @throws RangeError if there is no finite ratio.
 */
export function ratioHistogram(
  groups: readonly ValueGroup[],
  options: ChartTitles & { bins?: number } = {},
): Chart {
  checkList("ratioHistogram()", groups, "a list of groups");
  checkOptionNames("ratioHistogram()", options, {
    known: { ...TITLES, bins: true },
    example: "{ bins: 30 }",
  });
  const pooled = groups.flatMap((group) => finite(group.values)).sort((a, b) => a - b);
  checkRows(pooled, "a histogram of density ratios");
  const high = Math.max(2, niceAbove(quantile(pooled, 0.99)));
  const bins = options.bins ?? 50;
  const values = groups.flatMap((group) => {
    const counted = countBins(group.values, { low: 0, high, bins });
    const outline = counted.map((bin) => ({
      group: group.name,
      ratio: round(bin.low),
      end: round(bin.high),
      percent: round(bin.percent),
    }));
    // A step needs its right end; without it the last bin would have no width.
    return [...outline, { ...outline.at(-1)!, ratio: high }];
  });
  const scales = nameScale(groups.map((group) => group.name));
  const x = {
    field: "ratio",
    type: "quantitative",
    title: `density ratio real / fake (last bin: ${numberText(high * (1 - 1 / bins))} or more)`,
    axis: { grid: false },
    scale: { domain: [0, high], nice: false },
  };
  const y = { field: "percent", type: "quantitative", title: "images of the set (%)", stack: null };
  const color = { field: "group", type: "nominal", scale: scales.color };
  const { params, opacity, isOn } = legendSwitch("group", groups.map((group) => group.name));
  return new Chart({
    ...headOf(options, "Density ratios"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: [
        {
          transform: [tintBy("group", groups.map((group) => group.name))],
          mark: { type: "area", interpolate: "step-after" },
          encoding: { x, y, fill: TINT, opacity: opacity(0.12) },
        },
        {
          params,
          mark: { type: "line", interpolate: "step-after" },
          encoding: {
            x,
            y,
            color,
            strokeDash: { field: "group", type: "nominal", scale: scales.strokeDash },
            opacity: opacity(),
          },
        },
        unseen({ type: "rect" }, {
          x,
          x2: { field: "end" },
          y: { ...y, stack: false },
          y2: { datum: 0 },
          tooltip: tips(
            { field: "group", title: "images" },
            { field: "ratio", title: "ratio from", format: ".3~g" },
            { field: "end", title: "to", format: ".3~g" },
            { field: "percent", title: "% of the set", format: ".2f" },
          ),
        }, isOn),
        ruleAt(1, "x", "equally likely"),
      ],
    },
    facts: groups.map((group) => {
      const sorted = finite(group.values).sort((a, b) => a - b);
      const median = sorted.length === 0 ? NaN : quantile(sorted, 0.5);
      return `${group.name}: median ${numberText(median)}, ` +
        `${sorted.length.toLocaleString("en-US")} images`;
    }),
  });
}
