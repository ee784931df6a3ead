/** Processes under siege, as seen from outside: started, killed, and what they left. */
import { canonicalJson, shortHash } from "../base/disk/identity.ts";
import { dirname, join } from "../base/disk/path.ts";
import { readSafetensors } from "../base/disk/safetensors.ts";
import { filesBelow } from "./fragile_disk.ts";
import { type Finished, type Job, MADE, type Said } from "./job.ts";

const PROJECT = dirname(dirname(import.meta.dirname!));

/** How a process ended. */
export interface Outcome {
  /** 0 at its end, 137 where it was killed. */
  readonly code: number;
  /** Lines that it said. */
  readonly said: readonly Said[];
  /** Operations on the disk; only of a process that came to its end. */
  readonly operations?: number;
  /** What it wrote for people, errors among it. */
  readonly text: string;
}

/** A process at work. */
export interface Victim {
  /** Settles when it has ended. */
  readonly outcome: Promise<Outcome>;
  kill(): void;
}

/**
 * Starts a process.
 *
 * @param onSaid Hears each line at once.
 */
export function startVictim(job: Job, onSaid: (line: Said) => void = () => {}): Victim {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      "--config",
      join(PROJECT, "deno.json"),
      join(import.meta.dirname!, "victim.ts"),
      JSON.stringify(job),
    ],
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said: Said[] = [];
  let operations: number | undefined;
  const listen = async () => {
    for await (const line of linesOf(child.stdout)) {
      const heard = parse(line);
      if (heard === undefined) continue;
      if ("finished" in heard) operations = heard.operations;
      else {
        said.push(heard);
        onSaid(heard);
      }
    }
  };
  const outcome = Promise.all([child.status, listen(), new Response(child.stderr).text()])
    .then(([{ code }, , text]): Outcome => ({
      code,
      said,
      ...(operations !== undefined && { operations }),
      text: text.trim(),
    }));
  return {
    outcome,
    kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has just ended.
      }
    },
  };
}

/** A line of the protocol; undefined for what libraries print, and for a line that a kill cut off. */
function parse(line: string): Said | Finished | undefined {
  try {
    return JSON.parse(line) as Said | Finished;
  } catch {
    return undefined;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Runs a process to its end; throws with its own words where it does not come there. */
export async function runVictim(job: Job): Promise<Outcome> {
  const outcome = await startVictim(job).outcome;
  if (outcome.code === 0) return outcome;
  throw new Error(`Cannot run "${job.work}": found exit code ${outcome.code}\n${outcome.text}`);
}

/** Numbers that tell of time, memory and machine, in records and notes. */
const OF_THE_MACHINE = [
  "time",
  "seconds",
  "wallSeconds",
  "peakBytes",
  "speed",
  "revision",
  "confirmed",
  "checksum",
  "descriptionChecksum",
];

/** What tells of a run and is no result of it: locks, how far a stage is, logs of runs. */
export const NO_RESULT = /(?:^|[/.])lock$|\/progress\.json$|\/tracking\//;

/** What a job made, file by file: a hash of every file without its times; what is no result is left out. */
export async function fingerprint({ folder }: Pick<Job, "folder">): Promise<Map<string, string>> {
  const made = join(folder, MADE);
  const found = new Map<string, string>();
  for (const name of await filesBelow(made)) {
    if (NO_RESULT.test(name)) continue;
    const path = join(made, name);
    found.set(name, await shortHash(await contentOf(path)));
  }
  return found;
}

async function contentOf(path: string): Promise<Uint8Array | string> {
  if (path.endsWith(".json")) {
    const value = JSON.parse(await Deno.readTextFile(path));
    return canonicalJson(withoutTimes(value));
  }
  if (!path.endsWith(".safetensors")) return await Deno.readFile(path);
  const { arrays, metadata } = await readSafetensors(path);
  const hashes: Record<string, string> = {};
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    hashes[name] = `${shape} ${await shortHash(bytes)}`;
  }
  const { checkpoint, ...rest } = metadata;
  const state = checkpoint === undefined ? null : withoutTimes(JSON.parse(checkpoint));
  return canonicalJson({ hashes, rest, state });
}

function withoutTimes(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutTimes);
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !OF_THE_MACHINE.includes(key))
      .map(([key, entry]) => [key, withoutTimes(entry)]),
  );
}

/** How two folders differ, in words; empty where they do not. */
export function differences(
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...found.keys(), ...wanted.keys()])].sort();
  return names.flatMap((name) => {
    if (found.get(name) === wanted.get(name)) return [];
    if (!found.has(name)) return [`${name} is missing`];
    return [wanted.has(name) ? `${name} has other bits` : `${name} should not be there`];
  });
}

/** Runs `work` in an empty folder and removes it. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "torture" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
