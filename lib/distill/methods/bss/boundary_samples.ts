/** Boundary supporting samples as plain values, for pictures and for comparing the boundaries of two networks. */
import type { LabelledImages } from "../../../base/contracts.ts";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { batchTensors, makeBatch, type Normalisation } from "../../../data/batches/batches.ts";
import type { Network } from "../../../networks/network.ts";
import { boundsOf } from "./bss.ts";
import { searchBoundary, type SearchRule } from "./search.ts";
import { drawTargets } from "./selection.ts";
import { type BoundarySimilarity, boundarySimilarity } from "./similarity.ts";

/** A network with the constants of its input. */
export interface Judged {
  /** In inference mode; nothing of it changes. */
  readonly network: Network;
  /** Of its input. */
  readonly normalisation: Normalisation;
}

/** The published rule, and samples drawn back until their two logits differ by less than 0.01. */
export const SHOWN_RULE: SearchRule = {
  stepSize: 0.3,
  overshoot: 1e-4,
  searchSteps: 10,
  stepRule: "plain",
  tolerance: 0.01,
};

/** What became of a search. */
export type SearchOutcome = "found" | "third class" | "not crossed";

/** One image and what a search made of it. */
export interface BoundarySample {
  /** Position in the set. */
  readonly index: number;
  /** The class that the network takes the image for. */
  readonly base: number;
  /** The class that it was to be taken for. */
  readonly target: number;
  /** Whether the network takes the sample for the target. */
  readonly outcome: SearchOutcome;
  /** z_target − z_base at the sample. */
  readonly gap: number;
  /** Pixels 0 to 255 of the image, not rounded: `[height, width, channels]`, row by row. */
  readonly image: Float32Array;
  /** The same of the sample. */
  readonly sample: Float32Array;
}

/** What to search. */
export interface SampleSearch {
  /** Where images are taken from. */
  readonly set: LabelledImages;
  /** Positions of the images that searches start from. */
  readonly indices: ArrayLike<number>;
  /** Default: `SHOWN_RULE`. */
  readonly rule?: SearchRule;
  /** Classes to reach, one an image; default: drawn by the network's odds. */
  readonly targets?: ArrayLike<number>;
  /** Of those draws; default: 0. */
  readonly seed?: number;
}

/** Images of a search at once. */
const BATCH = 64;

/** A sample for each image, in the order of `indices`. */
export function findBoundarySamples(
  { network, normalisation }: Judged,
  { set, indices, rule = SHOWN_RULE, targets, seed = 0 }: SampleSearch,
): BoundarySample[] {
  const { channels } = set.images.shape;
  const ask = (x: tf.Tensor4D) => network.forward(x, { training: false }).output;
  const samples: BoundarySample[] = [];
  for (let start = 0; start < indices.length; start += BATCH) {
    const size = Math.min(BATCH, indices.length - start);
    const positions = Uint32Array.from({ length: size }, (_, i) => indices[start + i]!);
    tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, positions, { normalisation }));
      const logits = ask(x);
      const base = tf.argMax(logits, 1) as tf.Tensor1D;
      const target = targets === undefined
        ? drawTargets(logits, rngOf(seed, "targets", start))
        : tf.tensor1d(Int32Array.from({ length: size }, (_, i) => targets[start + i]!), "int32");
      const bounds = boundsOf(normalisation, channels);
      const found = searchBoundary(ask, x, { base, target, bounds }, rule);
      const of = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;
      const [bases, goals, gaps] = [of(base), of(target), of(found.gaps)];
      const [isFound, isLost] = [of(found.isFound), of(found.isLost)];
      const [before, after] = [x, found.images].map((one) => of(pixelsOf(one, bounds)));
      const length = before!.length / size;
      for (let i = 0; i < size; i++) {
        samples.push({
          index: positions[i]!,
          base: bases[i]!,
          target: goals[i]!,
          outcome: isFound[i] === 1 ? "found" : isLost[i] === 1 ? "third class" : "not crossed",
          gap: gaps[i]!,
          image: before!.slice(i * length, (i + 1) * length),
          sample: after!.slice(i * length, (i + 1) * length),
        });
      }
    });
  }
  return samples;
}

/** Normalised images to 0 … 255. */
function pixelsOf(x: tf.Tensor4D, [low, high]: ReturnType<typeof boundsOf>): tf.Tensor4D {
  return x.sub(low).div(high.sub(low)).mul(255);
}

/** Class probabilities at one place of a path. */
export interface PathPoint {
  /** 0 at the image, 1 at its sample, above 1 beyond it. */
  readonly share: number;
  /** softmax(z), one for each class. */
  readonly scores: Float32Array;
}

/**
 * What a network says along the straight line from an image through its sample and as far again, cut to 0 … 255.
 *
 * @param points Places of the path, both ends included; at least 2.
 */
export function scoresAlongPath(
  { network, normalisation }: Judged,
  { image, sample }: Pick<BoundarySample, "image" | "sample">,
  { set, points = 41 }: { set: Pick<LabelledImages, "images">; points?: number },
): PathPoint[] {
  const { height, width, channels } = set.images.shape;
  return tf.tidy(() => {
    const shares = Array.from({ length: points }, (_, i) => 2 * i / (points - 1));
    const [low, high] = boundsOf(normalisation, channels);
    const [from, to] = [image, sample].map((one) => tf.tensor4d(one, [1, height, width, channels]));
    const path = from!.add(to!.sub(from!).mul(tf.tensor4d(shares, [points, 1, 1, 1])));
    const x = tf.clipByValue(path, 0, 255).div(255).mul(high.sub(low)).add<tf.Tensor4D>(low);
    const { output } = network.forward(x, { training: false });
    const scores = tf.softmax(output).dataSync() as Float32Array;
    const classes = scores.length / points;
    return shares.map((share, i) => ({
      share,
      scores: scores.slice(i * classes, (i + 1) * classes),
    }));
  });
}

/** Similarity of two boundaries, and what became of the searches. */
export interface ComparedBoundaries extends BoundarySimilarity {
  /** Images that both networks take for their label. */
  readonly searched: number;
  /** Samples of the teacher that came to their target. */
  readonly teacherFound: number;
  /** Samples of the student that came to their target. */
  readonly studentFound: number;
}

/**
 * MagSim and AngSim of a student's boundary against a teacher's: the same images and targets for both, in units of
 * pixels, over samples of which both searches ended in the target.
 *
 * @param search `indices`: those images count of them that both networks take for their label.
 */
export function compareBoundaries(
  teacher: Judged,
  student: Judged,
  search: Omit<SampleSearch, "targets">,
): ComparedBoundaries {
  const rule = search.rule ?? SHOWN_RULE;
  const own = findBoundarySamples(teacher, search);
  const { labels } = search.set;
  const isRight = ({ base, index }: BoundarySample) => base === labels[index];
  const candidates = own.filter(isRight);
  const others = findBoundarySamples(student, {
    ...search,
    rule,
    indices: candidates.map(({ index }) => index),
    targets: candidates.map(({ target }) => target),
  });
  const pairs = candidates.flatMap((t, i) => isRight(others[i]!) ? [[t, others[i]!] as const] : []);
  const isFound = ({ outcome }: BoundarySample) => outcome === "found";
  const both = pairs.filter(([t, s]) => isFound(t) && isFound(s));
  const movesOf = ({ image, sample }: BoundarySample) =>
    sample.map((value, i) => value - image[i]!);
  return {
    ...boundarySimilarity(both.map(([t]) => movesOf(t)), both.map(([, s]) => movesOf(s))),
    searched: pairs.length,
    teacherFound: pairs.filter(([t]) => isFound(t)).length,
    studentFound: pairs.filter(([, s]) => isFound(s)).length,
  };
}
