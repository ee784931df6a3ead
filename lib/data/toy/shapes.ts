/**
 * A classification set drawn by code, for the walk-through and for tests: coloured shapes on soft
 * backgrounds. A small network learns it in a few hundred steps and a small GAN imitates it in minutes.
 * It is ours, not the paper's, and no result on it says anything about the paper.
 */
import type * as v from "valibot";
import {
  type Classification,
  type Dataset,
  imagesInMemory,
  type RealImages,
} from "../../base/contracts.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { type Frozen, group, integer, optional } from "../../base/options/options.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { toyImages, toySeed, toySize } from "./options.ts";
import { assembleDrawn } from "./assemble.ts";
import type { DatasetLoader } from "../loader.ts";
import { type Shape, SHAPES } from "./distance_fields.ts";

/** Sizes of a toy set. */
export const TOY_OPTIONS = group("Sizes of the toy shapes.", {
  classes: optional(
    integer("Kinds of shapes.", {
      from: 2,
      to: Object.keys(SHAPES).length,
      why: "there are no more shapes",
    }),
    4,
  ),
  perClass: optional(toyImages("Training images of each class."), 250),
  testPerClass: optional(toyImages("Test images of each class."), 100),
  size: optional(toySize("Height and width in pixels.", 8), 32),
  seed: optional(toySeed(), 2020),
});

/** Sizes of a toy set. */
export type ToyOptions = Frozen<v.InferInput<typeof TOY_OPTIONS>>;

/** Toy shapes as a data set of the registry. */
export const toy: DatasetLoader<typeof TOY_OPTIONS> = {
  title: "Toy shapes",
  options: TOY_OPTIONS,
  load: ({ options }) => Promise.resolve(toyShapes(options)),
};

/**
 * Draws the set. Place, size, turn, colour and background of every image vary; only the shape decides
 * the class, and the colour hints at it (hues of neighbouring classes overlap). Image k of a class is the
 * same whatever the counts, classes in turn: 0, 1, …, 0, 1, …
 *
 * @returns Pixels [size, size, 3]; 80 % of each class are the sub-training set.
 * @throws {RangeError} More classes than shapes, or a size out of its range.
 */
export function toyShapes(options: ToyOptions = {}): Dataset {
  const { classes, perClass, testPerClass, size, seed } = withDefaults(TOY_OPTIONS, options);
  const names = Object.keys(SHAPES);
  const task: Classification = {
    kind: "classification",
    classes,
    classNames: names.slice(0, classes),
  };
  const train = drawSplit("train", perClass);
  const test = drawSplit("test", testPerClass);
  return assembleDrawn({
    name: "Toy shapes",
    setting: `${classes} classes`,
    train,
    test,
    others: () => drawSplit("others", perClass).set,
    rng: rngOf(seed, "toy", "split"),
    drawnBy: "lib/data/toy/shapes.ts",
  });

  function drawSplit(split: string, count: number) {
    const total = count * classes;
    const perImage = size * size * 3;
    const bytes = new Uint8Array(total * perImage);
    const labels = new Float32Array(total);
    for (let i = 0; i < total; i++) {
      const label = i % classes;
      labels[i] = label;
      const rng = rngOf(seed, "toy", split, size, label, Math.floor(i / classes));
      const hue = (label + 0.5) / classes;
      const target = bytes.subarray(i * perImage, (i + 1) * perImage);
      drawShape(SHAPES[names[label]!]!, { hue, size, rng, target });
    }
    const images = imagesInMemory(bytes, { height: size, width: size, channels: 3 });
    const set: RealImages = { images, labels, task, origin: "toy" };
    return { set, bytes, labelBytes: Uint8Array.from(labels) };
  }
}

type Colour = readonly [red: number, green: number, blue: number];

interface Canvas {
  /** Hue of the class, in turns. */
  readonly hue: number;
  readonly size: number;
  readonly rng: Rng;
  /** [size, size, 3]. */
  readonly target: Uint8Array;
}

/** One shape, lit from above, with a soft shadow, on a gradient with a little grain. */
function drawShape(shape: Shape, { hue, size, rng, target }: Canvas): void {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const radius = between(0.26, 0.38) * size;
  const reach = 0.5 * size - radius;
  const centreX = 0.5 * size + between(-1, 1) * reach * 0.8;
  const centreY = 0.5 * size + between(-1, 1) * reach * 0.8;
  const turn = between(-0.3, 0.3);
  const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
  // A wide spread of hues, so that colour does not by itself give the class away.
  const fill = hue + 0.09 * rng.normal();
  const top = colourOf(fill, between(0.55, 0.75), between(0.88, 1));
  const bottom = colourOf(fill + 0.04, between(0.75, 0.95), between(0.6, 0.78));
  const backgroundHue = rng.uniform();
  const backgroundLight = between(0.45, 0.95);
  const sky = colourOf(backgroundHue, between(0.05, 0.3), backgroundLight);
  const ground = colourOf(backgroundHue + 0.12, between(0.1, 0.4), backgroundLight * 0.72);
  const tilt = between(-0.5, 0.5);
  const distance = (x: number, y: number) => {
    const dx = (x - centreX) / radius;
    const dy = (y - centreY) / radius;
    return shape(cos * dx + sin * dy, cos * dy - sin * dx) * radius;
  };
  for (let y = 0, out = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const down = clamp((y + tilt * (x - size / 2)) / size);
      const cover = clamp(0.5 - distance(x + 0.5, y + 0.5));
      const offset = 0.06 * size;
      const shade = 0.4 * clamp(0.5 - distance(x + 0.5 - offset, y + 0.5 - offset) / (2 * offset));
      const light = clamp((y + 0.5 - centreY) / (2 * radius) + 0.5);
      const grain = 0.025 * rng.normal();
      for (let c = 0; c < 3; c++) {
        const behind = mix(sky[c]!, ground[c]!, down) * (1 - shade);
        const value = mix(behind, mix(top[c]!, bottom[c]!, light), cover) + grain;
        target[out++] = Math.round(255 * clamp(value));
      }
    }
  }
}

/** Hue in turns, saturation and value in [0, 1], to red, green, blue in [0, 1]. */
function colourOf(hue: number, saturation: number, value: number): Colour {
  const channel = (shift: number) => {
    const k = (((hue * 6 + shift) % 6) + 6) % 6;
    return value * (1 - saturation * clamp(Math.min(k, 4 - k)));
  };
  return [channel(5), channel(3), channel(1)];
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
