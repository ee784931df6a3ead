/** The most memory that a student's training process holds, ours and PyTorch's, each in a process of its own. */
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import type { NetworkName } from "../../registry.ts";
import { runCommand } from "../../setup/command.ts";
import { projectFolder } from "../../setup/folders.ts";
import type { PeerPython } from "../peer/setup.ts";
import type { Row } from "../row.ts";

/** A training on images in a file. */
export interface TrainProcess {
  readonly network: NetworkName;
  readonly width: number;
  /** Of the square images, in pixels. */
  readonly side: number;
  readonly batch: number;
  /** In the file, side · side · 3 bytes each. */
  readonly images: number;
  readonly steps: number;
  readonly path: string;
  /** Of the peer; 0: as many as it takes by itself. */
  readonly threads: number;
}

/** What a process says at its end. */
export interface TrainProcessResult {
  /** Of a step. */
  readonly ms: number;
  readonly parameters: number;
  /** Null where the system does not count it. */
  readonly peakBytes: number | null;
}

/** A row of peaks. */
export interface PeakWork extends Pick<Row, "work"> {
  readonly training: Omit<TrainProcess, "path" | "threads">;
}

/** CIFAR-10's smallest setting; by then nothing grows any more. */
const SIZE = { side: 32, batch: 128, images: 10_000, steps: 40 } as const;

/** Every row of peaks. */
export function peakWorks(): PeakWork[] {
  return [
    {
      work: "peak resident, training process, VGG11, width 0.25, 32 x 32, batch 128",
      training: { network: "vgg11", width: 0.25, ...SIZE },
    },
  ];
}

/**
 * Runs both processes, one after the other: memory does not depend on what else the machine does.
 *
 * @param peer How to start Python with PyTorch; ours alone without.
 * @throws {Error} The networks have different numbers of parameters.
 */
export async function measurePeak(
  { work, training }: PeakWork,
  peer?: PeerPython,
): Promise<Row> {
  const folder = await Deno.makeTempDir({ prefix: "cgan-kd-bench-" });
  try {
    const path = join(folder, "images.u8");
    await writeRandomImages(path, training);
    const task: TrainProcess = { ...training, path, threads: navigator.hardwareConcurrency };
    const script = (name: string) => join(import.meta.dirname!, name);
    const options = { what: `measure "${work}"`, place: folder, cwd: projectFolder() };
    const ours = await resultOf(
      runCommand(Deno.execPath(), [
        ...["run", "--quiet", "--no-check", "--allow-all", script("train_process.ts")],
        JSON.stringify(task),
      ], options),
    );
    const theirs = peer && await resultOf(
      runCommand(peer.program, [script("train_process.py"), JSON.stringify(task)], {
        ...options,
        env: peer.env,
      }),
    );
    if (theirs !== undefined && theirs.parameters !== ours.parameters) {
      throw new Error(
        `Cannot compare "${work}": found ${theirs.parameters} parameters in the peer, want ` +
          `${ours.parameters} as ours`,
      );
    }
    return peakRow(work, ours, theirs);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The row of two results.
 *
 * @throws {Error} Our process did not say what it held.
 */
export function peakRow(
  work: string,
  ours: TrainProcessResult,
  theirs?: TrainProcessResult,
): Row {
  if (ours.peakBytes === null) {
    throw new Error(`Cannot measure "${work}": found no VmHWM in /proc/self/status, want Linux`);
  }
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return {
    work,
    group: "peak resident of a process",
    ours_ms: Number(ours.ms.toPrecision(4)),
    ours_peak_mb: megabytes(ours.peakBytes),
    ...(theirs?.peakBytes && {
      eager_peak_mb: megabytes(theirs.peakBytes),
      ratio_peak: Number((ours.peakBytes / theirs.peakBytes).toPrecision(4)),
    }),
    repetitions: 1,
    spread: 0,
  };
}

async function resultOf(output: Promise<string>): Promise<TrainProcessResult> {
  return JSON.parse((await output).trim().split("\n").at(-1)!);
}

async function writeRandomImages(
  path: string,
  { images, side }: Pick<TrainProcess, "images" | "side">,
): Promise<void> {
  const rng = rngOf(1, "bench", "images");
  const words = Uint32Array.from({ length: images * side * side * 3 / 4 }, () => rng.nextUint32());
  await Deno.writeFile(path, new Uint8Array(words.buffer));
}
