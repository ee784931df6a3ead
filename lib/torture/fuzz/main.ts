/**
 * `deno run -A lib/torture/fuzz/main.ts [--inputs N] [--seed S] [--only PATTERN]`: damages small files of every kind that
 * the product reads, and reads them. Each reader runs in a process of its own, which may write below one folder only, so
 * that a crash is seen and a write elsewhere is refused and told.
 */
import { parseArgs } from "node:util";
import { dirname, join } from "../../base/disk/path.ts";
import type { FuzzReport } from "./fuzz.ts";
import { fuzzSubject } from "./fuzz.ts";
import { SUBJECTS } from "./subjects.ts";

const PROJECT = dirname(dirname(dirname(import.meta.dirname!)));
/** A process that says nothing for so long hangs. */
const SILENCE = 120_000;
/** Bytes that a read may take at once. */
const MOST_GROWTH = 2 ** 28;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    inputs: { type: "string", default: "12000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    // Of a process that reads: a subject, its first input and the one after its last.
    subject: { type: "string" },
    from: { type: "string", default: "0" },
    to: { type: "string", default: "0" },
  },
});
const seed = Number(values.seed);
if (values.subject === undefined) Deno.exitCode = await fuzzAll();
else await fuzzHere(values.subject);

/** Says each input before it is read, and what came of all. */
async function fuzzHere(name: string): Promise<void> {
  const subject = SUBJECTS.find((one) => one.name === name)!;
  const say = (line: object) =>
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  const report = await fuzzSubject(subject, {
    seed,
    from: Number(values.from),
    to: Number(values.to),
    onInput: (input, how) => say({ input, how }),
  });
  say(report);
  // Threads of libraries do not keep the process.
  Deno.exit(0);
}

/** Every subject in processes of its own; returns the exit code. */
async function fuzzAll(): Promise<number> {
  const chosen = SUBJECTS.filter(({ name }) => name.includes(values.only));
  const shares = chosen.reduce((sum, { share = 1 }) => sum + share, 0);
  let [inputs, faults] = [0, 0];
  for (const { name, share = 1 } of chosen) {
    const each = Math.ceil(Number(values.inputs) * share / shares);
    const start = performance.now();
    let [refused, read] = [0, 0];
    for (let from = 0; from < each;) {
      const { report, last, printed, leaps, code } = await runProcess(name, from, each);
      for (const fault of report?.faults ?? []) {
        console.log(
          `  ${name}, ${fault.sample}, input ${fault.input} (${fault.how}): ${fault.what}`,
        );
        faults++;
      }
      for (const { input, how, grown } of leaps) {
        console.log(
          `  ${name}, about input ${input} (${how}): it took ${Math.round(grown / 2 ** 20)} MiB`,
        );
        faults++;
      }
      if (printed !== "") {
        console.log(`  ${name} prints beside its errors: ${printed.split("\n")[0]!.slice(0, 200)}`);
        faults++;
      }
      if (report !== undefined) {
        [refused, read] = [refused + report.refused, read + report.read];
        break;
      }
      console.log(`  ${name}, input ${last.input} (${last.how}): the process ended with ${code}`);
      faults++;
      from = last.input + 1;
    }
    inputs += each;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name}: ${each} inputs, ${refused} refused, ${read} read (${seconds} s)`);
  }
  console.log(`${inputs} damaged inputs with seed ${seed}: ${faults} faults`);
  return faults === 0 ? 0 : 1;
}

/** Memory that a process took at once. */
interface Leap {
  /** The input that was begun when it was seen; the one before may have taken it. */
  readonly input: number;
  readonly how: string;
  /** Bytes. */
  readonly grown: number;
}

/** The most memory of a process so far. Asked from here: a process without all rights is not told of itself. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

interface Ended {
  readonly leaps: readonly Leap[];
  /** Of a process that came to its end. */
  readonly report?: FuzzReport;
  /** The input that it read last. */
  readonly last: { readonly input: number; readonly how: string };
  /** What libraries wrote for people: nothing is wanted. */
  readonly printed: string;
  readonly code: number | string;
}

async function runProcess(subject: string, from: number, to: number): Promise<Ended> {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      "--allow-ffi",
      `--allow-write=${folder}`,
      "--config",
      join(PROJECT, "deno.json"),
      import.meta.filename!,
      ...["--subject", subject, "--from", `${from}`, "--to", `${to}`, "--seed", `${seed}`],
    ],
    env: { TMPDIR: folder },
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  let last = { input: from, how: "" };
  let hasBegun = false;
  let peak = 0;
  const leaps: Leap[] = [];
  let report: FuzzReport | undefined;
  let hangs = false;
  const stop = () => {
    hangs = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(stop, SILENCE);
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const chunk of lines) {
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE);
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    for (const line of parts) {
      const said = JSON.parse(line);
      if ("inputs" in said) report = said;
      else {
        last = said;
        hasBegun = true;
        const grown = peakOf(child.pid);
        if (peak > 0 && grown - peak > MOST_GROWTH) leaps.push({ ...said, grown: grown - peak });
        peak = grown;
      }
    }
  }
  clearTimeout(timer);
  const { code } = await child.status;
  await Deno.remove(folder, { recursive: true });
  const printed = (await complaints).trim();
  if (!hasBegun) {
    throw new Error(`Cannot fuzz ${subject}: its whole files are not read: ${printed}`);
  }
  return { report, last, printed, leaps, code: hangs ? "no answer for two minutes" : code };
}
