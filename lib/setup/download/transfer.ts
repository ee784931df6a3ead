/** One try to get the rest of a file over HTTP (RFC 9110, 13.1.5 and 14). */
import type { PartFile } from "./part_file.ts";

/** A try ended early; another one may go on. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The server will not give the file, however often it is asked. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** What one try needs. */
export interface TransferOptions {
  readonly url: string;
  /** Of the whole file. */
  readonly bytes: number;
  /** Milliseconds without a byte after which a try is given up. */
  readonly stallMs: number;
  /** Receives the bytes that are there. */
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Answers after which it is worth while to ask again: too early, too often, or a server in trouble. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks for what is missing and adds it to the part file; begins anew where the server's file has changed since, or
 * where the server gives whole files only.
 *
 * @throws {Interrupted} The connection was cut or brought nothing for a while; what came is kept.
 * @throws {Refused} There is no such file, or another one.
 * @throws What writing to the disk throws; the signal's reason.
 */
export async function transfer(part: PartFile, options: TransferOptions): Promise<void> {
  const { url, bytes, stallMs, onBytes, signal } = options;
  const size = await part.size();
  if (size === bytes) return;
  const have = size < bytes ? size : 0;
  const state = await part.state();
  // A packed answer would have other bytes at each place.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (have > 0) {
    headers.range = `bytes=${have}-`;
    if (state !== undefined) headers["if-range"] = state;
  }
  using patience = new Patience(stallMs, signal);
  const response = await patience.wait(() => fetch(url, { headers, signal: patience.signal }));
  let isKept = false;
  try {
    const start = startOf(response, have, options);
    if (start === undefined || start > 0 && state !== undefined && stateOf(response) !== state) {
      await part.begin(undefined);
      throw new Interrupted("the server gave another part of the file than the one asked for");
    }
    if (start === 0) await part.begin(stateOf(response));
    isKept = true;
    await receive(response, { part, start, bytes, onBytes, patience });
  } finally {
    // An answer that is not read would keep its connection.
    if (!isKept) await response.body?.cancel().catch(() => {});
  }
}

/** Where the bytes of an answer begin in the file; undefined where it must be asked for anew, from its start. */
function startOf(
  response: Response,
  have: number,
  { url, bytes }: TransferOptions,
): number | undefined {
  const { status, statusText, headers } = response;
  const wrongSize = (found: number) =>
    new Refused(
      `found ${count(found)} bytes (${
        headers.get("content-type") ?? "of no said kind"
      }) at ${url}, want ` +
        `${count(bytes)}`,
    );
  if (status === 200) {
    const length = Number(headers.get("content-length") ?? bytes);
    if (length !== bytes) throw wrongSize(length);
    return 0;
  }
  if (status === 206 && have > 0) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    if (range === null || Number(range[1]) !== have) return undefined;
    if (range[2] !== "*" && Number(range[2]) !== bytes) throw wrongSize(Number(range[2]));
    return have;
  }
  if (status === 416 && have > 0) return undefined;
  const found = `status ${status}${statusText && ` (${statusText})`}`;
  if (PASSING.has(status)) throw new Interrupted(`found ${found}`);
  throw new Refused(`found ${found} at ${url}, want the file`);
}

/** What a server calls the state of a file, if that may tell its bytes apart: a weak name does not. */
function stateOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  if (tag !== null && !tag.startsWith("W/")) return tag;
  return headers.get("last-modified") ?? undefined;
}

interface Receiving extends Pick<TransferOptions, "bytes" | "onBytes"> {
  readonly part: PartFile;
  readonly start: number;
  readonly patience: Patience;
}

async function receive(
  { body }: Response,
  { part, start, bytes, onBytes, patience }: Receiving,
): Promise<void> {
  const reader = body?.getReader();
  using file = await part.open();
  let done = start;
  try {
    while (reader !== undefined) {
      const { value } = await patience.wait(() => reader.read());
      if (value === undefined) break;
      if (done + value.length > bytes) {
        await part.begin(undefined);
        throw new Refused(`found more than the ${count(bytes)} bytes that are wanted`);
      }
      for (let written = 0; written < value.length;) {
        written += file.writeSync(value.subarray(written));
      }
      done += value.length;
      onBytes(done);
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
  if (done < bytes) throw new Interrupted(`the connection ended after ${count(done)} bytes`);
}

/** Ends what waits for the network too long, and says of each failure whether it may pass. */
class Patience implements Disposable {
  readonly #stop = new AbortController();
  readonly #stallMs: number;
  readonly #outer?: AbortSignal;
  readonly signal: AbortSignal;
  #timer?: ReturnType<typeof setTimeout>;

  constructor(stallMs: number, outer?: AbortSignal) {
    this.#stallMs = stallMs;
    this.#outer = outer;
    this.signal = outer ? AbortSignal.any([outer, this.#stop.signal]) : this.#stop.signal;
  }

  async wait<T>(work: () => Promise<T>): Promise<T> {
    this.#timer = setTimeout(() => this.#stop.abort(), this.#stallMs);
    try {
      return await work();
    } catch (error) {
      this.#outer?.throwIfAborted();
      throw new Interrupted(
        this.#stop.signal.aborted
          ? `nothing came for ${Math.round(this.#stallMs / 1000)} s`
          : detailOf(error),
      );
    } finally {
      clearTimeout(this.#timer);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** What an error of the network says: its innermost cause, without the address, which the reader is told anyway. */
function detailOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  return message.replace(/^error sending request for url \(\S*\): /, "");
}

function count(bytes: number): string {
  return bytes.toLocaleString("en-US");
}
