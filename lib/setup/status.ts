/** Which pieces of the native backend are there; loads none of them. */
import { findCompiler, readAddonStamp } from "./tensorflow/addon.ts";
import { buildFolder, hasTensorFlow } from "./tensorflow/tensorflow.ts";
import { chooseBuild } from "./tensorflow/wheels.ts";

/** The pieces of the native backend. */
export interface NativeStatus {
  /** Compiled here, taken from the upstream project, put there by hand, or not there. */
  readonly addon: "compiled" | "prebuilt" | "missing";
  /** TensorFlow's version and device of the addon. */
  readonly version?: string;
  readonly device?: "CPU" | "GPU";
  /** Folder of TensorFlow's library. */
  readonly library?: string;
  /** True when the wheel for this machine is unpacked. */
  readonly hasLibrary: boolean;
  /** Name of the C++ compiler; absent when there is none. */
  readonly compiler?: string;
  /** What keeps this machine from the native backend and how to get it; empty when all is there. */
  readonly problems: readonly string[];
}

/** Says which pieces of the native backend are there and what is missing. */
export async function nativeStatus(): Promise<NativeStatus> {
  const problems: string[] = [];
  const build = await chooseBuild();
  if (build === undefined) {
    problems.push(
      `no TensorFlow wheel is known for ${Deno.build.os} on ${Deno.build.arch}; want Linux on x86-64 ` +
        `or ARM64`,
    );
  }
  const compiler = await findCompiler();
  if (compiler === undefined) {
    problems.push("no C++ compiler; install g++ (Debian, Ubuntu: apt install g++)");
  }
  const hasLibrary = build !== undefined && await hasTensorFlow(build);
  if (build !== undefined && !hasLibrary) {
    problems.push(
      `no TensorFlow library in "${buildFolder(build)}"; run "deno task setup" to download it ` +
        `(${Math.round(build.downloadBytes / 1e6)} MB)`,
    );
  }
  const stamp = await readAddonStamp().catch(() => undefined);
  if (stamp === undefined) problems.push('no addon in node_modules; run "deno task setup"');
  return {
    addon: stamp === undefined ? "missing" : stamp.library === undefined ? "prebuilt" : "compiled",
    version: stamp?.version,
    device: stamp?.device,
    library: stamp?.library,
    hasLibrary,
    compiler,
    problems,
  };
}
