/** How many images carry each label. */
import { countBins, type ValueGroup } from "../vega/bins.ts";
import { Chart, type ChartTitles, headOf } from "../vega/chart.ts";
import { nameScale, TINT, tintBy } from "../vega/encodings.ts";
import { legendSwitch, tips, unseen } from "../vega/interaction.ts";
import { finite, maximum, minimum, numberText, round } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { counted } from "../words.ts";
import { CHART_HEIGHT, CHART_WIDTH } from "../vega/theme.ts";

/** Settings of {@link labelHistogram}. */
export interface LabelHistogramOptions extends ChartTitles {
  /** Display names in label order, for class labels. */
  readonly classNames?: readonly string[];
  /** Unit of continuous labels, for instance "years". */
  readonly unit?: string;
  /** Most bins of more than 20 classes or of continuous labels; 60. */
  readonly bins?: number;
}

/**
 * How many images carry each label, for one set or several beside each other.
 *
 * Up to 20 classes are drawn as bars; more classes and continuous labels as outlines.
 *
 * @throws RangeError if there is no label.
 */
export function labelHistogram(
  groups: readonly ValueGroup[],
  options: LabelHistogramOptions = {},
): Chart {
  const pooled = groups.flatMap((group) => finite(group.values));
  checkRows(pooled, "a histogram of labels");
  const scales = nameScale(groups.map((group) => group.name));
  const color = {
    field: "group",
    type: "nominal",
    scale: scales.color,
    ...(groups.length > 1 ? {} : { legend: null }),
  };
  const y = { field: "images", type: "quantitative", title: "images", stack: null };
  const names = options.classNames;
  const { params, opacity, isOn } = legendSwitch("group", groups.map((group) => group.name));
  const facts = groups.map((group) => {
    const labels = finite(group.values);
    const images = `${group.name}: ${counted(labels.length, "image")}`;
    if (names !== undefined) {
      return `${images}, ${counted(new Set(labels).size, "class", "classes")}`;
    }
    const [low, high] = [minimum(labels), maximum(labels)].map(numberText);
    return `${images}, ${low === high ? `label ${low}` : `labels ${low} to ${high}`}`;
  });
  const head = {
    ...headOf(options, "Labels"),
    facts,
  };
  if (names !== undefined && names.length <= 20) {
    const values = groups.flatMap((group) => {
      const counted = countBins(group.values, {
        low: -0.5,
        high: names.length - 0.5,
        bins: names.length,
      });
      return counted.map((bin, index) => ({
        group: group.name,
        label: names[index]!,
        images: bin.count,
      }));
    });
    return new Chart({
      ...head,
      body: {
        width: CHART_WIDTH,
        height: CHART_HEIGHT,
        data: { values },
        ...(groups.length > 1 ? { params } : {}),
        mark: { type: "bar" },
        encoding: {
          x: {
            field: "label",
            type: "nominal",
            sort: null,
            title: "class",
            axis: { labelAngle: names.length > 6 ? -35 : 0 },
          },
          ...(groups.length > 1
            ? { xOffset: { field: "group", sort: groups.map((group) => group.name) } }
            : {}),
          y,
          color,
          ...(groups.length > 1 ? { opacity: opacity() } : {}),
          tooltip: tips(
            { field: "label", title: "class" },
            ...(groups.length > 1 ? [{ field: "group", title: "set" }] : []),
            { field: "images", title: "images", format: "," },
          ),
        },
      },
    });
  }
  const classes = names?.length;
  // Whole labels (ages, classes) get bins with edges between them; others would show a false comb.
  const whole = groups.some((group) => finite(group.values).every(Number.isInteger));
  const low = classes === undefined ? minimum(pooled) - (whole ? 0.5 : 0) : -0.5;
  const end = classes === undefined ? maximum(pooled) + (whole ? 0.5 : 0) : classes - 0.5;
  const wanted = options.bins ?? 60;
  const width = whole ? Math.ceil((end - low) / wanted) : (end - low) / wanted;
  const bins = width > 0 ? Math.ceil((end - low) / width - 1e-9) : 1;
  const high = width > 0 ? low + bins * width : low + 1;
  const values = groups.flatMap((group) => {
    const outline = countBins(group.values, { low, high, bins }).map((bin) => ({
      group: group.name,
      label: round(bin.low),
      end: round(bin.high),
      images: bin.count,
    }));
    return [...outline, { ...outline.at(-1)!, label: round(high) }];
  });
  const x = {
    field: "label",
    type: "quantitative",
    title: classes === undefined ? `label (${options.unit ?? "label units"})` : "class index",
    axis: { grid: false },
    scale: { zero: false, nice: false },
  };
  return new Chart({
    ...head,
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      data: { values },
      layer: [
        {
          transform: [tintBy("group", groups.map((group) => group.name))],
          mark: { type: "area", interpolate: "step-after" },
          encoding: {
            x,
            y,
            fill: TINT,
            opacity: groups.length > 1 ? opacity(0.15) : { value: 0.15 },
          },
        },
        {
          ...(groups.length > 1 ? { params } : {}),
          mark: { type: "line", interpolate: "step-after" },
          encoding: {
            x,
            y,
            color,
            strokeDash: {
              field: "group",
              type: "nominal",
              scale: scales.strokeDash,
              ...(groups.length > 1 ? {} : { legend: null }),
            },
            ...(groups.length > 1 ? { opacity: opacity() } : {}),
          },
        },
        unseen(
          { type: "rect" },
          {
            x,
            x2: { field: "end" },
            y: { ...y, stack: false },
            y2: { datum: 0 },
            tooltip: tips(
              ...(groups.length > 1 ? [{ field: "group", title: "set" }] : []),
              { field: "label", title: "labels from", format: ".4~g" },
              { field: "end", title: "to", format: ".4~g" },
              { field: "images", title: "images", format: "," },
            ),
          },
          groups.length > 1 ? isOn : undefined,
        ),
      ],
    },
  });
}
