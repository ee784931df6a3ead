/** MLflow's REST interface (mlflow.org/docs/latest/rest-api.html), as far as trainings need it. */

/** Environment variable of MLflow itself. */
export const MLFLOW_VARIABLE = "MLFLOW_TRACKING_URI";

/** A value of a metric. */
export interface MlflowMetric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

/** What a new run is called and described by. */
export interface MlflowRun {
  /** Made where it is not there. */
  readonly experiment: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Metrics that one request may hold. */
const MOST_METRICS = 1000;
/** Nobody waits for an answer but the end of the process. */
const MILLISECONDS = 20_000;

/** A tracking server. */
export class MlflowClient {
  readonly #uri: string;
  readonly #root: string;

  /**
   * @param uri Such as "http://127.0.0.1:5000".
   * @throws {RangeError} It is no address of a server.
   */
  constructor(uri: string) {
    if (!/^https?:\/\//.test(uri)) {
      throw new RangeError(
        `Cannot track by MLflow at "${uri}": want the address of a server, such as http://127.0.0.1:5000 ` +
          `(start one with "mlflow server")`,
      );
    }
    this.#uri = uri;
    this.#root = `${uri.replace(/\/+$/, "")}/api/2.0/mlflow`;
  }

  /** Begins a run; returns its id. */
  async createRun({ experiment, name, start, tags }: MlflowRun): Promise<string> {
    const made = await this.#post("runs/create", {
      experiment_id: await this.#experiment(experiment),
      run_name: name,
      start_time: start,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    return (made as { run: { info: { run_id: string } } }).run.info.run_id;
  }

  /** Adds values of metrics to a run. */
  async logMetrics(run: string, metrics: readonly MlflowMetric[]): Promise<void> {
    for (let start = 0; start < metrics.length; start += MOST_METRICS) {
      const part = metrics.slice(start, start + MOST_METRICS);
      await this.#post("runs/log-batch", { run_id: run, metrics: part.map(asJson) });
    }
  }

  /** Ends a run. */
  async finish(run: string, end: number): Promise<void> {
    await this.#post("runs/update", { run_id: run, status: "FINISHED", end_time: end });
  }

  /** Every value of a metric that the server holds, by step; later ones of a step come last. */
  async history(run: string, key: string): Promise<{ step: number; value: number }[]> {
    const found: { step: number; value: number }[] = [];
    let token = "";
    do {
      const page = await this.#get("metrics/get-history", {
        run_id: run,
        metric_key: key,
        max_results: "25000",
        ...(token !== "" && { page_token: token }),
      }) as {
        metrics?: { step?: number | string; value: number | string }[];
        next_page_token?: string;
      };
      for (const { step = 0, value } of page.metrics ?? []) {
        found.push({ step: Number(step), value: Number(value) });
      }
      token = page.next_page_token ?? "";
    } while (token !== "");
    return found;
  }

  async #experiment(name: string): Promise<string> {
    const found = await this.#findExperiment(name);
    if (found !== undefined) return found;
    try {
      const made = await this.#post("experiments/create", { name });
      return (made as { experiment_id: string }).experiment_id;
    } catch (error) {
      // Another process may have made it meanwhile.
      const others = await this.#findExperiment(name);
      if (others === undefined) throw error;
      return others;
    }
  }

  async #findExperiment(name: string): Promise<string | undefined> {
    const query = new URLSearchParams({ experiment_name: name });
    const response = await this.#fetch(`experiments/get-by-name?${query}`, {});
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    const { experiment } = await this.#read(response) as { experiment: { experiment_id: string } };
    return experiment.experiment_id;
  }

  async #post(path: string, body: object): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    return await this.#read(
      await this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }),
    );
  }

  async #get(path: string, query: Record<string, string>): Promise<unknown> {
    return await this.#read(await this.#fetch(`${path}?${new URLSearchParams(query)}`, {}));
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(MILLISECONDS);
    try {
      return await fetch(`${this.#root}/${path}`, { ...init, signal });
    } catch (error) {
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? `${message}, ${cause.message}` : message;
      throw new Error(
        `Cannot reach MLflow at "${this.#uri}": ${why}; start it with "mlflow server", or give its address`,
      );
    }
  }

  async #read(response: Response): Promise<unknown> {
    const text = await response.text();
    const refusal = (what: string) =>
      new Error(`Cannot use MLflow at "${this.#uri}": it answered ${what}: ${text.slice(0, 200)}`);
    if (!response.ok) throw refusal(String(response.status));
    try {
      return JSON.parse(text);
    } catch {
      throw refusal("no JSON, so that it may be another server");
    }
  }
}

/** JSON has no NaN: as a bare word MLflow 3 takes it for 0 and drops what follows; as text it is kept. */
function asJson({ value, ...metric }: MlflowMetric) {
  return { ...metric, value: Number.isFinite(value) ? value : textOf(value) };
}

function textOf(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
