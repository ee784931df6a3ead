/**
 * A classification set whose distribution is known, to hold estimators against: points of a Gaussian mixture in the
 * plane, drawn as discs of which the point is the colour. It is ours, and no result on it says anything about the paper.
 */
import type * as v from "valibot";
import {
  type Classification,
  type Dataset,
  imagesInMemory,
  type LabelledImages,
  type RealImages,
} from "../../base/contracts.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { type Frozen, group, optional } from "../../base/options/options.ts";
import { rngOf } from "../../base/rng.ts";
import type { DatasetLoader } from "../loader.ts";
import { toyImages, toySeed, toySize } from "./options.ts";
import { assembleDrawn } from "./assemble.ts";

/** Sizes of a toy mixture. */
export const TOY_MIXTURE_OPTIONS = group("Sizes of the toy mixture.", {
  perClass: optional(toyImages("Training images of each class."), 200),
  testPerClass: optional(toyImages("Test images of each class."), 500),
  size: optional(toySize("Height and width in pixels.", 8), 32),
  seed: optional(toySeed(), 2020),
});

/** Sizes of a toy mixture. */
export type ToyMixtureOptions = Frozen<v.InferInput<typeof TOY_MIXTURE_OPTIONS>>;

/** A point of the plane in [0, 1]²: the red and the blue of a disc. */
export type MixturePoint = readonly [red: number, blue: number];

/** Standard deviation of every component, in both coordinates. */
export const MIXTURE_DEVIATION = 0.05;

/**
 * Means by class and component, which are equally likely. Neighbours in blue lie four deviations apart, so that even the
 * best classifier errs on 3 % of the images. With more red another class has the same blue: a network that tells the
 * classes apart has to see both colours.
 */
export const MIXTURE_MEANS: readonly (readonly [MixturePoint, MixturePoint])[] = [
  [[0.35, 0.3], [0.65, 0.7]],
  [[0.35, 0.5], [0.65, 0.3]],
  [[0.35, 0.7], [0.65, 0.5]],
];

/** Three classes. */
export const MIXTURE_TASK: Classification = {
  kind: "classification",
  classes: MIXTURE_MEANS.length,
  classNames: ["first", "second", "third"],
};

/** The toy mixture as a data set of the registry. */
export const toyMixtureLoader: DatasetLoader<typeof TOY_MIXTURE_OPTIONS> = {
  title: "Toy mixture",
  options: TOY_MIXTURE_OPTIONS,
  load: ({ options }) => Promise.resolve(toyMixture(options)),
};

/**
 * Draws the set: p(u | y) = ½ Σ_k N(u; μ_yk, σ² I). Image k of a class is the same whatever the counts.
 *
 * @returns Pixels [size, size, 3]; 80 % of each class are the sub-training set.
 */
export function toyMixture(options: ToyMixtureOptions = {}): Dataset {
  const { perClass, testPerClass, size, seed } = withDefaults(TOY_MIXTURE_OPTIONS, options);
  const train = drawSplit("train", perClass);
  const test = drawSplit("test", testPerClass);
  return assembleDrawn({
    name: "Toy mixture",
    setting: `${MIXTURE_TASK.classes} classes`,
    train,
    test,
    rng: rngOf(seed, "mixture", "split"),
    drawnBy: "lib/data/toy/mixture.ts",
  });

  function drawSplit(split: string, count: number) {
    const labels = Float32Array.from(
      { length: count * MIXTURE_TASK.classes },
      (_, i) => i % MIXTURE_TASK.classes,
    );
    const points = Array.from(labels, (label, i): MixturePoint => {
      const rng = rngOf(seed, "mixture", split, label, Math.floor(i / MIXTURE_TASK.classes));
      const mean = MIXTURE_MEANS[label]![rng.integer(2)]!;
      return [
        mean[0] + MIXTURE_DEVIATION * rng.normal(),
        mean[1] + MIXTURE_DEVIATION * rng.normal(),
      ];
    });
    const { bytes, ...drawn } = drawPoints(points, labels, size);
    const set: RealImages = { ...drawn, origin: "toy" };
    return { set, bytes, labelBytes: Uint8Array.from(labels) };
  }
}

/**
 * One disc for each point. Points beyond [0, 1]² are moved to its edge, which is five deviations from the nearest mean.
 * Colours have 256 steps, 13 of them a deviation, so a distance between distributions of points is that of their
 * images to the third digit.
 */
export function drawPoints(
  points: readonly MixturePoint[],
  labels: Float32Array,
  size: number,
): Omit<LabelledImages, "origin"> & { readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(points.length * size * size * 3).fill(GREY);
  const level = (value: number) => Math.round(255 * Math.min(1, Math.max(0, value)));
  const inside: number[] = [];
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      const away = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2);
      if (away < 0.4 * size) inside.push(at);
    }
  }
  for (const [i, [red, blue]] of points.entries()) {
    for (const at of inside) {
      const out = 3 * (i * size * size + at);
      bytes[out] = level(red);
      bytes[out + 1] = GREEN;
      bytes[out + 2] = level(blue);
    }
  }
  const images = imagesInMemory(bytes, { height: size, width: size, channels: 3 });
  return { images, labels, task: MIXTURE_TASK, bytes };
}

/** Of the background. */
const GREY = 60;
/** Of the disc; networks want every channel to vary. */
const GREEN = 128;
