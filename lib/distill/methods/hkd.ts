/** HKD: holistic knowledge by graph networks (Zhou et al., ICCV 2021, arXiv 2108.05507). */
import { ParameterSet, Scope, uniform } from "../../base/module.ts";
import { choice, group, integer, number, optional } from "../../base/options/options.ts";
import { lossWeight } from "../../base/options/training_options.ts";
import { tf } from "../../base/tf.ts";
import { linear } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { detached, unitRows } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { contrastDrawer, lastIndicators } from "./crd.ts";
import { nearestMeans } from "./batch_graph.ts";
import { pickContrast, remembered } from "./noise_contrast.ts";

/** Options of `hkd`. */
export const HKD_OPTIONS = group("Options of HKD.", {
  ...featureEntries(3),
  kd: optional(lossWeight("Weight of temperature KD (T = 4) beside it."), 1),
  negatives: optional(
    integer("m: images of other classes that each image is told from.", {
      to: 1_000_000,
      why: "no set here has more images",
    }),
    16_384,
  ),
  neighbours: optional(
    integer("k: images of a batch that an image is averaged with, itself included.", {
      to: 16_384,
      why: "no batch has more images",
    }),
    8,
  ),
  temperature: optional(
    // e^(2 / τ), times a million images, is a float32 from 0.03 on.
    number("τ: temperature of the similarities.", "[0.03, 10]", "all images are equally alike"),
    0.07,
  ),
  momentum: optional(number("Share of a memory's row that an update keeps.", "[0, 1)"), 0.9),
  contrast: optional(
    choice(
      'Whose memory negatives come from: the "other" network\'s, as positives do, or the network\'s "own", as in the ' +
        "published code.",
      ["other", "own"],
    ),
    "other",
  ),
});

/** Entries of an embedding. */
const SIZE = 128;
/** Share of the memory in a positive of the graph part. */
const SMOOTHING = 0.75;
const SIDES = ["student", "teacher"] as const;

/**
 * CE + KD_4 + 3 · Σ over student and teacher of (`pickContrast` of its embeddings + the same of its graph embeddings).
 *
 * Embeddings v are trained dense layers to 128 entries at unit length, as in CRD; positives are rows of the other
 * network's memory. A graph embedding is g = n(W₀ v + W₁ v̄ + b), v̄ the mean over the image's k nearest of the batch by
 * the cosine of softmaxed outputs (`nearestMeans`), in each network by its own outputs; its positive is n(0.75 · row of
 * the other memory + 0.25 · g of the other network), its negatives are rows of the memory. A batch of fewer than k
 * images has no graph part.
 *
 * Read: the authors' public code at commit 9434fd8 (method specification G.2). Left out of it: short batches do not
 * stop the memories from learning, and negatives come from the memory that positives come from (`contrast`).
 */
export function hkd(options: MethodOptions<typeof HKD_OPTIONS> = {}): Distiller {
  const own = settled(HKD_OPTIONS, options);
  const { negatives: count, neighbours, temperature, momentum, contrast } = own;
  return featureDistiller({
    name: "hkd",
    title: "HKD",
    taps: false,
    tasks: ["classification"],
    // 2: an image that a batch has twice is remembered once.
    codeVersion: 2,
    prepare({ shapes, adapters, rng, train }) {
      const total = train.labels.length;
      const root = new Scope(adapters, rng);
      const state = new ParameterSet();
      const place = new Scope(state, rng.child("memory"));
      const sides = SIDES.map((who) => ({
        who,
        embed: linear(root.at(`${who}/embed`), { in: shapes[who].features, out: SIZE }),
        // W₀ and W₁ above each other.
        graph: linear(root.at(`${who}/graph`), { in: 2 * SIZE, out: SIZE }),
        memory: place.buffer<tf.Rank.R2>(who, [total, SIZE], uniform(1 / Math.sqrt(SIZE / 3))),
      }));
      const draw = contrastDrawer(train.labels, { method: "hkd", count, positives: "exact" });
      return {
        state: { memory: state },
        loss(student, teacher, batch) {
          const { mode, indices } = batch;
          const drawn = draw(indices, batch.rng.child("hkd"));
          const outputs = [student, teacher];
          const embedded = sides.map(({ embed }, i) => unitRows(embed(outputs[i]!.features, mode)));
          const rows = sides.map(({ memory }) => tf.matMul<tf.Tensor2D>(drawn.positives, memory));
          const contrastOf = (i: number, queries: tf.Tensor2D, positives: tf.Tensor2D) =>
            pickContrast({
              queries,
              positives,
              memory: sides[contrast === "other" ? 1 - i : i]!.memory,
              negatives: drawn.negatives,
              temperature,
            });
          const terms = embedded.map((v, i) => contrastOf(i, v, rows[1 - i]!));
          if (indices.length >= neighbours) {
            const graphs = sides.map(({ graph }, i) => {
              const v = embedded[i]!;
              const means = nearestMeans(v, outputs[i]!.output, neighbours);
              return unitRows(graph(tf.concat([v, means], 1), mode));
            });
            for (const [i, g] of graphs.entries()) {
              terms.push(contrastOf(i, g, smoothedRows(rows[1 - i]!, graphs[1 - i]!)));
            }
          }
          sides.forEach(({ who }, i) => batch.keep(who, embedded[i]!));
          return { value: tf.addN(terms) };
        },
        afterStep({ kept, indices }) {
          tf.tidy(() => {
            const rows = lastIndicators(indices, total);
            for (const { who, memory } of sides) {
              const embeddings = kept[who] as tf.Tensor2D;
              memory.assign(remembered(memory, { rows, embeddings, momentum }));
            }
          });
        },
      };
    },
  }, own);
}

/** n(0.75 · row of a memory + 0.25 · embedding), through which no gradient flows. */
export function smoothedRows(rows: tf.Tensor2D, embeddings: tf.Tensor2D): tf.Tensor2D {
  const mixed = rows.mul(SMOOTHING).add<tf.Tensor2D>(detached(embeddings).mul(1 - SMOOTHING));
  return unitRows(mixed);
}
