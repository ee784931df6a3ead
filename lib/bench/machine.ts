/** What the figures were taken on. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { backendInfo } from "../native/tensorflow/backend.ts";
import { processorFeatures } from "../native/tensorflow/circumstances.ts";
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

/** This machine. */
export async function describeMachine(peer?: PeerInfo): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    features: await processorFeatures(),
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

/** The machine in two lines. */
export function machineText(machine: Machine): string {
  const { cpu, cores, features, memory_gib: memory, os, backend, device, deno, torch } = machine;
  const peer = torch === undefined
    ? ""
    : `; PyTorch ${torch} on ${machine.torch_device}, ${machine.torch_threads} threads`;
  return `${cpu}, ${cores} cores (${features.join(", ")}), ${memory} GiB, ${os}\n` +
    `${backend} on ${device}, Deno ${deno}${peer}`;
}
