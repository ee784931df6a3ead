/** Data sets of a user's own: HDF5 files, zips, tables and lists, through the loaders that experiments call. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import hdf5 from "h5wasm/node";
import type { LabelledImages } from "../../../base/contracts.ts";
import { join } from "../../../base/disk/path.ts";
import { openHdf5 } from "../../../data/files/hdf5.ts";
import { encodePng } from "../../../data/files/image_file.ts";
import { imageArrays } from "../../../data/image_arrays/image_arrays.ts";
import { imageFolder } from "../../../data/image_folder/image_folder.ts";
import { imageTable } from "../../../data/image_table/image_table.ts";
import type { OwnDataset } from "../../../data/own/assemble.ts";
import { bytesOf, type Files, type Subject } from "../subject.ts";

const SIZE = 8;
const COUNT = 12;
const PER_CLASS = 5;

function plainPng(level: number): Uint8Array {
  return encodePng({
    width: SIZE,
    height: SIZE,
    pixels: new Uint8Array(SIZE * SIZE * 3).fill(level),
  });
}

const image = (name: string, k: number) => `${name}/${k}.png`;

/** Five images each of two classes. */
function classFiles(): Files {
  const files: Record<string, Uint8Array> = {};
  for (let k = 0; k < PER_CLASS; k++) {
    files[image("cat", k)] = plainPng(10 + k);
    files[image("dog", k)] = plainPng(100 + k);
  }
  return files;
}

/** The images of a set, each a piece. */
function imagesOf({ train, test }: OwnDataset): Uint8Array[] {
  const pieces = ({ images }: LabelledImages) =>
    Array.from({ length: images.count }, (_, i) => {
      const pixels = new Uint8Array(SIZE * SIZE * 3);
      images.read(i, pixels, 0);
      return pixels;
    });
  return [...pieces(train), ...pieces(test)];
}

/** Images and labels, in their order. */
function contentOf(set: OwnDataset): (Uint8Array | Float32Array)[] {
  const labels = [set.train.labels, set.test.labels].map((list) => Float32Array.from(list));
  return [...imagesOf(set), ...labels];
}

/** What keeps a file open is closed, whatever came of it. */
async function withSet<T>(loading: Promise<OwnDataset>, use: (set: OwnDataset) => T): Promise<T> {
  const set = await loading;
  try {
    return use(set);
  } finally {
    set.close?.();
  }
}

/** Every value of every array, as far as it is numbers. */
async function arraysOf(folder: string): Promise<(string | Float64Array)[]> {
  using file = await openHdf5(join(folder, "set.h5"));
  const pieces: (string | Float64Array)[] = [];
  for (const name of file.names) {
    pieces.push(`${name} ${file.shapeOf(name).join(" x ")}`, file.numbers(name));
  }
  return pieces;
}

/** An HDF5 file with images, packed or plain, and labels. */
async function hdf5File(isPacked: boolean): Promise<Uint8Array> {
  await hdf5.ready;
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "set.h5");
    const file = new hdf5.File(path, "w");
    const data = Uint8Array.from({ length: COUNT * SIZE * SIZE * 3 }, (_, i) => i % 251);
    const shape = [COUNT, SIZE, SIZE, 3];
    const packing = isPacked ? { chunks: [4, SIZE, SIZE, 3], compression: 4 } : {};
    file.create_dataset({ name: "images", data, shape, ...packing });
    const labels = BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(i % 2));
    file.create_dataset({ name: "labels", data: labels, shape: [COUNT] });
    file.close();
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const hdf5Samples = async () => [
  { name: "plain", files: { "set.h5": await hdf5File(false) }, value: "any" as const },
  { name: "packed", files: { "set.h5": await hdf5File(true) }, value: "any" as const },
];

const numbers: Subject = { name: "HDF5", samples: hdf5Samples, read: arraysOf };

const arrays: Subject = {
  name: "arrays of images",
  samples: hdf5Samples,
  read: (folder) =>
    withSet(
      imageArrays({ path: join(folder, "set.h5"), size: SIZE, cache: join(folder, "prepared") }),
      contentOf,
    ),
};

const zip: Subject = {
  name: "zip of images",
  samples: async () => {
    const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
    for (const [name, bytes] of Object.entries(classFiles())) {
      // A stored one too: nothing but its checksum tells of damage.
      const level = name === image("cat", 0) ? 0 : 6;
      await writer.add(name, new Uint8ArrayReader(bytes), { level });
    }
    return [{ name: "two classes", files: { "pets.zip": await writer.close() }, value: "part" }];
  },
  read: (folder) =>
    withSet(
      imageFolder({
        path: join(folder, "pets.zip"),
        size: SIZE,
        cache: join(folder, "prepared"),
        threads: 1,
        broken: "skip",
      }),
      imagesOf,
    ),
};

/** A table of names and labels beside the images. */
function tableFiles(labelOf: (name: string, k: number) => string): Files {
  const images = classFiles();
  const rows = Object.keys(images).map((name, k) => `${name},${labelOf(name, k)}`);
  return { ...images, "labels.csv": bytesOf(["file,label", ...rows].join("\r\n")) };
}

function tableSubject(
  task: "classes" | "scalar",
  labelOf: (name: string, k: number) => string,
): Subject {
  return {
    name: `table of images, ${task}`,
    samples: () =>
      Promise.resolve([
        { name: "table", files: tableFiles(labelOf), damaged: ["labels.csv"], value: "any" },
      ]),
    read: (folder) =>
      withSet(
        imageTable({
          path: join(folder, "labels.csv"),
          task,
          size: SIZE,
          cache: join(folder, "prepared"),
          threads: 1,
        }),
        contentOf,
      ),
  };
}

const classTable = tableSubject("classes", (name) => name.slice(0, 3));
const scalarTable = tableSubject("scalar", (_name, k) => `${k / 4}`);

const list: Subject = {
  name: "list of test images",
  // A list may leave a class of the folder without an image to test on.
  unit: "pets",
  samples: () => {
    const files = {
      ...classFiles(),
      "test.txt": bytesOf(`${image("cat", 1)}\n${image("dog", 2)}\n`),
    };
    return Promise.resolve([
      { name: "names", files, damaged: ["test.txt"], value: "any" },
    ]);
  },
  read: async (folder, files) => {
    const lists = join(folder, "test.txt");
    const pets = join(folder, "pets");
    for (const name of ["cat", "dog"]) {
      await Deno.mkdir(pets, { recursive: true });
      await Deno.rename(join(folder, name), join(pets, name));
    }
    const set = imageFolder({
      path: pets,
      lists,
      size: SIZE,
      cache: join(folder, "prepared"),
      threads: 1,
    });
    return await withSet(set, (one) => [`${Object.keys(files).length}`, ...imagesOf(one)]);
  },
};

export const OWN_SET_SUBJECTS: readonly Subject[] = [
  numbers,
  arrays,
  zip,
  classTable,
  scalarTable,
  list,
];
