/** All charts: functions from rows to a {@link Chart}, which `show` shows and `saveChart` keeps. */
export { Chart, type ChartParts, type ChartTitles, saveChart } from "./vega/chart.ts";
export { type Bin, countBins, type ValueGroup } from "./vega/bins.ts";
export {
  type CurveOptions,
  type CurveRow,
  smooth,
  trainingCurves,
} from "./charts/training_curves.ts";
export * from "./charts/gan_curves.ts";
export type { JudgedRow } from "./charts/gan_panels.ts";
export * from "./charts/student_curves.ts";
export * from "./charts/label_histogram.ts";
export * from "./charts/ratio_histogram.ts";
export * from "./charts/ratio_by_label.ts";
export * from "./charts/teacher_scores.ts";
export * from "./charts/agreement.ts";
export * from "./charts/error_against.ts";
export * from "./charts/paper_comparison.ts";
export * from "./charts/components.ts";
export * from "./charts/error_bound.ts";
export * from "./charts/bound_ordering.ts";
export * from "./charts/estimate_against_truth.ts";
export * from "./charts/heat_map.ts";
export * from "./charts/measure_panels.ts";
export * from "./charts/predictions.ts";
export * from "./charts/label_errors.ts";
