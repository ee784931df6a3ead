/** Words that every folder shares: what a labelled image set is, and what is predicted from it. */

/** Labels are one of `classes` integers 0 … classes − 1. */
export interface Classification {
  /** Tells the tasks apart. */
  readonly kind: "classification";
  /** How many; labels are 0 to classes − 1. */
  readonly classes: number;
  /** Display name of each class, in label order. */
  readonly classNames: readonly string[];
}

/** Labels are real numbers in dataset units, between `minimum` and `maximum`. */
export interface Regression {
  /** Tells the tasks apart. */
  readonly kind: "regression";
  /** Smallest label, in dataset units. */
  readonly minimum: number;
  /** Largest label, in dataset units. */
  readonly maximum: number;
  /** Networks see label / `scale`, in [0, 1] (90 for RC-49, 60 for UTKFace). */
  readonly scale: number;
  /** Of labels and errors. */
  readonly unit: "degrees" | "years";
  /**
   * Every label that fakes are drawn for, ascending, exactly as float32 keeps it; labels without a
   * training image included.
   */
  readonly labels: readonly number[];
}

/** What a network predicts; the label kind is a tag on the data set, and the chain reads it. */
export type Task = Classification | Regression;

/** Height, width and channels of every image of a set. */
export interface ImageShape {
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Pixels from left to right. */
  readonly width: number;
  /** 3 for red, green and blue. */
  readonly channels: number;
}

/**
 * Random access to uint8 images, pixel order [height, width, channels], values 0 … 255.
 * Sets larger than memory read from disk behind the same three members.
 */
export interface Images {
  /** How many images. */
  readonly count: number;
  /** Of every image. */
  readonly shape: ImageShape;
  /** Copies image `index` into `target`, starting at element `offset`. */
  read(index: number, target: Uint8Array, offset: number): void;
}

/** Images with one label each, in dataset units: class index, degrees or years. */
export interface LabelledImages {
  /** One for each label. */
  readonly images: Images;
  /** One label an image. Class indices are stored exactly (integers below 2^24). */
  readonly labels: Float32Array;
  /** What the labels mean. */
  readonly task: Task;
  /** Where the pixels come from, for tables and pictures. */
  readonly origin: "real" | "fake" | "rendered" | "toy" | "mixed";
}

/** A data set that is ready to train on: every split, and where its bytes came from. */
export interface Dataset {
  /** For instance "CIFAR-10". */
  readonly name: string;
  /** For instance "C-10K". */
  readonly setting: string;
  /** What networks, GAN and ratio learn from. */
  readonly train: LabelledImages;
  /** What errors are measured on; it chooses nothing. */
  readonly test: LabelledImages;
  /** Positions in `train` used to train while a hyper-parameter is chosen. */
  readonly subtrain: Uint32Array;
  /** Positions in `train` held out to choose it; the test split never chooses anything. */
  readonly subvalid: Uint32Array;
  /** Hash of the pixels and labels used; part of the identity of every result. */
  readonly checksum: string;
  /** One line on source and licence. */
  readonly source: string;
}

/** Number of outputs a network needs for a task: one logit a class, or one scalar. */
export function outputsOf(task: Task): number {
  return task.kind === "classification" ? task.classes : 1;
}

/**
 * Images held in memory as one byte array [count, height, width, channels]; no copy is made.
 *
 * @throws {RangeError} The bytes are no whole number of images.
 */
export function imagesInMemory(bytes: Uint8Array, shape: ImageShape): Images {
  const size = shape.height * shape.width * shape.channels;
  if (bytes.length % size !== 0) {
    throw new RangeError(
      `Cannot view bytes as images: found ${bytes.length} bytes, want a multiple of ` +
        `${shape.height} x ${shape.width} x ${shape.channels} = ${size}`,
    );
  }
  const count = bytes.length / size;
  return {
    count,
    shape,
    read(index, target, offset) {
      if (!(index >= 0 && index < count)) {
        throw new RangeError(`Cannot read image ${index}: the set holds ${count} images`);
      }
      target.set(bytes.subarray(index * size, (index + 1) * size), offset);
    },
  };
}

/**
 * The images at `indices`, without copying a pixel.
 *
 * @throws {RangeError} On reading an image that the selection does not have.
 */
export function selectImages(images: Images, indices: ArrayLike<number>): Images {
  return {
    count: indices.length,
    shape: images.shape,
    read(index, target, offset) {
      const position = indices[index];
      if (position === undefined) {
        throw new RangeError(
          `Cannot read image ${index}: the selection holds ${indices.length} images`,
        );
      }
      images.read(position, target, offset);
    },
  };
}

/** The images of `first` followed by those of `second`, without copying a pixel. */
function concatImages(first: Images, second: Images): Images {
  for (const side of ["height", "width", "channels"] as const) {
    if (first.shape[side] !== second.shape[side]) {
      throw new RangeError(
        `Cannot join image sets: found ${side} ${first.shape[side]} and ${second.shape[side]}`,
      );
    }
  }
  return {
    count: first.count + second.count,
    shape: first.shape,
    read(index, target, offset) {
      if (index < first.count) first.read(index, target, offset);
      else second.read(index - first.count, target, offset);
    },
  };
}

/**
 * The labelled images at `indices`; labels are copied, pixels are not.
 *
 * @throws {RangeError} The set has no image at an index.
 */
export function selectLabelled(set: LabelledImages, indices: ArrayLike<number>): LabelledImages {
  const labels = new Float32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const label = set.labels[indices[i]!];
    if (label === undefined) {
      throw new RangeError(
        `Cannot select image ${indices[i]}: the set holds ${set.labels.length} images`,
      );
    }
    labels[i] = label;
  }
  return { ...set, images: selectImages(set.images, indices), labels };
}

/** Real and fake images as one training set (M3): shuffled together later, never told apart. */
export function concatLabelled(first: LabelledImages, second: LabelledImages): LabelledImages {
  const labels = new Float32Array(first.labels.length + second.labels.length);
  labels.set(first.labels);
  labels.set(second.labels, first.labels.length);
  const origin = first.origin === second.origin ? first.origin : "mixed";
  return { images: concatImages(first.images, second.images), labels, task: first.task, origin };
}
