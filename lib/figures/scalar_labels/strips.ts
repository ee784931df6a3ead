/** Images in the order of their scalar labels: a generator's own, and real ones beside accepted fakes. */
import { imagesInMemory } from "../../base/contracts.ts";
import { countProgress } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { checkRun } from "../../chain/check_run.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { imagesFromTensor } from "../../data/batches/batches.ts";
import { trainingOnce } from "../../data/parts/all_images.ts";
import { evenly } from "../../evaluation/label_groups.ts";
import { variesImages } from "../../experiments/specification/varies_images.ts";
import { drawImages } from "../../gan/sample.ts";
import { type ImageGrid, labelStrip, stripByLabel } from "../../report/all_grids.ts";
import { numberText } from "../../report/vega/numbers.ts";
import { varietyText } from "../findings.ts";
import { titled } from "../titled.ts";
import { mean, scalarTaskOf } from "./axis.ts";

/** Columns of a strip. */
const LABELS = 12;
/** Rows of a strip of fixed latents. */
const LATENTS = 3;

/**
 * Generated images along the label axis; a row keeps its latent, so that the label alone changes them. Where training
 * images are varied, the latent is their noise, and the label changes which of them is varied as well.
 */
export async function latentStrip(run: ExperimentRun): Promise<ImageGrid> {
  checkRun("figures.latentStrip()", run);
  const task = scalarTaskOf(run.dataset);
  const labels = evenly(task.labels, LABELS);
  const isVaried = variesImages(run.specification);
  const generator = (await run.gan()).open();
  const { conditionOf, ...open } = (await run.condition()).open();
  try {
    const { height, width, channels } = run.dataset.train.images.shape;
    const size = height * width * channels;
    const bytes = new Uint8Array(LATENTS * labels.length * size);
    const report = countProgress("images along the labels", run.context.progress);
    for (let row = 0; row < LATENTS; row++) {
      for (const [column, label] of labels.entries()) {
        const image = tf.tidy(() =>
          drawImages(generator, conditionOf([label]), rngOf(1, "strip", row))
        );
        bytes.set(await imagesFromTensor(image, "round"), (row * labels.length + column) * size);
        image.dispose();
        report(row * labels.length + column + 1, LATENTS * labels.length);
      }
    }
    return labelStrip({
      images: imagesInMemory(bytes, { height, width, channels }),
      labels: Float32Array.from(
        { length: LATENTS * labels.length },
        (_, i) => labels[i % labels.length]!,
      ),
      task,
      origin: "fake",
    }, {
      title: titled(
        run,
        isVaried
          ? "One noise per row: training images varied at each label"
          : "One latent per row: what only the label changes",
      ),
      finding: stripText(bytes, { columns: labels.length, size, isVaried }),
      rowNames: Array.from(
        { length: LATENTS },
        (_, row) => `${isVaried ? "noise" : "latent"} ${row + 1}`,
      ),
    });
  } finally {
    generator.parameters.dispose();
    open.dispose();
  }
}

/**
 * How much the label changes an image, beside how much the latent does.
 *
 * @param bytes Images row by row.
 * @param isVaried Whether they are variations of training images, which change with the label and the latent.
 */
export function stripText(
  bytes: Uint8Array,
  { columns, size, isVaried }: {
    readonly columns: number;
    readonly size: number;
    readonly isVaried: boolean;
  },
): string {
  const distance = (first: number, second: number) => {
    let sum = 0;
    for (let k = 0; k < size; k++) {
      sum += Math.abs(bytes[first * size + k]! - bytes[second * size + k]!);
    }
    return sum / size / 127.5;
  };
  const count = bytes.length / size;
  const along = [];
  const across = [];
  for (let i = 0; i < count; i++) {
    if ((i + 1) % columns !== 0) along.push(distance(i, i + 1));
    if (i + columns < count) across.push(distance(i, i + columns));
  }
  const [ofRow, ofColumn] = isVaried
    ? ["vary other training images under the same noise", "vary them under other noise"]
    : ["differ only by their label", "differ only by their latent"];
  return `Neighbours in a row, which ${ofRow}, differ by ${numberText(mean(along))} on ` +
    `average; neighbours in a column, which ${ofColumn}, by ${numberText(mean(across))} ` +
    "(mean difference of pixels; black and white differ by 2).";
}

/** Real and accepted fake images at the same labels. */
export async function realBesideFake(run: ExperimentRun): Promise<ImageGrid> {
  checkRun("figures.realBesideFake()", run);
  const { set } = (await run.pool()).open();
  const real = trainingOnce(run.dataset);
  return stripByLabel([{ name: "real", set: real }, { name: "fake", set }], {
    title: titled(run, "Real and fake images at the same labels"),
    finding: varietyText(real, set),
  });
}
