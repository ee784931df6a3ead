/**
 * Which images a step sees: a function of the step only, so a resumed training continues bit by bit
 * without any saved state.
 */
import { checkFraction, checkInteger } from "../../base/check.ts";
import { permutation, type Rng } from "../../base/rng.ts";

/** Positions 0 … count − 1 in random order. */
export function epochOrder(count: number, rng: Rng): Uint32Array {
  return permutation(count, rng);
}

/** How the steps of a training walk through a set. */
export interface BatchOrder {
  /** Images of the set. */
  readonly count: number;
  /** Images of a step. */
  readonly batch: number;
  /** Address of the order; the same stream for every step. Its own position is neither read nor moved. */
  readonly rng: Rng;
  /**
   * Leaves out the incomplete last batch of each epoch; default: false (method spec. 0.3), though a batch too
   * small for statistics is left out all the same: see `leastRest`.
   */
  readonly dropLast?: boolean;
}

/**
 * Fewest images of a last batch: an eighth of the others', at the most 8. Two in place of 64 gave batch normalisation
 * statistics of noise at the end of every epoch: students were off by 6 to 13 degrees that are off by 3 with a few images
 * more. What is left out comes in other epochs.
 */
function leastRest(batch: number): number {
  return Math.min(8, batch / 8);
}

/** Steps of one epoch. */
export function stepsPerEpoch(order: Omit<BatchOrder, "rng">): number {
  const { count, batch, dropLast = false } = order;
  checkInteger(count, "count");
  checkInteger(batch, "batch");
  const full = Math.floor(count / batch);
  const rest = count - full * batch;
  const isKept = rest > 0 && !dropLast && (full === 0 || rest >= leastRest(batch));
  const steps = full + (isKept ? 1 : 0);
  if (steps === 0) {
    throw new RangeError(
      `Cannot make batches: found batch ${batch} for ${count} images, want at most ${count}`,
    );
  }
  return steps;
}

/**
 * Positions of the images that a step sees, steps counted from 0 over all epochs. Every epoch has an
 * order of its own, drawn from a stream addressed by the epoch: a pure function of its arguments.
 *
 * @returns At most `batch` positions; fewer in the last batch of an epoch.
 */
export function batchIndicesAt(step: number, order: BatchOrder): Uint32Array {
  checkInteger(step, "step", 0);
  const { count, batch, rng } = order;
  const steps = stepsPerEpoch(order);
  const epoch = Math.floor(step / steps);
  const start = (step - epoch * steps) * batch;
  return cachedOrder(count, rng.child("epoch", epoch)).slice(start, Math.min(start + batch, count));
}

/** How steps take a fixed part of their images from the end of a set. */
export interface MixedOrder extends Omit<BatchOrder, "dropLast"> {
  /** Images of the first part, such as the real ones; those of the second part follow. */
  readonly first: number;
  /** Share of a batch from the second part, in (0, 1); at least one image of each part is in every batch. */
  readonly share: number;
}

/**
 * Positions of the images of a step, of which a fixed share comes from the second part of the set: first positions of
 * the first part, then those of the second. Each part is walked through in an order of its own that is drawn anew after
 * every pass, and every batch is full: a pure function of its arguments.
 *
 * @throws {RangeError} A part is empty, or the batch cannot hold an image of each.
 */
export function mixedIndicesAt(step: number, order: MixedOrder): Uint32Array {
  checkInteger(step, "step", 0);
  const { count, first, batch, share, rng } = order;
  checkFraction(share, "share", 0, 1);
  const second = count - first;
  if (first < 1 || second < 1 || batch < 2) {
    throw new RangeError(
      `Cannot mix batches of ${batch} from ${first} and ${second} images: want some of both, and 2 a batch`,
    );
  }
  const ofSecond = Math.min(batch - 1, Math.max(1, Math.round(share * batch)));
  return Uint32Array.from([
    ...drawsAt(step, batch - ofSecond, first, rng.child("first")),
    ...drawsAt(step, ofSecond, second, rng.child("second")).map((position) => first + position),
  ]);
}

/** `each` draws of a step from passes over `count` images, one after the other. */
function drawsAt(step: number, each: number, count: number, rng: Rng): number[] {
  return Array.from({ length: each }, (_, i) => {
    const draw = step * each + i;
    const pass = Math.floor(draw / count);
    return cachedOrder(count, rng.child("pass", pass))[draw - pass * count]!;
  });
}

const ORDERS_KEPT = 8;
const orders = new Map<string, Uint32Array>();

/** The stream's own first draws name it: 96 bits, so two streams do not meet in practice. */
function cachedOrder(count: number, stream: Rng): Uint32Array {
  const key = `${count}:${stream.nextUint32()}:${stream.nextUint32()}:${stream.nextUint32()}`;
  let order = orders.get(key);
  if (order === undefined) {
    order = epochOrder(count, stream);
    if (orders.size >= ORDERS_KEPT) orders.delete(orders.keys().next().value!);
    orders.set(key, order);
  }
  return order;
}

/** Positions 0 … count − 1 in order, `batch` at a time: for evaluation and feature extraction. */
export function* batchesInOrder(count: number, batch: number): Generator<Uint32Array> {
  checkInteger(batch, "batch");
  for (let start = 0; start < count; start += batch) {
    yield Uint32Array.from({ length: Math.min(batch, count - start) }, (_, i) => start + i);
  }
}
