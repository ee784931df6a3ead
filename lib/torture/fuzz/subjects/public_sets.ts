/** The published data sets in their files' own layouts, made small: CIFAR-10, Tiny-ImageNet, UTKFace. */
import hdf5 from "h5wasm/node";
import { join } from "../../../base/disk/path.ts";
import { decodeCifar10 } from "../../../data/cifar10/files.ts";
import { encodePng } from "../../../data/files/image_file.ts";
import { readOfficial } from "../../../data/tiny_imagenet/official.ts";
import { readAuthorsFile } from "../../../data/utkface/authors_file.ts";
import { CIFAR10_BATCHES, CIFAR10_LABELS } from "../../../setup/cifar10.ts";
import { SetUpError } from "../../../setup/error.ts";
import { bytesOf, type Files, type Subject } from "../subject.ts";
import { jpegOf, withPngChecksums } from "./images.ts";

/** Of each class one. */
const PER_BATCH = 10;

const cifar10: Subject = {
  name: "CIFAR-10",
  // Its message joins those of all places that were tried.
  unit: "CIFAR-10",
  samples: () => {
    const labels = Array.from({ length: PER_BATCH }, (_, i) => i);
    const pixels = Uint8Array.from({ length: PER_BATCH * 3072 }, (_, i) => (i * 7) % 256);
    const batch = encodePng({ width: 1024, height: PER_BATCH, pixels });
    const files: Files = {
      ...Object.fromEntries(CIFAR10_BATCHES.map((name) => [`cifar10/${name}.png`, batch])),
      [`cifar10/${CIFAR10_LABELS.train}`]: bytesOf(JSON.stringify(Array(5).fill(labels).flat())),
      [`cifar10/${CIFAR10_LABELS.test}`]: bytesOf(JSON.stringify(labels)),
    };
    const names = Object.keys(files);
    return Promise.resolve([
      {
        name: "pixels",
        files,
        damaged: names.filter((name) => name.endsWith(".png")),
        value: "equal",
        repair: withPngChecksums,
      },
      {
        name: "labels",
        files,
        damaged: names.filter((name) => name.endsWith(".json")),
        value: "any",
      },
    ]);
  },
  read: async (folder) => {
    const target = join(folder, "prepared", "decoded.u8");
    await decodeCifar10({
      folder,
      target,
      layout: { perBatch: PER_BATCH, sha256: {} },
      download: () => Promise.reject(new SetUpError("Cannot download CIFAR-10: no network here")),
    });
    return [await Deno.readFile(target)];
  },
};

const tinyImagenet: Subject = {
  name: "Tiny-ImageNet",
  // A list that names nothing any more leaves an empty set of this folder.
  unit: "tiny",
  // Each read starts a thread that decodes.
  share: 0.25,
  samples: async () => {
    const image = await jpegOf();
    const files: Record<string, Uint8Array> = {
      "tiny/wnids.txt": bytesOf("n01\nn02\n"),
      "tiny/words.txt": bytesOf("n01\tgoldfish, Carassius\nn02\tnewt\n"),
      "tiny/val/val_annotations.txt": bytesOf(
        "val_0.JPEG\tn01\t0\t0\t9\t9\nval_1.JPEG\tn02\t0\t0\t9\t9\n",
      ),
    };
    for (const [k, wnid] of ["n01", "n02"].entries()) {
      files[`tiny/train/${wnid}/images/${wnid}_0.JPEG`] = image;
      files[`tiny/train/${wnid}/images/${wnid}_1.JPEG`] = image;
      files[`tiny/val/images/val_${k}.JPEG`] = image;
    }
    return [{
      name: "lists and images",
      files,
      damaged: Object.keys(files),
      value: "any",
    }];
  },
  read: async (folder) => {
    const { images, notes } = await readOfficial({
      path: join(folder, "tiny"),
      form: "folder",
      cache: join(folder, "prepared"),
      grey: "drop",
      broken: "skip",
      threads: 1,
    });
    using _open = images;
    return [JSON.stringify(notes), `${images.count}`];
  },
};

const FACES = 8;

const utkface: Subject = {
  name: "UTKFace, the authors' file",
  samples: async () => {
    await hdf5.ready;
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "faces.h5");
      const file = new hdf5.File(path, "w");
      const data = Uint8Array.from({ length: FACES * 3 * 64 * 64 }, (_, i) => (i * 31) % 256);
      file.create_dataset({
        name: "images",
        data,
        shape: [FACES, 3, 64, 64],
        chunks: [2, 3, 64, 64],
        compression: 4,
      });
      const add = (name: string, values: readonly number[]) =>
        file.create_dataset({ name, data: Int32Array.from(values), shape: [values.length] });
      add("labels", [1, 2, 3, 4, 5, 6, 7, 8]);
      add("indx_train", [0, 1, 2, 3, 4, 5]);
      add("indx_test", [6, 7]);
      add("indx_subtrain", [0, 1, 2, 3]);
      add("indx_subvalid", [4, 5]);
      file.close();
      const files = { "faces.h5": await Deno.readFile(path) };
      return [{ name: "faces", files, value: "any" }];
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  read: async (folder) => {
    const { ages, parts } = await readAuthorsFile(join(folder, "faces.h5"));
    return [Float32Array.from(ages), JSON.stringify(parts)];
  },
};

export const PUBLIC_SET_SUBJECTS: readonly Subject[] = [cifar10, tinyImagenet, utkface];
