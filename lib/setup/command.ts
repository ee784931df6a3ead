/** Commands of other programs, with what they print kept for errors. */
import { explainFailure, SetUpError } from "./error.ts";
import { folderSize } from "./files.ts";

/** A command to run. */
export interface CommandOptions {
  /** What it is for, for instance "download TensorFlow"; begins an error's message. */
  readonly what: string;
  /** Folder it writes to; named when the disk is full. */
  readonly place: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command. */
  readonly signal?: AbortSignal;
  /** Receives each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a command and returns what it printed to standard output.
 *
 * @throws {SetUpError} It is not there or failed; says why and what to do.
 * @throws The signal's reason where that ended it.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { what, place, cwd, env, signal, onLine }: CommandOptions,
): Promise<string> {
  let output;
  try {
    const child = new Deno.Command(program, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).spawn();
    const [stdout, stderr, status] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr, onLine),
      child.status,
    ]);
    output = { ...status, stdout, stderr };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SetUpError(
      `Cannot ${what}: found no program "${program}" on the path; install it and run the same ` +
        `command again`,
    );
  }
  const { stdout, stderr } = output;
  if (output.success) return stdout;
  signal?.throwIfAborted();
  const ending = output.signal === null ? `exit code ${output.code}` : `signal ${output.signal}`;
  throw explainFailure(what, `${stdout}\n${stderr}`.trim() || ending, place);
}

async function textOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = "";
  let told = 0;
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (onLine === undefined) continue;
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(told, end).split("\n").slice(0, -1)) onLine(line);
    told = Math.max(told, end);
  }
  return text;
}

/** The first of some programs that runs with `--version`; undefined when there is none. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return name;
    } catch {
      // not there
    }
  }
  return undefined;
}

/** Receives one line that says how far a step is. */
export type Report = (line: string) => void;

/** Who watches a download, and may stop it. */
export interface DownloadWatch {
  /** Receives lines that say how far it is. */
  readonly report?: Report;
  /** Receives the bytes that are there, and those at the end where they are known. */
  readonly onBytes?: (done: number, total?: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs work that fills a folder and reports its growth, since pip and npm show no progress outside of a
 * terminal.
 *
 * @param total Bytes at the end; left out when not known.
 */
export async function watchFolder<T>(
  work: Promise<T>,
  folder: string,
  { report, onBytes, total }: DownloadWatch & { readonly total?: number },
): Promise<T> {
  const start = performance.now();
  const timer = setInterval(async () => {
    const bytes = await folderSize(folder);
    report?.(downloadText(bytes, total, (performance.now() - start) / 1000));
    onBytes?.(bytes, total);
  }, 500);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/**
 * For instance `120 of 274 MB, 55 MB/s, 3 s left`.
 *
 * @param before Bytes that were there before the first of the seconds.
 */
export function downloadText(
  bytes: number,
  total: number | undefined,
  seconds: number,
  before = 0,
): string {
  const megabytes = (count: number) => Math.round(count / 1e6).toLocaleString("en-US");
  const pace = Math.max(1, bytes - before) / Math.max(seconds, 1e-3);
  const speed = `${(pace / 1e6).toFixed(pace < 1e7 ? 1 : 0)} MB/s`;
  if (total === undefined) return `${megabytes(bytes)} MB, ${speed}`;
  const done = Math.min(bytes, total);
  // The first hundredth says too little about the rest.
  const left = done - before > total / 100 ? `, ${Math.ceil((total - done) / pace)} s left` : "";
  return `${megabytes(done)} of ${megabytes(total)} MB, ${speed}${left}`;
}
