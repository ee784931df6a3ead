/** Density ratios along the label axis. */
import { quantile } from "../../base/metrics.ts";
import { Chart, type ChartTitles, headOf } from "../vega/chart.ts";
import { bandLayers, placeBands } from "../vega/bands.ts";
import { nameScale, ruleAt } from "../vega/encodings.ts";
import { legendSwitch, tips, unseen } from "../vega/interaction.ts";
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
  const { unit = "label units", stretches = 45 } = options;
  const medians = groups.flatMap(({ name, labels, ratios }) => {
    const known = Array.from(labels, (label, i) => Number.isFinite(ratios[i]!) ? label : NaN);
    return stretchesOf(known, stretches).map(({ label, positions }) => {
      const sorted = positions.map((i) => ratios[i]!).sort((a, b) => a - b);
      const [low, median, high] = [0.1, 0.5, 0.9].map((share) => round(quantile(sorted, share)));
      return { group: name, label: round(label), low, median, high, images: positions.length };
    });
  });
  const values = placeBands(medians, {
    series: (row) => row.group,
    position: (row) => row.label,
    hasInterval: (row) => row.images > 1,
  });
  checkRows(values, "density ratios against labels");
  const names = groups.map(({ name }) => name);
  const scales = nameScale(names);
  const top = niceAbove(Math.max(1.5, maximum(values.map(({ high }) => high!))));
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
  const { params, opacity, isOn } = legendSwitch("group", names);
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
        ...bandLayers(values, {
          field: "group",
          names,
          x,
          y,
          low: "low",
          high: "high",
          middle: "median",
          opacity,
          shade: 0.15,
        }),
        {
          params,
          mark: { type: "line" },
          encoding: {
            x,
            y: y("median"),
            color: { field: "group", type: "nominal", scale: scales.color },
            strokeDash: { field: "group", type: "nominal", scale: scales.strokeDash },
            opacity: opacity(),
          },
        },
        unseen({ type: "point", size: 120 }, {
          x,
          y: y("median"),
          tooltip: tips(
            { field: "group", title: "images" },
            { field: "label", title: `label (${unit})`, format: ".4~g" },
            { field: "median", title: "median ratio", format: ".3~g" },
            { field: "low", title: "a tenth is below", format: ".3~g" },
            { field: "high", title: "a tenth is above", format: ".3~g" },
            { field: "images", title: "number of images", format: "," },
          ),
        }, isOn),
        ruleAt(1, "y", "r = 1"),
      ],
    },
    facts: names.flatMap((name) => {
      const own = values.filter(({ group }) => group === name);
      if (own.length === 0) return [];
      const least = own.reduce((best, row) => (row.median! < best.median! ? row : best));
      const most = own.reduce((best, row) => (row.median! > best.median! ? row : best));
      if (numberText(least.median!) === numberText(most.median!)) {
        return [`${name}: median ${numberText(most.median!)} throughout`];
      }
      return [
        `${name}: median from ${numberText(least.median!)} at ${numberText(least.label)} to ` +
        `${numberText(most.median!)} at ${numberText(most.label)} ${unit}`,
      ];
    }),
  });
}
