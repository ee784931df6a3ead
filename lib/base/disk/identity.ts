/** Names of stage results: a hash of what made them. Whatever changes an outcome changes the name. */

/** What decides the outcome of a stage. */
export interface StageKey {
  /** Name of the stage, such as "cgan". */
  readonly stage: string;
  /** Raised by hand when the stage's code changes its outcome. */
  readonly codeVersion: number;
  /** Options of the stage, as plain JSON. */
  readonly specification: unknown;
  /** Identities of data sets and earlier results that go in, by role. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * JSON with sorted keys, so that the order of writing does not change a hash.
 *
 * @throws {RangeError} A number is not finite.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry) => {
    if (typeof entry === "number" && !Number.isFinite(entry)) {
      throw new RangeError(`Cannot hash a specification that holds ${entry}: want finite numbers`);
    }
    if (entry === null || typeof entry !== "object" || Array.isArray(entry)) return entry;
    return Object.fromEntries(
      Object.entries(entry).sort(([a], [b]) => a < b ? -1 : 1),
    );
  });
}

/** First 16 hexadecimal digits of the SHA-256 of bytes or text. */
export async function shortHash(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Identity of a stage's outcome: "<stage>-<hash>". */
export async function stageId(key: StageKey): Promise<string> {
  return `${key.stage}-${await shortHash(canonicalJson(key))}`;
}
