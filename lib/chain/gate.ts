/**
 * Keeps cells of a notebook from going on after a stage was stopped or failed: Jupyter's queue does not stop, and what
 * the cells below would show is the result of another run.
 */

/** A call on a run that a stop, a failure or another run came before; prints as one line. */
export class RunRefused extends Error {
  override readonly name = "RunRefused";
  constructor(message: string) {
    super(message);
    withoutStack(this);
  }
}

/** Takes the stack from an error that says all by its message. */
export function withoutStack(error: Error): void {
  error.stack = `${error.name}: ${error.message}`;
}

/** How to open again, where only opening helps. */
const GO_ON = "run the cell that opens the run again, then those below; all finished is kept";

/**
 * Milliseconds without a call after which the next one is somebody's own: cells that wait in Jupyter's queue follow each
 * other at once, and people do not.
 */
const QUIET = 1500;

/** Whether the runs of a session may be used, and whether something may be trained now. */
export class Gate {
  readonly #now: () => number;
  #closed: string | undefined;
  #lastCall = 0;
  #ended = false;
  #working = 0;

  /**
   * An open gate.
   *
   * @param now Milliseconds; default: the clock.
   */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Lets runs be used again: somebody opens one. */
  open(): void {
    this.check({ isOpening: true });
    this.#closed = undefined;
  }

  /**
   * Refuses the calls of cells that wait in the queue, saying why: until {@link open}, or until no call came for a while,
   * so that a cell that somebody runs again goes on. A refusal itself closes nothing.
   */
  close(error: unknown): void {
    if (error instanceof RunRefused) return;
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    this.#closed = line.replace(/: run again to go on.*$/, "");
    this.#lastCall = this.#now();
  }

  /** Refuses every later call for good: another session was started. */
  end(): void {
    this.#ended = true;
  }

  /**
   * Passes where runs may be used.
   *
   * @throws {RunRefused} Something was stopped or failed; says what, and how to go on.
   */
  check({ isOpening = false }: { readonly isOpening?: boolean } = {}): void {
    if (this.#ended) {
      throw new RunRefused(`Not run: this run is of an earlier session; ${GO_ON}`);
    }
    if (this.#closed === undefined || isOpening) return;
    const quiet = this.#now() - this.#lastCall;
    this.#lastCall = this.#now();
    if (quiet >= QUIET) {
      this.#closed = undefined;
      return;
    }
    throw new RunRefused(
      `Not run after "${this.#closed}": run it again to go on; all finished is kept`,
    );
  }

  /** Lets stages be made while `work` goes on, and closes where it fails. */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work();
    } catch (error) {
      this.close(error);
      throw error;
    } finally {
      this.#working--;
    }
  }

  /**
   * Passes where a stage may be made: a figure shows what is there, without progress and without a Stop button.
   *
   * @param title Of the stage.
   * @throws {RunRefused} Nobody waits with `session.live`.
   */
  checkMaking(title: string): void {
    this.check();
    if (this.#working > 0) return;
    throw new RunRefused(
      `Not shown: ${title} is not made yet; run the cell above that makes it ` +
        "(`await session.live(run. ... )`), then this one",
    );
  }
}

/**
 * Refuses a run that was opened with other parameters than the page has now.
 *
 * @param opened The parameters when it was opened.
 * @param now Those of the page.
 * @throws {RunRefused} They differ; names the first that does, with both values.
 */
export function checkParameters(
  opened: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  for (const name of Object.keys(now)) {
    const [before, after] = [opened[name], now[name]].map((value) => JSON.stringify(value));
    if (before === after) continue;
    throw new RunRefused(
      `Not run: the run was opened with ${name} = ${before}, the page has ${after}; ${GO_ON}`,
    );
  }
}
