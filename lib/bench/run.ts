/** Measures the chosen rows, one after the other, and prints them. */
import { join } from "../base/disk/path.ts";
import { codeRevision } from "../base/disk/records.ts";
import { tf } from "../base/tf.ts";
import { FLOAT, isNative, rawOp } from "../native/tensorflow/raw_op.ts";
import { exists, writeTextAtomically } from "../setup/files.ts";
import { projectFolder } from "../setup/folders.ts";
import { terminal } from "../setup/terminal.ts";
import {
  othersBetween,
  processorSeconds,
  type ProcessorTime,
  readProcessorTime,
} from "./other_processes.ts";
import { chainWorks } from "./works/chain.ts";
import { compareText, joinRuns, readRun, type StoredRun } from "./compare.ts";
import { diffusionWorks } from "./works/diffusion.ts";
import { ganWorks } from "./works/gans.ts";
import { describeMachine, machineText } from "./machine.ts";
import { measure } from "./measure.ts";
import { distillerWorks } from "./works/distillers.ts";
import { measurePeak, peakWorks } from "./memory/peak.ts";
import { tinyImagenetPeaks } from "./memory/tiny_imagenet.ts";
import { networkWorks } from "./works/networks.ts";
import type { BenchOptions } from "./options.ts";
import { timed } from "./works/timed_steps.ts";
import { Peer, PEER_SCRIPT, type PeerInfo } from "./peer/peer.ts";
import { peerEnvironment, type PeerPython, setUpPeer, SLEEPY_ENVIRONMENT } from "./peer/setup.ts";
import { profileStep, profileTable } from "./kernels/profile.ts";
import { type Row, rowOf } from "./row.ts";
import { startWorks } from "./works/start.ts";
import { stageTable, stageTimes } from "./stage_times/stage_times.ts";
import { benchTables } from "./table.ts";
import type { Contender, OurWork, Work } from "./works/work.ts";

/** Large enough for the machine's full rate, small enough to be timed beside every repetition. */
const MATMUL_SIZE = 1536;
const MATMUL_FLOPS = 2 * MATMUL_SIZE ** 3;
/** Repetitions of one row stop after this long. */
const BUDGET_MS = 45_000;

/**
 * @returns The exit code: 1 when a row failed or `--compare` found a loss.
 * @throws {RangeError} No row matches `--only`.
 */
export async function runBench(options: BenchOptions): Promise<number> {
  const works = chooseWorks(await allWorks(), options);
  const isChosen = ({ work }: Pick<Row, "work">) => options.only?.test(work) ?? true;
  const peaks = peakWorks().filter(isChosen);
  const fromFiles = (await tinyImagenetPeaks()).filter(isChosen);
  if (options.list) {
    for (const { name, full } of works) console.log(full ? `${name} (--full)` : name);
    for (const { work } of [...peaks, ...fromFiles]) console.log(work);
    return 0;
  }
  if (works.length + peaks.length + fromFiles.length === 0) {
    throw new RangeError(
      `Cannot measure anything: found no row that matches ${options.only}; --list shows the rows`,
    );
  }
  if (options.profile) {
    for (const work of works) await printProfile(work, options);
    return 0;
  }
  const stored = options.compare === undefined ? undefined : await readRun(options.compare);
  const out = terminal();
  const { peer, info, python } = await startPeer(options, out.progress);
  const machine = await describeMachine(info);
  const rows: Row[] = [];
  let failures = 0;
  const matmul = matmulContender(MATMUL_SIZE);
  out.line(machineText(machine));
  try {
    const tools = { ...options, peer, matmul };
    const all = [
      ...works.map((work) => ({ name: work.name, run: () => measureWork(work, tools) })),
      ...peaks.map((peak) => ({ name: peak.work, run: () => measurePeak(peak, python) })),
      ...fromFiles.map(({ work, measure }) => ({ name: work, run: measure })),
    ];
    for (const [i, { name, run }] of all.entries()) {
      out.progress(`${i + 1} of ${all.length}: ${name}`);
      try {
        const row = await run();
        rows.push(row);
        if (options.json) console.log(JSON.stringify(row));
      } catch (error) {
        // A row that fails must not cost the others, which took minutes.
        failures++;
        out.line(`! ${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  } finally {
    out.clear();
    await peer?.stop();
    matmul.dispose();
  }
  const run: StoredRun = {
    time: new Date().toISOString(),
    revision: await codeRevision(projectFolder()).catch(() => undefined),
    machine,
    rows,
  };
  if (!options.json) {
    for (const table of benchTables(rows)) console.log(`${format(table, options)}\n`);
    if (options.only === undefined) await printStored(options);
  }
  if (options.save !== undefined) {
    const earlier = await exists(options.save) ? await readRun(options.save) : undefined;
    const joined = earlier === undefined ? run : joinRuns(earlier, run);
    await writeTextAtomically(options.save, `${JSON.stringify(joined, null, 1)}\n`);
  }
  const exitCode = failures > 0 ? 1 : 0;
  if (stored === undefined) return exitCode;
  const { text, isSlower } = compareText(stored, run);
  out.line(text);
  return isSlower ? 1 : exitCode;
}

/** Every row that can be measured here. */
export async function allWorks(): Promise<Work[]> {
  return [
    ...networkWorks(),
    ...ganWorks(),
    ...diffusionWorks(),
    ...chainWorks(),
    ...distillerWorks(),
    ...await startWorks(),
  ];
}

/** The rows that the command line asks for. */
export function chooseWorks(
  works: readonly Work[],
  { only, full }: Pick<BenchOptions, "only" | "full">,
): Work[] {
  return works.filter(({ name, full: isExtra }) =>
    only === undefined ? full || !isExtra : only.test(name)
  );
}

async function startPeer(
  options: BenchOptions,
  report: (line: string) => void,
): Promise<{ peer?: Peer; info?: PeerInfo; python?: PeerPython }> {
  if (!options.peer) return {};
  const device = await usesGpu() ? "gpu" : "cpu";
  const python = options.peerPython === undefined
    ? await setUpPeer(device, (line) => report(`PyTorch: ${line}`))
    : { program: options.peerPython, env: peerEnvironment() };
  const { program, env } = python;
  const started = await Peer.start({
    command: [program, PEER_SCRIPT],
    env: options.busy ? { ...env, ...SLEEPY_ENVIRONMENT } : env,
    // As many as TensorFlow takes by itself.
    threads: navigator.hardwareConcurrency,
    device: device === "gpu" ? "cuda" : "cpu",
  });
  return { ...started, python };
}

async function usesGpu(): Promise<boolean> {
  const { backendInfo } = await import("../native/tensorflow/backend.ts");
  return backendInfo.name === "native" && backendInfo.device === "GPU";
}

/** What a row is measured with. */
export interface Tools {
  readonly peer?: Peer;
  /** A product of matrices of side 1536. */
  readonly matmul: Contender;
  readonly repeat: number;
  readonly compile: boolean;
  /** Threads of the peer sleep while they wait; see `BenchOptions`. */
  readonly busy?: boolean;
}

/**
 * Measures one row.
 *
 * @throws {Error} The peer's network has another number of parameters than ours.
 */
export async function measureWork(work: Work, tools: Tools): Promise<Row> {
  const { peer, matmul, repeat } = tools;
  const ours = await work.prepare();
  const reference = await work.reference?.prepare();
  try {
    const eager = peer && work.peer && await peer.build(work.peer, "eager");
    if (eager) checkSameSize(work, ours, eager.parameters);
    const compile = tools.compile && peer && work.peer && work.compile !== false
      ? await peer.build(work.peer, "compile")
      : undefined;
    const measurement = await measure({ ours, eager, compile, reference, matmul }, {
      repeat,
      budgetMs: BUDGET_MS,
      others: othersSince(peer === undefined ? [] : [peer.process]),
      processorTime: (name) =>
        processorSeconds(
          peer && (name === "eager" || name === "compile") ? peer.process : Deno.pid,
        ),
    });
    return rowOf({
      work: work.name,
      group: work.group,
      flops: ours.flops,
      images: ours.images,
      reference: work.reference?.name,
      matmulFlops: MATMUL_FLOPS,
      sleepy: peer !== undefined && tools.busy,
    }, measurement);
  } finally {
    await ours.dispose();
    await reference?.dispose();
    await peer?.drop();
  }
}

/**
 * Throws unless both sides have equally many trainable scalars.
 *
 * @throws {Error} The numbers differ.
 */
export function checkSameSize(
  { name }: Pick<Work, "name">,
  { parameters }: Pick<OurWork, "parameters">,
  theirs: number,
): void {
  if (parameters === undefined || parameters === theirs) return;
  throw new Error(
    `Cannot compare "${name}": found ${theirs} parameters in the peer, want ${parameters} as ours`,
  );
}

function othersSince(processes: readonly number[]): () => number | undefined {
  let last: ProcessorTime | undefined;
  return () => {
    const before = last;
    last = readProcessorTime(processes);
    return before && last && othersBetween(before, last);
  };
}

/** A product of two square matrices by TensorFlow, also where `tf.matMul` is ours: what rates are shares of. */
export function matmulContender(size: number): Contender {
  const a = tf.randomUniform<tf.Rank.R2>([size, size]);
  const b = tf.randomUniform<tf.Rank.R2>([size, size]);
  const attributes = { T: FLOAT, transpose_a: { bool: false }, transpose_b: { bool: false } };
  const multiply = () => isNative ? rawOp("MatMul", [a, b], attributes)[0]! : tf.matMul(a, b);
  return { run: timed(multiply), dispose: () => tf.dispose([a, b]) };
}

async function printProfile(work: Work, options: BenchOptions): Promise<void> {
  const ours = await work.prepare();
  try {
    const profile = await profileStep(ours);
    if (profile === undefined) console.log(`${work.name}: no kernels to be seen\n`);
    else console.log(`${format(profileTable(work.name, profile), options)}\n`);
  } finally {
    await ours.dispose();
  }
}

async function printStored(options: BenchOptions): Promise<void> {
  const times = await stageTimes(join(projectFolder(), "results"), "cifar10", "quick");
  const table = stageTable("quick run, CIFAR-10, by stage", times);
  if (table !== undefined) console.log(`${format(table, options)}\n`);
}

function format(
  table: { toText(): string; toMarkdown(): string },
  { markdown }: BenchOptions,
): string {
  return markdown ? table.toMarkdown() : table.toText();
}
