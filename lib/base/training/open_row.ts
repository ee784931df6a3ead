/** The row of a history that is under way. */
import { tf } from "../tf.ts";
import { diverged, type TrainingPlace } from "./failures.ts";

/** Metrics of the steps since the last row: those that were read already, and those still on the device. */
export class OpenRow {
  #values: Record<string, number>[];
  #pending: Record<string, tf.Scalar>[] = [];
  readonly #place: TrainingPlace;

  /** @param values Of steps that an earlier process did. */
  constructor(values: readonly Record<string, number>[], place: TrainingPlace) {
    this.#values = [...values];
    this.#place = place;
  }

  /** Keeps the scalars of a step, to be read later: no step waits for the device. */
  add(scalars: Record<string, tf.Scalar>): void {
    this.#pending.push(scalars);
  }

  /**
   * Metrics of every step of the row.
   *
   * @param done Steps done, those of earlier rows included.
   * @throws {TrainingFailed} One is not a number.
   */
  async read(done: number): Promise<readonly Record<string, number>[]> {
    const rows = this.#pending;
    this.#pending = [];
    this.#values.push(...await read(rows, done - rows.length, this.#place));
    return this.#values;
  }

  /** As {@link read}; the next step begins another row. */
  async close(done: number): Promise<readonly Record<string, number>[]> {
    const values = await this.read(done);
    this.#values = [];
    return values;
  }

  /** Frees what nobody will read. */
  dispose(): void {
    for (const scalars of this.#pending) tf.dispose(scalars);
  }
}

/** Reads the scalars of each step, in one transfer, and frees them. */
async function read(
  rows: readonly Record<string, tf.Scalar>[],
  firstStep: number,
  place: TrainingPlace,
): Promise<Record<string, number>[]> {
  const scalars = rows.flatMap((row) => Object.values(row));
  if (scalars.length === 0) return rows.map(() => ({}));
  const stacked = tf.tidy(() => tf.stack(scalars));
  const values = await stacked.data();
  stacked.dispose();
  tf.dispose(scalars);
  let position = 0;
  return rows.map((row, i) => {
    const metrics: Record<string, number> = {};
    for (const name of Object.keys(row)) {
      const value = values[position++]!;
      if (!Number.isFinite(value)) {
        throw diverged(`${name} is ${value} at step ${firstStep + i}`, place);
      }
      metrics[name] = value;
    }
    return metrics;
  });
}

/** Mean of each metric over the steps that have it: some begin later than others. */
export function averageOf(rows: readonly Record<string, number>[]): Record<string, number> {
  const averages: Record<string, number> = {};
  for (const name of new Set(rows.flatMap((row) => Object.keys(row)))) {
    const values = rows.flatMap((row) => row[name] === undefined ? [] : [row[name]]);
    averages[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  return averages;
}
