/**
 * The published figures of Ding et al. (arXiv 2104.03164), read off and kept in `paper/figure_*.csv`; behind ours in the
 * charts of ablations.
 */
import { matches, metricOf, type PublishedMetric, type PublishedQuery, readRows } from "./rows.ts";

/** The steps of the component ablation, from no fake image at all to the whole of M1 and M2. */
export const PROCESSING_STEPS = [
  "NOKD",
  "unprocessed",
  "subsampling",
  "subsampling+filtering",
  "subsampling+filtering+adjustment",
] as const;

/** A bar of the figure "effect of components"; read off the figure. */
export interface PublishedComponent {
  readonly dataset: string;
  readonly setting: string;
  /** As the paper prints it. */
  readonly student: string;
  readonly processing: typeof PROCESSING_STEPS[number];
  /** What `value` measures. */
  readonly metric: PublishedMetric;
  readonly value: number;
}

/** A point of the figure of error against the number of processed fakes; read off the figure. */
export interface PublishedFakeCount {
  readonly dataset: string;
  readonly setting: string;
  /** As the paper prints it. */
  readonly student: string;
  /** Number of processed fake images in the training set, M^g. */
  readonly fakes: number;
  /** What `value` measures. */
  readonly metric: PublishedMetric;
  readonly value: number;
}

/**
 * The bars of the figure "effect of components" (C-10K and R-5), read off the figure.
 *
 * @returns 30 bars, fewer under a query; a teacher, method or table in the query is ignored.
 */
export function publishedComponents(query: PublishedQuery = {}): PublishedComponent[] {
  return readRows("figure_effect_of_components.csv").map((row) => ({
    dataset: row["dataset"]!,
    setting: row["setting"]!,
    student: row["student"]!,
    processing: processingOf(row["fake_data_processing"]!),
    metric: metricOf(row["metric"]!),
    value: Number(row["value_read_off_figure"]),
  })).filter((row) => matches(row, figureQuery(query)));
}

/**
 * The points of the figures of error against the number of processed fakes M^g (C-10K and R-5),
 * read off the figures.
 *
 * @returns 63 points, fewer under a query; a teacher, method or table in the query is ignored.
 */
export function publishedFakeCounts(query: PublishedQuery = {}): PublishedFakeCount[] {
  return readRows("figure_error_vs_nfake.csv").map((row) => ({
    dataset: row["dataset"]!,
    setting: row["setting"]!,
    student: row["student"]!,
    fakes: Number(row["processed_fake_images"]),
    metric: metricOf(row["metric"]!),
    value: Number(row["value_read_off_figure"]),
  })).filter((row) => matches(row, figureQuery(query)));
}

function figureQuery(query: PublishedQuery): PublishedQuery {
  const { dataset, setting, student } = query;
  return {
    ...(dataset === undefined ? {} : { dataset }),
    ...(setting === undefined ? {} : { setting }),
    ...(student === undefined ? {} : { student }),
  };
}

function processingOf(text: string): typeof PROCESSING_STEPS[number] {
  const step = PROCESSING_STEPS.find((name) => name === text);
  if (step !== undefined) return step;
  throw new SyntaxError(
    `Cannot read a published value: found processing "${text}", want one of ` +
      PROCESSING_STEPS.map((name) => `"${name}"`).join(", "),
  );
}
