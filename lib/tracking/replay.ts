/** What a log holds, told to TensorBoard or MLflow afterwards. */
import { rm } from "node:fs/promises";
import { join } from "../base/disk/path.ts";
import { appendToEventFile, eventFileName, eventsOf } from "./event_file.ts";
import { MlflowClient } from "./mlflow.ts";
import type { LogEvent, Series } from "./run_log.ts";
import { seriesOf } from "./run_log.ts";
import { freePlace, metricKey, metricsOf, optionsName, seriesName } from "./series.ts";
import { sinkRun } from "./tracker.ts";

/** What was told. */
export interface Replayed {
  readonly stage: string;
  /** Folder of event files, or id of MLflow's run. */
  readonly place: string;
  readonly rows: number;
}

/**
 * Writes event files, each step of a training once: the last row that was written counts. Those of an earlier replay
 * into the folder are replaced.
 */
export async function replayToBoard(
  events: readonly LogEvent[],
  folder: string,
): Promise<Replayed[]> {
  const told: Replayed[] = [];
  const run = events.find((event) => event.event === "run");
  for (const series of seriesOf(events)) {
    const file = eventFileName(series.times[0]!, 0);
    const place = freePlace(
      join(folder, optionsName(run?.changes ?? {}), seriesName(series)),
      file,
    );
    const path = join(place, file);
    await rm(path, { force: true });
    appendToEventFile(path, eventsOf(series.rows, (row) => series.times[row]!));
    told.push({ stage: series.stage, place, rows: series.rows.length });
  }
  return told;
}

/**
 * Makes a run of MLflow of each training, and reads back what the server keeps.
 *
 * @throws {Error} The server cannot be reached, refuses something, or keeps other values than it was told.
 */
export async function replayToMlflow(
  events: readonly LogEvent[],
  uri: string,
): Promise<Replayed[]> {
  const client = new MlflowClient(uri);
  const run = events.find((event) => event.event === "run");
  if (run === undefined) {
    throw new RangeError(
      "Cannot replay the log: it does not say of which run it is, want its first line",
    );
  }
  const told: Replayed[] = [];
  for (const series of seriesOf(events)) {
    const { stage, start, rows, times, isFinished } = series;
    const id = await client.createRun(sinkRun(run, { stage, start, time: times[0]! }));
    const metrics = metricsOf(eventsOf(rows, (row) => times[row]!));
    await client.logMetrics(id, metrics);
    if (isFinished) await client.finish(id, times.at(-1)!);
    await readBack(client, id, series);
    told.push({ stage, place: id, rows: rows.length });
  }
  return told;
}

async function readBack(client: MlflowClient, id: string, { rows }: Series): Promise<void> {
  const names = new Set(rows.flatMap((row) => Object.keys(row)).filter((name) => name !== "step"));
  for (const name of names) {
    const history = await client.history(id, metricKey(name));
    const kept = new Map(history.map(({ step, value }) => [step, value]));
    for (const row of rows) {
      const value = row[name];
      if (value === undefined || Object.is(kept.get(row.step!), value)) continue;
      throw new Error(
        `Cannot rely on MLflow's run ${id}: it keeps ${
          kept.get(row.step!)
        } for "${name}" at step ${row.step}, ` +
          `was told ${value}`,
      );
    }
  }
}
