/** How many images carry each label. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { countBins, type ValueGroup } from "../vega/bins.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
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
  checkList("labelHistogram()", groups, "a list of groups");
  checkOptionNames("labelHistogram()", options, {
    known: { ...TITLES, classNames: true, unit: true, bins: true },
    example: '{ unit: "years" }',
  });
  checkRows(groups.flatMap((group) => finite(group.values)), "a histogram of labels");
  const { classNames } = options;
  return new Chart({
    ...headOf(options, "Labels"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      ...(classNames !== undefined && classNames.length <= 20
        ? classBars(groups, classNames)
        : outlines(groups, options)),
    },
    facts: groups.map((group) => factOf(group, classNames)),
  });
}

function factOf({ name, values }: ValueGroup, classNames: readonly string[] | undefined): string {
  const labels = finite(values);
  const images = `${name}: ${counted(labels.length, "image")}`;
  if (classNames !== undefined) {
    return `${images}, ${counted(new Set(labels).size, "class", "classes")}`;
  }
  const [low, high] = [minimum(labels), maximum(labels)].map(numberText);
  return `${images}, ${low === high ? `label ${low}` : `labels ${low} to ${high}`}`;
}

const COUNTS = { field: "images", type: "quantitative", title: "images", stack: null };

/** How sets are told apart; one set alone needs no legend. */
function lookOf(groups: readonly ValueGroup[]) {
  const names = groups.map(({ name }) => name);
  const scales = nameScale(names);
  const isOne = groups.length === 1;
  const bySet = (scale: object) => ({
    field: "group",
    type: "nominal",
    scale,
    ...(isOne ? { legend: null } : {}),
  });
  return {
    names,
    isOne,
    color: bySet(scales.color),
    strokeDash: bySet(scales.strokeDash),
    setTip: isOne ? [] : [{ field: "group", title: "set" }],
    ...legendSwitch("group", names),
  };
}

/** A bar for each class and set. */
function classBars(groups: readonly ValueGroup[], classNames: readonly string[]): object {
  const { names, isOne, color, setTip, params, opacity } = lookOf(groups);
  const range = { low: -0.5, high: classNames.length - 0.5, bins: classNames.length };
  const values = groups.flatMap((group) =>
    countBins(group.values, range).map((bin, index) => ({
      group: group.name,
      label: classNames[index]!,
      images: bin.count,
    }))
  );
  return {
    data: { values },
    ...(isOne ? {} : { params }),
    mark: { type: "bar" },
    encoding: {
      x: {
        field: "label",
        type: "nominal",
        sort: null,
        title: "class",
        axis: { labelAngle: classNames.length > 6 ? -35 : 0 },
      },
      ...(isOne ? {} : { xOffset: { field: "group", sort: names } }),
      y: COUNTS,
      color,
      ...(isOne ? {} : { opacity: opacity() }),
      tooltip: tips(
        { field: "label", title: "class" },
        ...setTip,
        { field: "images", title: "images", format: "," },
      ),
    },
  };
}

/** Edges of bins that hold every label. */
function binsOf(
  groups: readonly ValueGroup[],
  { classNames, bins: wanted = 60 }: LabelHistogramOptions,
): { low: number; high: number; bins: number } {
  const pooled = groups.flatMap((group) => finite(group.values));
  const classes = classNames?.length;
  // Whole labels (ages, classes) get bins with edges between them; others would show a false comb.
  const whole = groups.some((group) => finite(group.values).every(Number.isInteger));
  const low = classes === undefined ? minimum(pooled) - (whole ? 0.5 : 0) : -0.5;
  const end = classes === undefined ? maximum(pooled) + (whole ? 0.5 : 0) : classes - 0.5;
  const width = whole ? Math.ceil((end - low) / wanted) : (end - low) / wanted;
  const bins = width > 0 ? Math.ceil((end - low) / width - 1e-9) : 1;
  return { low, high: width > 0 ? low + bins * width : low + 1, bins };
}

/** An outline for each set, with a light area below it. */
function outlines(groups: readonly ValueGroup[], options: LabelHistogramOptions): object {
  const { names, isOne, color, strokeDash, setTip, params, opacity, isOn } = lookOf(groups);
  const range = binsOf(groups, options);
  const values = groups.flatMap((group) => {
    const outline = countBins(group.values, range).map((bin) => ({
      group: group.name,
      label: round(bin.low),
      end: round(bin.high),
      images: bin.count,
    }));
    return [...outline, { ...outline.at(-1)!, label: round(range.high) }];
  });
  const { classNames, unit = "label units" } = options;
  const x = {
    field: "label",
    type: "quantitative",
    title: classNames === undefined ? `label (${unit})` : "class index",
    axis: { grid: false },
    scale: { zero: false, nice: false },
  };
  const tooltip = tips(
    ...setTip,
    { field: "label", title: "labels from", format: ".4~g" },
    { field: "end", title: "to", format: ".4~g" },
    { field: "images", title: "images", format: "," },
  );
  return {
    data: { values },
    layer: [
      {
        transform: [tintBy("group", names)],
        mark: { type: "area", interpolate: "step-after" },
        encoding: { x, y: COUNTS, fill: TINT, opacity: isOne ? { value: 0.15 } : opacity(0.15) },
      },
      {
        ...(isOne ? {} : { params }),
        mark: { type: "line", interpolate: "step-after" },
        encoding: { x, y: COUNTS, color, strokeDash, ...(isOne ? {} : { opacity: opacity() }) },
      },
      unseen(
        { type: "rect" },
        { x, x2: { field: "end" }, y: { ...COUNTS, stack: false }, y2: { datum: 0 }, tooltip },
        isOne ? undefined : isOn,
      ),
    ],
  };
}
