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
  /** Of labels and errors, in the plural, such as "degrees" or "years". */
  readonly unit: string;
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
 * Sets larger than memory read from disk through the same three members.
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
  /** One label per image. Class indices are stored exactly (integers below 2^24). */
  readonly labels: Float32Array;
  /** What the labels mean. */
  readonly task: Task;
  /** Where the pixels come from, for tables and pictures. */
  readonly origin: "real" | "fake" | "rendered" | "toy" | "mixed";
}

/** Images of a data set, which are not drawn by a generator. */
export type RealImages = LabelledImages & { readonly origin: "real" | "rendered" | "toy" };

/** Kinds of object that the images of a set show, such as RC-49's 49 chairs. */
export interface ObjectTypes {
  /** How many kinds there are. */
  readonly count: number;
  /** Of each training image, 0 … count − 1. */
  readonly train: Uint16Array;
  /** Of each test image. */
  readonly test: Uint16Array;
}

/** A file that a loader did not use. */
export interface SkippedFile {
  /** Of the file, or of the image in its file. */
  readonly name: string;
  /** What was found, such as the ages of copies; "" where the rule says all. */
  readonly detail: string;
}

/** Why a loader did not use some files. */
export interface SkipRule {
  /** Such as "repeated copy". */
  readonly rule: string;
  /** What the rule means and what it rests on. */
  readonly reason: string;
  /** In the order of names; none where nothing broke the rule. */
  readonly files: readonly SkippedFile[];
}

/** What a loader found and what it left out. */
export interface Inspection {
  /** What is counted, in the plural: "files" or "images". */
  readonly counted: string;
  /** All there are. */
  readonly found: number;
  /** Those that are used; the others are below the rules. */
  readonly kept: number;
  /** All rules, in the order in which they apply: the first one that a file breaks counts. */
  readonly skipped: readonly SkipRule[];
  /** What a reader should know of images that are used, and of classes that have none. */
  readonly remarks: readonly {
    /** Such as "near copies". */
    readonly what: string;
    /** How many images it holds for. */
    readonly images: number;
    /** What it means, and what is done about it. */
    readonly remark: string;
  }[];
}

/** Which images take the place of a setting's test images, while everything is trained as ever. */
export interface MeasuredElsewhere {
  /** Identity of the images in `test`. */
  readonly id: string;
  /** The setting's own test images, which notes of trainings are made from whatever the errors are asked for. */
  readonly noted: RealImages;
}

/**
 * A data set that is ready to train on: all that the chain reads of it. Nothing is optional, so that a loader that
 * forgets something does not compile; what a set does not have is "none".
 */
export interface Dataset {
  /** As tables print it, for instance "CIFAR-10". Images rendered in place of a set say so: "RC-49 (rendered by us)". */
  readonly name: string;
  /** For instance "C-10K". */
  readonly setting: string;
  /** What networks, GAN and ratio learn from. */
  readonly train: RealImages;
  /** What errors are measured on; it chooses nothing. */
  readonly test: RealImages;
  /** Where `test` holds other images than trainings of this setting are noted by in the store. */
  readonly measuredElsewhere?: MeasuredElsewhere;
  /** Training images before rare labels are filled up: the first ones of `train`; repeated ones follow. */
  readonly originals: number;
  /** Positions in `train` used to train while a hyper-parameter is chosen. */
  readonly subtrain: Uint32Array;
  /** The same as `originals` of `subtrain`, whose repeated images come last too. */
  readonly subtrainOriginals: number;
  /** Positions in `train` held out to choose it; the test split never chooses anything. */
  readonly subvalid: Uint32Array;
  /** Kinds of object that the images show, which networks do not receive. */
  readonly types: ObjectTypes | "none";
  /**
   * Opens the real images of the whole set that are in no part of this setting; a control puts them in the place of
   * fakes. They lie on disk or are drawn when asked for.
   */
  readonly others: (() => RealImages) | "none";
  /** What was found where the images lie, and what was left out. */
  readonly inspection: Inspection | "none";
  /** Hash of the pixels and labels used; part of the identity of every result. */
  readonly checksum: string;
  /** One line on source and licence. */
  readonly source: string;
  /**
   * Whether pictures of its images may be published. Where not, neither may be fakes, which may vary them: a notebook that
   * opened the set is kept out of version control, figures and all.
   */
  readonly mayBePublished: boolean;
}

/** Number of outputs a network needs for a task: one logit per class, or one scalar. */
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
export function selectLabelled<Set extends LabelledImages>(
  set: Set,
  indices: ArrayLike<number>,
): Set {
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
