/** Names and values of trainings in TensorBoard and MLflow. */
import { join } from "../base/disk/path.ts";
import { EVENT_FILE, type ScalarEvent } from "./event_file.ts";
import type { MlflowMetric } from "./mlflow.ts";

/**
 * Folder of a training in TensorBoard. A resumed training has one of its own: of steps that were done twice in one
 * folder, TensorBoard's default server and its Python reader show different ones.
 */
export function seriesName({ stage, start }: { stage: string; start: number }): string {
  const name = fileName(stage);
  return start === 0 ? name : `${name}/from-step-${start}`;
}

/** What is in the title of a training, or only chooses which trainings there are. */
const IN_TITLES = new Set(["seeds", "settings", "students", "teachers", "distillers", "trainOn"]);
/** Names of folders may have 255 bytes. */
const LONGEST_NAME = 120;

/**
 * Folder of a run's trainings in TensorBoard, by the options that the run changes: titles of trainings do not say them, and
 * two curves in one folder are shown as one.
 *
 * @returns "" where nothing is changed.
 */
export function optionsName(changes: Readonly<Record<string, string>>): string {
  const words = Object.entries(changes)
    .filter(([path]) => !IN_TITLES.has(path))
    .map(([path, value]) => `${path}=${value}`);
  return fileName(words.sort().join(" ")).slice(0, LONGEST_NAME);
}

/**
 * A folder in TensorBoard that holds no other training: the one that is asked for, else "again-2" in it and so on.
 *
 * @param own Name of an event file that may be there, since it is written anew.
 */
export function freePlace(place: string, own?: string): string {
  for (let attempt = 1;; attempt++) {
    const candidate = attempt === 1 ? place : join(place, `again-${attempt}`);
    if (!hasEvents(candidate, own)) return candidate;
  }
}

function hasEvents(folder: string, own?: string): boolean {
  try {
    return [...Deno.readDirSync(folder)].some(({ name }) =>
      name.startsWith(EVENT_FILE) && name !== own
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
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

/** Name of a metric in MLflow, which refuses other characters. */
export function metricKey(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_\-. /:]/g, "_");
}

/** Scalars as values of metrics. */
export function metricsOf(events: readonly ScalarEvent[]): MlflowMetric[] {
  return events.flatMap(({ step, time, scalars }) =>
    Object.entries(scalars).map(([key, value]) => ({
      key: metricKey(key),
      value,
      timestamp: time,
      step,
    }))
  );
}
