/** Records that a task could not read: the others are shown, and these are named below them. */

/** Damaged files of a task, by the errors that name them. */
export class LeftOut {
  // A file that was read several times is named once.
  readonly #messages: Set<string>;

  constructor(messages: readonly string[] = []) {
    this.#messages = new Set(messages);
  }

  /** How many. */
  get count(): number {
    return this.#messages.size;
  }

  /** Takes what `readRecords` says of a damaged file. */
  readonly add = (_path: string, { message }: Error): void => void this.#messages.add(message);

  /** Names them on the standard error; returns the exit code: 1 where there is one. */
  tell(): number {
    for (const message of this.#messages) console.error(`Left out: ${message}`);
    return this.count === 0 ? 0 : 1;
  }
}
