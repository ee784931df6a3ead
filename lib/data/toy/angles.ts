/**
 * A regression set drawn by code, for tests: needles on soft backgrounds, whose turn is the label. It is ours, not
 * the paper's, and no result on it says anything about the paper.
 */
import type * as v from "valibot";
import {
  type Dataset,
  imagesInMemory,
  type RealImages,
  type Regression,
} from "../../base/contracts.ts";
import { withDefaults } from "../../base/options/option_defaults.ts";
import { type Frozen, group, integer, optional } from "../../base/options/options.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { toyImages, toySeed, toySize } from "./options.ts";
import { assembleDrawn } from "./assemble.ts";
import type { DatasetLoader } from "../loader.ts";

/** Sizes of a set of needles. */
export const TOY_ANGLES_OPTIONS = group("Sizes of the toy angles.", {
  angles: optional(
    integer("Angles, evenly from 1 to 89 degrees, every second one trained on.", {
      from: 3,
      to: 10_000,
      why: "needles a hundredth of a degree apart look the same",
    }),
    17,
  ),
  perAngle: optional(toyImages("Training images of each trained angle.", 2), 12),
  testPerAngle: optional(toyImages("Test images of each angle."), 4),
  size: optional(toySize("Height and width in pixels.", 16), 64),
  seed: optional(toySeed(), 2020),
});

/** Sizes of a set of needles. */
export type ToyAnglesOptions = Frozen<v.InferInput<typeof TOY_ANGLES_OPTIONS>>;

/** Toy angles as a data set of the registry. */
export const toyAnglesLoader: DatasetLoader<typeof TOY_ANGLES_OPTIONS> = {
  title: "Toy angles",
  options: TOY_ANGLES_OPTIONS,
  load: ({ options }) => Promise.resolve(toyAngles(options)),
};

/**
 * Draws the set: a needle with a red head from the image's middle, turned by 1 to 89 degrees from upright to
 * the right. Length, colour, place and background vary. As with RC-49, every second angle has training images
 * and every angle has test images.
 *
 * @returns Pixels [size, size, 3]; 80 % of each trained angle are the sub-training set.
 */
export function toyAngles(options: ToyAnglesOptions = {}): Dataset {
  const { angles, perAngle, testPerAngle, size, seed } = withDefaults(TOY_ANGLES_OPTIONS, options);
  const labels = Array.from(
    { length: angles },
    (_, i) => Math.fround(1 + 88 * i / (angles - 1)),
  );
  const task: Regression = {
    kind: "regression",
    minimum: 1,
    maximum: 89,
    scale: 90,
    unit: "degrees",
    labels,
  };
  const train = drawSplit("train", labels.filter((_, i) => i % 2 === 0), perAngle);
  const test = drawSplit("test", labels, testPerAngle);
  return assembleDrawn({
    name: "Toy angles",
    setting: `${angles} angles`,
    train,
    test,
    rng: rngOf(seed, "toy angles", "split"),
    drawnBy: "lib/data/toy/angles.ts",
  });

  function drawSplit(split: string, turns: readonly number[], each: number) {
    const perImage = size * size * 3;
    const count = turns.length * each;
    const bytes = new Uint8Array(count * perImage);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const turn = turns[i % turns.length]!;
      values[i] = turn;
      const rng = rngOf(
        seed,
        "toy angles",
        split,
        size,
        i % turns.length,
        Math.floor(i / turns.length),
      );
      drawNeedle(bytes.subarray(i * perImage, (i + 1) * perImage), { turn, size, rng });
    }
    const images = imagesInMemory(bytes, { height: size, width: size, channels: 3 });
    const set: RealImages = { images, labels: values, task, origin: "toy" };
    return { set, bytes, labelBytes: new Uint8Array(values.buffer) };
  }
}

/** Anti-aliased by the distance to the needle's line. */
function drawNeedle(
  target: Uint8Array,
  { turn, size, rng }: { turn: number; size: number; rng: Rng },
): void {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const length = size * between(0.28, 0.42);
  const thickness = size * between(0.05, 0.09);
  const x0 = size * between(0.42, 0.58) - 0.4 * length;
  const y0 = size * between(0.42, 0.58) + 0.4 * length;
  const body = [between(20, 110), between(20, 110), between(60, 160)];
  const sky = [between(170, 250), between(170, 250), between(170, 250)];
  const radians = turn * Math.PI / 180;
  const [right, up] = [Math.sin(radians), Math.cos(radians)];
  for (let y = 0, out = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [x + 0.5 - x0, y0 - (y + 0.5)];
      const along = Math.min(length, Math.max(0, dx * right + dy * up));
      const away = Math.hypot(dx - along * right, dy - along * up);
      const cover = Math.min(1, Math.max(0, 0.5 + thickness - away));
      const isHead = along > 0.7 * length;
      for (let c = 0; c < 3; c++) {
        const ink = isHead ? [220, 40, 40][c]! : body[c]!;
        const shade = sky[c]! * (1 - 0.15 * y / size);
        target[out++] = Math.round(shade + (ink - shade) * cover);
      }
    }
  }
}
