/** What the teacher thinks of the fakes, and where its filter cuts. */
import { checkArgument, checkOptionNames } from "../../base/check_argument.ts";
import { quantile } from "../../base/metrics.ts";
import { countBins } from "../vega/bins.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { ruleAt } from "../vega/encodings.ts";
import { legendSwitch, tips } from "../vega/interaction.ts";
import { finite, numberText, round } from "../vega/numbers.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_HEIGHT, CHART_WIDTH, COLOURS } from "../vega/theme.ts";

/** The teacher's verdict on the fakes, and where the filter cuts. */
export interface TeacherScores {
  /** Cross entropy, or absolute error in label units, of the teacher on every fake image. */
  readonly scores: ArrayLike<number>;
  /** The rho-quantile of the scores; images strictly below it are kept. */
  readonly threshold: number;
  /** The quantile, in (0, 1]. */
  readonly rho: number;
  /** Fakes that passed: where scores tie with the cut-off, the scores do not tell. */
  readonly kept: number;
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
  checkArgument("teacherScoreHistogram()", input, {
    want: "scores and their cut-off, such as { scores, threshold, rho, kept }",
    fits: (value) => "scores" in value,
  });
  checkOptionNames("teacherScoreHistogram()", options, {
    known: TITLES,
    example: '{ title: "Scores" }',
  });
  const { threshold, rho, kept } = input;
  const sorted = finite(input.scores).sort((a, b) => a - b);
  checkRows(sorted, "a histogram of teacher scores");
  const top = Math.max(quantile(sorted, 0.99), sorted[0]! + 1e-9);
  // Bins start at zero and have an edge at the cut-off, so that no bar is half kept.
  const cutInside = threshold > 0 && threshold < top;
  const width = cutInside ? threshold / Math.max(1, Math.round(40 * threshold / top)) : top / 40;
  const bins = Math.min(120, Math.max(1, Math.ceil(top / width)));
  const counted = countBins(sorted, { low: 0, high: bins * width, bins });
  const values = counted.map((bin) => ({
    low: round(bin.low),
    high: round(bin.high),
    images: bin.count,
    verdict: (bin.low + bin.high) / 2 < threshold ? "kept" : "dropped",
  }));
  const { params, opacity } = legendSwitch("verdict", ["kept", "dropped"]);
  const label = `rho = ${rho}: cut-off ${numberText(threshold)}`;
  return new Chart({
    ...headOf({
      ...options,
      subtitle: options.subtitle ??
        `${kept.toLocaleString("en-US")} of ${sorted.length.toLocaleString("en-US")} fakes kept`,
    }, "Teacher filter"),
    body: {
      width: CHART_WIDTH,
      height: CHART_HEIGHT,
      layer: [
        {
          data: { values },
          params,
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
            opacity: opacity(),
            tooltip: tips(
              { field: "verdict", title: "filter" },
              { field: "low", title: "score from", format: ".3~g" },
              { field: "high", title: "to", format: ".3~g" },
              { field: "images", title: "fake images", format: "," },
            ),
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
