/** TensorFlow's own library and headers, taken from its Python wheel; no Python runs it. */
import { join } from "node:path";
import { type Report, watchFolder } from "../command.ts";
import { SetUpError } from "../error.ts";
import { checkSpace, isComplete, makeFolder, verifySha256 } from "../files.ts";
import { cacheFolder } from "../folders.ts";
import { runPip, unpack } from "../python.ts";
import type { TensorFlowBuild } from "./wheels.ts";

/** The two libraries that the addon is linked with. */
export const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** Members of the TensorFlow wheel that the addon needs. */
const TENSORFLOW_MEMBERS =
  "^tensorflow/(libtensorflow_(cc|framework)\\.so\\.2$|include/(tensorflow/(c|core/platform)|tsl|xla/tsl)/)";
/** Members of NVIDIA's wheels: all but headers and static libraries. */
const NVIDIA_MEMBERS = "^nvidia/(?!.*/include/).*(?<!\\.a)(?<!\\.h)(?<!\\.py)$";

/** The folder that holds `tensorflow/` (and, for GPU, `nvidia/` beside it). */
export function buildFolder(build: TensorFlowBuild): string {
  return join(cacheFolder(), build.folder);
}

/** True when the build is unpacked whole. */
export function hasTensorFlow(build: TensorFlowBuild): Promise<boolean> {
  return isComplete(buildFolder(build), identityOf(build));
}

/**
 * Downloads the wheels, verifies them and unpacks what is needed.
 *
 * @throws {SetUpError} No network, wrong checksum, no space, no Python.
 */
export async function fetchTensorFlow(build: TensorFlowBuild, report: Report): Promise<void> {
  const what = `download TensorFlow ${build.version} for ${build.device}`;
  checkSpace(cacheFolder(), build.diskBytes, what);
  await makeFolder(buildFolder(build), identityOf(build), async (partial) => {
    const downloads = join(partial, "downloads");
    await Deno.mkdir(downloads);
    const requirements = join(downloads, "requirements.txt");
    await Deno.writeTextFile(
      requirements,
      build.wheels.map(({ requirement, sha256 }) => `${requirement} --hash=sha256:${sha256}\n`)
        .join(""),
    );
    const pip = runPip([
      "download",
      "--quiet",
      "--no-cache-dir",
      "--no-deps",
      "--require-hashes",
      "--only-binary=:all:",
      "--implementation=cp",
      "--python-version=311",
      "--abi=cp311",
      "--abi=abi3",
      "--abi=none",
      ...build.platforms.map((platform) => `--platform=${platform}`),
      `--dest=${downloads}`,
      `--requirement=${requirements}`,
    ], { what, temporary: join(downloads, "temporary") });
    await watchFolder(pip, downloads, { report, total: build.downloadBytes });
    await unpackWheels(build, downloads, { partial, report });
    await Deno.remove(downloads, { recursive: true });
    return LIBRARIES.map((name) => `tensorflow/${name}`);
  });
}

async function unpackWheels(
  build: TensorFlowBuild,
  downloads: string,
  { partial, report }: { partial: string; report: Report },
): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(downloads))).map(({ name }) => name);
  for (const { requirement, sha256 } of build.wheels) {
    const stem = requirement.replace("==", "-").replaceAll(/-(?!\d)/g, "_");
    const name = names.find((name) => name.startsWith(`${stem}-`) && name.endsWith(".whl"));
    if (name === undefined) {
      throw new SetUpError(
        `Cannot unpack ${requirement}: found ${names.join(", ")}, want a wheel of that name`,
      );
    }
    report(`unpacking ${name}`);
    const path = join(downloads, name);
    await verifySha256(path, sha256);
    const pattern = name.startsWith("tensorflow") ? TENSORFLOW_MEMBERS : NVIDIA_MEMBERS;
    await unpack(path, partial, { pattern });
    await Deno.remove(path);
  }
}

function identityOf({ wheels }: TensorFlowBuild): string {
  return wheels.map(({ requirement, sha256 }) => `${requirement}:${sha256}`).join(",");
}
