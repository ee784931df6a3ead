/** What the figures were taken on. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { backendInfo } from "../native/tensorflow/backend.ts";
import type { PeerInfo } from "./peer/peer.ts";

/** A machine and the software that was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Vector and matrix instructions, for instance ["avx2", "fma"]. */
  readonly features: readonly string[];
  readonly memory_gib: number;
  readonly os: string;
  readonly device: string;
  readonly backend: string;
  readonly deno: string;
  /** Version, where the peer took part. */
  readonly torch?: string;
  readonly torch_threads?: number;
  readonly torch_device?: string;
}

/** Instructions that decide the speed of matrix products. */
const FEATURES =
  /^(avx2|fma|f16c|avx512(f|_vnni|_bf16)|avx_vnni|amx_(tile|bf16|int8)|asimd|sve2?|bf16)$/;

/** This machine. */
export async function describeMachine(peer?: PeerInfo): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    features: featuresIn(info),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    os: `${Deno.build.os} ${Deno.build.arch} ${Deno.osRelease()}`,
    device: backendInfo.device,
    backend: `${backendInfo.name} TensorFlow ${backendInfo.version}`,
    deno: Deno.version.deno,
    torch: peer?.torch,
    torch_threads: peer?.threads,
    torch_device: peer?.device,
  };
}

/** The features that matter among the flags of `/proc/cpuinfo`. */
export function featuresIn(info: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1] ?? "";
  return line.trim().split(/\s+/).filter((flag) => FEATURES.test(flag));
}

/** The machine in two lines. */
export function machineText(machine: Machine): string {
  const { cpu, cores, features, memory_gib: memory, os, backend, device, deno, torch } = machine;
  const peer = torch === undefined
    ? ""
    : `; PyTorch ${torch} on ${machine.torch_device}, ${machine.torch_threads} threads`;
  return `${cpu}, ${cores} cores (${features.join(", ")}), ${memory} GiB, ${os}\n` +
    `${backend} on ${device}, Deno ${deno}${peer}`;
}
