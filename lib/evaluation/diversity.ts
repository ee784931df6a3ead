/** Diversity: whether the fakes of one label show all the kinds of object that there are. */
import { checkInteger } from "../base/check.ts";
import type { Images, Task } from "../base/contracts.ts";
import { argMaxRows } from "../base/metrics.ts";
import { tf } from "../base/tf.ts";
import {
  batchesInOrder,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { groupByLabel, type GroupOptions, type OverLabels, overLabels } from "./label_groups.ts";

/**
 * The type of object that a classifier sees in each image, batch by batch.
 *
 * @param classifier Takes images in [−1, 1].
 * @returns One type per image, 0 … types − 1.
 * @throws {RangeError} A logit is not finite.
 */
export async function predictTypes(
  classifier: Network,
  images: Images,
  options: { readonly batch?: number; readonly signal?: AbortSignal } = {},
): Promise<Uint16Array> {
  const { batch = 200, signal } = options;
  const types = new Uint16Array(images.count);
  // Whatever the labels of the set, the classifier does not ask for them.
  const task: Task = { kind: "classification", classes: 1, classNames: ["any"] };
  const set = { images, labels: new Float32Array(images.count), task };
  for (const indices of batchesInOrder(images.count, batch)) {
    signal?.throwIfAborted();
    const logits = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, indices, { normalisation: MINUS_ONE_TO_ONE }));
      return classifier.forward(x, { training: false }).output;
    });
    const rows = await logits.data() as Float32Array;
    logits.dispose();
    if (!rows.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot tell types of images: found outputs of "${classifier.name}" that are not finite, ` +
          `want numbers`,
      );
    }
    types.set(argMaxRows(rows, rows.length / indices.length), indices[0]!);
  }
  return types;
}

/**
 * −Σ p ln p of a histogram, in nats: 0 for one type, ln K for K types alike.
 *
 * @throws {RangeError} All counts are 0.
 */
export function entropy(counts: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k]!;
  if (!(total > 0)) {
    throw new RangeError("Cannot take an entropy: found no counts, want at least 1");
  }
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const share = counts[k]! / total;
    if (share > 0) sum -= share * Math.log(share);
  }
  return sum;
}

/** Fakes as their types and the labels that they were drawn for. */
export interface TypedFakes {
  /** Of `predictTypes`, one per fake. */
  readonly types: ArrayLike<number>;
  /** In dataset units. */
  readonly labels: ArrayLike<number>;
  readonly task: Task;
}

/** Diversity with its spread over labels, in nats. */
export interface Diversity extends OverLabels {
  /** In the order of the centres. */
  readonly perLabel: readonly { readonly label: number; readonly entropy: number }[];
  /** ln of the number of types: the most there can be. */
  readonly limit: number;
}

/**
 * For every label the entropy of the types of its fakes; then mean, standard deviation and extremes over
 * labels (method specification 7.4; at most ln 49 = 3.892 for the chairs of RC-49).
 *
 * @param options.typeCount Types that there are.
 * @throws {RangeError} A label has no fake, or a type is not one of 0 … typeCount − 1.
 */
export function diversity(
  { types, labels, task }: TypedFakes,
  options: GroupOptions & { readonly typeCount: number },
): Diversity {
  const { typeCount } = options;
  checkInteger(typeCount, "typeCount");
  const perLabel = groupByLabel(labels, task, options).map(({ label, positions }) => {
    if (positions.length === 0) {
      throw new RangeError(`Cannot measure diversity at label ${label}: found no fake image`);
    }
    const counts = new Uint32Array(typeCount);
    for (const position of positions) {
      const type = types[position]!;
      if (!(Number.isInteger(type) && type >= 0 && type < typeCount)) {
        throw new RangeError(
          `Cannot count image ${position}: found type ${type}, want an integer from 0 to ` +
            `${typeCount - 1}`,
        );
      }
      counts[type] = counts[type]! + 1;
    }
    return { label, entropy: entropy(counts) };
  });
  return {
    ...overLabels(perLabel.map((row) => row.entropy)),
    perLabel,
    limit: Math.log(typeCount),
  };
}
