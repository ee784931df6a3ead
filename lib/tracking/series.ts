/** Names and values of trainings in TensorBoard and MLflow. */
import type { ScalarEvent } from "./event_file.ts";
import type { MlflowMetric } from "./mlflow.ts";

/**
 * Folder of a training in TensorBoard. A resumed training has one of its own: of steps that were done twice in one
 * folder, TensorBoard's default server and its Python reader show different ones.
 */
export function seriesName({ stage, start }: { stage: string; start: number }): string {
  const name = fileName(stage);
  return start === 0 ? name : `${name}/from-step-${start}`;
}

/** Words as a name of a folder. */
export function fileName(words: string): string {
  return words.replaceAll(/[^A-Za-z0-9.+-]+/g, "_").replaceAll(/^_+|_+$/g, "");
}

/** Name of an experiment in MLflow. */
export function trackedName(
  { experiment, preset }: { experiment: string; preset: string },
): string {
  return `cGAN-KD ${experiment}, ${preset}`;
}

/** Scalars as values of metrics. */
export function metricsOf(events: readonly ScalarEvent[]): MlflowMetric[] {
  return events.flatMap(({ step, time, scalars }) =>
    Object.entries(scalars).map(([key, value]) => ({
      // Other characters are refused.
      key: key.replaceAll(/[^A-Za-z0-9_\-. /:]/g, "_"),
      value,
      timestamp: time,
      step,
    }))
  );
}
