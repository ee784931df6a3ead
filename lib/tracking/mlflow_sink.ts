/** Sends metrics to MLflow beside the work: late rather than in its way, and no more after the first failure. */
import { MlflowClient, type MlflowMetric, type MlflowRun } from "./mlflow.ts";

/** One training, as the sink knows it. */
export interface SinkRun extends MlflowRun {
  /** Tells trainings apart. */
  readonly key: string;
}

interface Waiting {
  readonly metrics: MlflowMetric[];
  end?: number;
}

/** A queue in front of a server. */
export class MlflowSink {
  readonly #client: MlflowClient;
  readonly #warn: (line: string) => void;
  readonly #runs = new Map<string, SinkRun>();
  readonly #ids = new Map<string, string>();
  readonly #waiting = new Map<string, Waiting>();
  #work: Promise<void> | undefined;
  #isOff = false;

  /**
   * @param uri Of the server.
   * @param warn Is told once, in a line, where it cannot be reached.
   * @throws {RangeError} It is no address of a server.
   */
  constructor(uri: string, warn: (line: string) => void) {
    this.#client = new MlflowClient(uri);
    this.#warn = warn;
  }

  /** Adds metrics, and ends the run where a time is given; returns at once. */
  add(run: SinkRun, metrics: readonly MlflowMetric[], end?: number): void {
    if (this.#isOff) return;
    this.#runs.set(run.key, run);
    const waiting = this.#waiting.get(run.key) ?? { metrics: [] };
    waiting.metrics.push(...metrics);
    if (end !== undefined) waiting.end = end;
    this.#waiting.set(run.key, waiting);
    this.#work ??= this.#send().finally(() => this.#work = undefined);
  }

  /** Waits until nothing waits any more. */
  async done(): Promise<void> {
    await this.#work;
  }

  async #send(): Promise<void> {
    try {
      // What is added meanwhile is met too, at the end of the map.
      for (const [key, { metrics, end }] of this.#waiting) {
        this.#waiting.delete(key);
        let id = this.#ids.get(key);
        if (id === undefined) {
          id = await this.#client.createRun(this.#runs.get(key)!);
          this.#ids.set(key, id);
        }
        await this.#client.logMetrics(id, metrics);
        if (end !== undefined) await this.#client.finish(id, end);
      }
    } catch (error) {
      this.#isOff = true;
      this.#waiting.clear();
      this.#warn(
        `MLflow is not told any more: ${
          (error as Error).message
        }; "deno task tracking LOG --mlflow URI" sends the log later`,
      );
    }
  }
}
