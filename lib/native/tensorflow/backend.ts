/**
 * The one place that loads TensorFlow.js and picks what computes: native TensorFlow on CPU or CUDA,
 * else WebGPU, else plain JavaScript. Importing this file loads the backend.
 */
import util from "node:util";
import * as tf from "@tensorflow/tfjs";

/** What computes in this process, and why. */
export interface BackendInfo {
  /** What computes: TensorFlow itself, WebGPU, or JavaScript. */
  readonly name: "native" | "webgpu" | "cpu";
  /** Where it computes. */
  readonly device: "CPU" | "GPU";
  /** TensorFlow's version for native, TensorFlow.js' otherwise. */
  readonly version: string;
  /** One sentence for logs and records; names the reason of a fall-back. */
  readonly reason: string;
}

/** Environment variable: how many threads compute a kernel. */
export const THREADS_VARIABLE = "TF_NUM_INTRAOP_THREADS";

// Read by TensorFlow when its library is loaded, so they come before the import.
const DEFAULT_ENVIRONMENT = {
  TF_CPP_MIN_LOG_LEVEL: "3",
  // TensorFlow switches oneDNN on by itself only where AVX-512 is; on AVX2 it is 1.5 times as fast.
  TF_ENABLE_ONEDNN_OPTS: "1",
  // The thread that calls a convolution does its part instead of sleeping until two others have done it: a
  // quarter fewer sleeps per step, the same parts and bits.
  TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD: "1",
  // The processors that this process may use and the quota of its container; TensorFlow knows only the former. The
  // kernels of cpu/ read it too.
  [THREADS_VARIABLE]: String(navigator.hardwareConcurrency),
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
} as const;

// Removed from newer Node APIs, still called by tfjs-node.
(util as unknown as Record<string, unknown>).isNullOrUndefined ??= (value: unknown) =>
  value === null || value === undefined;

/** The backend of this process. */
export const backendInfo: BackendInfo = await loadBackend();

async function loadBackend(): Promise<BackendInfo> {
  for (const [name, value] of Object.entries(DEFAULT_ENVIRONMENT)) {
    if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
  const wanted = Deno.env.get("CGAN_KD_BACKEND") ?? "native";
  if (!["native", "webgpu", "cpu"].includes(wanted)) {
    throw new RangeError(
      `Cannot use CGAN_KD_BACKEND = "${wanted}": known backends are "native", "webgpu", "cpu"`,
    );
  }
  const reasons: string[] = [];
  if (wanted === "native") {
    try {
      return await loadNative();
    } catch (error) {
      reasons.push(`native TensorFlow did not load (${firstLine(error)})`);
    }
  } else reasons.push(`CGAN_KD_BACKEND is "${wanted}"`);
  if (wanted !== "cpu") {
    try {
      await import("@tensorflow/tfjs-backend-webgpu");
      if (!(await tf.setBackend("webgpu"))) throw new Error("no WebGPU adapter");
      return describe("webgpu", "GPU", tf.version.tfjs, reasons);
    } catch (error) {
      reasons.push(`WebGPU did not start (${firstLine(error)})`);
    }
  }
  await tf.setBackend("cpu");
  reasons.push("plain JavaScript is for smoke tests only: some hundred times slower");
  return describe("cpu", "CPU", tf.version.tfjs, reasons);
}

async function loadNative(): Promise<BackendInfo> {
  await import("@tensorflow/tfjs-node-gpu");
  await tf.setBackend("tensorflow");
  const { binding } = tf.backend() as unknown as {
    binding: { TF_Version: string; isUsingGpuDevice(): boolean };
  };
  const device = binding.isUsingGpuDevice() ? "GPU" : "CPU";
  return describe("native", device, binding.TF_Version, ["native TensorFlow loaded"]);
}

function describe(
  name: BackendInfo["name"],
  device: BackendInfo["device"],
  version: string,
  reasons: string[],
): BackendInfo {
  return { name, device, version, reason: reasons.join("; ") };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
