/** All charts: functions from rows to a {@link Chart}, which `show` shows and `saveChart` keeps. */
export { Chart, type ChartParts, saveChart } from "./chart.ts";
export * from "./charts_results.ts";
export * from "./charts_synthesis.ts";
export * from "./charts_training.ts";
