/** Charts of the synthetic images: density ratios, teacher scores, labels, agreement with labels. */
import {
  Chart,
  CHART_HEIGHT,
  CHART_WIDTH,
  checkRows,
  COLOURS,
  nameScale,
  numberText,
  round,
  TINT,
  tintBy,
} from "./chart.ts";

/** Titles that every chart of this file takes. */
export interface ChartTitles {
  readonly title?: string;
  readonly subtitle?: string;
}

/** One bin of a histogram: values in [low, high), and how many of the group's values they are. */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Percent of all values of the group. */
  readonly percent: number;
}

/**
 * Counts values in equal bins from `low` to `high`; what lies outside goes to the outermost bins, and
 * values that are not numbers are left out.
 *
 * @throws RangeError if `high` is not above `low` or there are no bins.
 */
export function countBins(
  values: ArrayLike<number>,
  { low, high, bins }: { low: number; high: number; bins: number },
): Bin[] {
  if (!(high > low) || !(bins >= 1)) {
    throw new RangeError(
      `Cannot count values: found ${bins} bins from ${low} to ${high}, want at least one bin ` +
        "and an upper end above the lower",
    );
  }
  const counts = new Array<number>(bins).fill(0);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    // An infinite value lies outside as well; clamping the index takes care of it.
    const index = Math.floor((value - low) / (high - low) * bins);
    counts[Math.min(bins - 1, Math.max(0, index))]! += 1;
    total += 1;
  }
  const width = (high - low) / bins;
  return counts.map((count, index) => ({
    low: low + index * width,
    high: index === bins - 1 ? high : low + (index + 1) * width,
    count,
    percent: total === 0 ? 0 : 100 * count / total,
  }));
}

/** A named set of numbers. */
export interface ValueGroup {
  /** For instance "real", "fake" or "accepted". */
  readonly name: string;
  readonly values: ArrayLike<number>;
}

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
  const pooled = groups.flatMap((group) => finite(group.values)).sort((a, b) => a - b);
  checkRows(pooled, "a histogram of density ratios");
  const high = Math.max(2, niceAbove(quantileOf(pooled, 0.99)));
  const bins = options.bins ?? 50;
  const values = groups.flatMap((group) => {
    const counted = countBins(group.values, { low: 0, high, bins });
    const outline = counted.map((bin) => ({
      group: group.name,
      ratio: bin.low,
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
  return new Chart({
    title: options.title ?? "Density ratios",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      layer: [
        {
          data: { values },
          transform: [tintBy("group", groups.map((group) => group.name))],
          mark: { type: "area", interpolate: "step-after", opacity: 0.12 },
          encoding: { x, y, fill: TINT },
        },
        {
          data: { values },
          mark: { type: "line", interpolate: "step-after" },
          encoding: {
            x,
            y,
            color,
            strokeDash: { field: "group", type: "nominal", scale: scales.strokeDash },
          },
        },
        ruleAt(1, "x", "equally likely"),
      ],
    },
    facts: groups.map((group) => {
      const sorted = finite(group.values).sort((a, b) => a - b);
      return `${group.name}: median ${numberText(quantileOf(sorted, 0.5))}, ` +
        `${sorted.length.toLocaleString("en-US")} images`;
    }),
  });
}

/** The teacher's verdict on the fakes, and where the filter cuts. */
export interface TeacherScores {
  /** Cross entropy, or absolute error in label units, of the teacher on every fake image. */
  readonly scores: ArrayLike<number>;
  /** The rho-quantile of the scores; images strictly below it are kept. */
  readonly threshold: number;
  /** The quantile, in (0, 1]. */
  readonly rho: number;
  /** Title of the horizontal axis with its unit; "teacher's cross entropy (nats)". */
  readonly scoreTitle?: string;
}

/**
 * Histogram of the teacher's scores with the cut-off of the filter marked; kept and dropped fakes
 * have their own colour, and the cut-off is the edge of a bin.
 *
 * @throws RangeError if there is no finite score.
 */
export function teacherScoreHistogram(input: TeacherScores, options: ChartTitles = {}): Chart {
  const { threshold, rho } = input;
  const sorted = finite(input.scores).sort((a, b) => a - b);
  checkRows(sorted, "a histogram of teacher scores");
  const top = Math.max(quantileOf(sorted, 0.99), sorted[0]! + 1e-9);
  // Bins start at zero and have an edge at the cut-off, so that no bar is half kept.
  const cutInside = threshold > 0 && threshold < top;
  const width = cutInside ? threshold / Math.max(1, Math.round(40 * threshold / top)) : top / 40;
  const bins = Math.min(120, Math.max(1, Math.ceil(top / width)));
  const counted = countBins(sorted, { low: 0, high: bins * width, bins });
  const kept = sorted.filter((score) => score < threshold).length;
  const values = counted.map((bin) => ({
    low: round(bin.low),
    high: round(bin.high),
    images: bin.count,
    verdict: (bin.low + bin.high) / 2 < threshold ? "kept" : "dropped",
  }));
  const label = `rho = ${rho}: cut-off ${numberText(threshold)}`;
  return new Chart({
    title: options.title ?? "Teacher filter",
    subtitle: options.subtitle ??
      `${kept.toLocaleString("en-US")} of ${sorted.length.toLocaleString("en-US")} fakes kept`,
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      layer: [
        {
          data: { values },
          mark: { type: "rect", stroke: "white", strokeWidth: 0.7 },
          encoding: {
            x: {
              field: "low",
              type: "quantitative",
              title: `${input.scoreTitle ?? "teacher's cross entropy (nats)"}, last bin: all above`,
              axis: { grid: false, tickCount: 8 },
              scale: { domain: [0, bins * width], nice: false },
            },
            x2: { field: "high" },
            y: { field: "images", type: "quantitative", title: "fake images" },
            y2: { datum: 0 },
            color: {
              field: "verdict",
              type: "nominal",
              scale: { domain: ["kept", "dropped"], range: [COLOURS[0], "#bbbbbb"] },
            },
          },
        },
        ruleAt(Math.min(threshold, bins * width), "x", label),
      ],
    },
    facts: [
      label,
      `kept ${kept.toLocaleString("en-US")} of ${sorted.length.toLocaleString("en-US")} fakes`,
    ],
  });
}

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
  const facts = groups.map((group) => {
    const labels = finite(group.values);
    return `${group.name}: ${labels.length.toLocaleString("en-US")} images, labels ` +
      `${numberText(minimum(labels))} to ${numberText(maximum(labels))}`;
  });
  const head = {
    title: options.title ?? "Labels",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
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
          mark: { type: "area", interpolate: "step-after", opacity: 0.15 },
          encoding: { x, y, fill: TINT },
        },
        {
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
          },
        },
      ],
    },
  });
}

/** How often a classifier confirms the label of one class's images. */
export interface AgreementRow {
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
  const title = names.length > limit
    ? `labels confirmed (%), the ${limit} least of ${names.length} classes`
    : "labels confirmed (%), rule: mean over classes";
  return new Chart({
    title: options.title ?? "Agreement with labels by class",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    body: {
      width: CHART_WIDTH - 60,
      height: { step: groups.length > 1 ? 12 : 20 },
      layer: [
        {
          data: { values },
          mark: { type: "bar" },
          encoding: {
            y: { field: "label", type: "nominal", sort: null, title: null },
            ...(groups.length > 1 ? { yOffset: { field: "group", sort: groups } } : {}),
            x: { field: "agreement", type: "quantitative", title, scale: { domain: [0, 100] } },
            color,
          },
        },
        {
          data: { values: means },
          mark: { type: "rule", strokeWidth: 2, strokeDash: [4, 3] },
          encoding: { x: { field: "mean", type: "quantitative" }, color },
        },
      ],
    },
    facts: means.map(({ group, mean }) => `${group}: ${mean.toFixed(1)} % on average over classes`),
  });
}

/**
 * A confusion matrix as a heat map, in percent of each row; numbers are printed for up to 12 classes.
 *
 * @param counts One row a label (the image's own), one column a prediction.
 * @throws RangeError if the matrix is not square or does not fit the names.
 */
export function confusionMatrix(
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
  options: ChartTitles & { rowTitle?: string; columnTitle?: string } = {},
): Chart {
  const size = classNames.length;
  if (counts.length !== size || counts.some((row) => row.length !== size) || size === 0) {
    throw new RangeError(
      `Cannot draw a confusion matrix: found ${counts.length} rows for ${size} class names, ` +
        "want a square matrix with one row a class",
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
    title: options.title ?? "Labels and predictions",
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
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

function ruleAt(position: number, axis: "x" | "y", label: string): Record<string, unknown> {
  const place = { [axis]: { datum: position, type: "quantitative" } };
  return {
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rule", strokeDash: [4, 4], strokeWidth: 1.5, color: "#222222" },
        encoding: place,
      },
      {
        data: { values: [{}] },
        mark: {
          type: "text",
          align: "left",
          baseline: "top",
          dx: 5,
          fontSize: 11,
          color: "#222222",
        },
        encoding: { ...place, y: { value: 2 }, text: { value: label } },
      },
    ],
  };
}

function finite(values: ArrayLike<number>): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!)) kept.push(values[i]!);
  return kept;
}

/** Linearly interpolated quantile of values in rising order. */
function quantileOf(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return NaN;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
}

// Loops, since spreading a whole data set into Math.min exceeds the argument limit.
function minimum(values: readonly number[]): number {
  return values.reduce((least, value) => (value < least ? value : least), Infinity);
}

function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), -Infinity);
}

/** The next of 1, 2, 5, 10, ... at or above a positive value. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 5, 10].find((multiple) => multiple * power >= value) ?? 10;
  return step * power;
}
