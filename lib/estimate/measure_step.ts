/** Time and memory of one step, measured at small batches and carried on to the wanted one. */
import { tf } from "../base/tf.ts";

/** Time and memory of one step. */
export interface Cost {
  readonly seconds: number;
  /** Bytes of weights, optimiser and activations. */
  readonly bytes: number;
}

/** First batch that is tried. */
const FIRST_BATCH = 8;

/** One step of something, at a batch. */
export interface Probe {
  step(): Record<string, tf.Scalar>;
  /** Frees what the step needs; the parts themselves belong to the caller. */
  dispose(): void;
}

/**
 * Time and peak of a step at growing batches, carried on to the wanted one.
 *
 * @param options.patience Seconds: batches grow until a step takes about this long.
 */
export async function measureStep(
  probeOf: (batch: number) => Probe,
  { wanted, patience }: { readonly wanted: number; readonly patience: number },
): Promise<Cost> {
  let batch = Math.min(FIRST_BATCH, wanted);
  let smaller: Timed | undefined;
  while (true) {
    const { seconds, resident, activations } = await look(probeOf(batch));
    const isSlow = 4 * seconds > patience;
    // What a step costs at any batch does not count where it takes that long.
    const isEnough = smaller !== undefined || seconds > 5 * patience;
    if (batch === wanted || (isSlow && isEnough)) {
      return {
        seconds: carryOn(smaller, { batch, seconds }, wanted),
        bytes: resident + activations * wanted / batch,
      };
    }
    smaller = { batch, seconds };
    batch = Math.min(wanted, (isSlow ? 2 : 4) * batch);
  }
}

/** Two steps: one for its memory, one for its time. */
async function look(probe: Probe) {
  try {
    const resident = tf.memory().numBytes;
    // The first step makes kernels and caches, so it is not the one that is timed.
    const profile = await tf.profile(() => Object.values(tf.tidy(() => probe.step())));
    tf.dispose(profile.result as tf.Scalar[]);
    const start = performance.now();
    const scalars = Object.values(tf.tidy(() => probe.step()));
    await Promise.all(scalars.map((scalar) => scalar.data()));
    const seconds = (performance.now() - start) / 1000;
    tf.dispose(scalars);
    return { seconds, resident, activations: Math.max(0, profile.peakBytes - resident) };
  } finally {
    probe.dispose();
  }
}

/** A point of a measurement. */
interface Timed {
  readonly batch: number;
  readonly seconds: number;
}

/**
 * Seconds at `wanted`, on the line through two measurements: a step has costs that do not grow with its
 * batch, such as the optimiser's. In proportion where there is one measurement, or where noise hides the
 * slope.
 */
export function carryOn(smaller: Timed | undefined, larger: Timed, wanted: number): number {
  const rest = wanted - larger.batch;
  if (smaller === undefined || smaller.seconds >= larger.seconds) {
    return larger.seconds * wanted / larger.batch;
  }
  const slope = (larger.seconds - smaller.seconds) / (larger.batch - smaller.batch);
  return larger.seconds + Math.min(slope, larger.seconds / larger.batch) * rest;
}
