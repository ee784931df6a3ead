/** Regressors whose last ReLU lets no image through: they are started again (method specification 5.4). */
import { type LabelledImages, selectLabelled } from "../../base/contracts.ts";
import { TrainingFailed } from "../../base/training/train_loop.ts";
import { firstAlive } from "../../base/training/train_until_alive.ts";
import type { Normalisation } from "../../data/batches/batches.ts";
import type { Network } from "../../networks/network.ts";
import { predict } from "../../networks/supervised.ts";

/** Starts of a network. */
const ATTEMPTS = 5;
/** Training images that a network is asked about. */
const ASKED = 200;
/** Measurements in a row at which a network was dead: no gradient flows through its last ReLU any more. */
const DEAD_IN_A_ROW = 2;

/** Ends a training whose network is dead, long before its last epoch. */
class DeadNetwork extends Error {
  constructor() {
    super("Cannot go on training: found 0 for every image");
  }
}

/**
 * What the first attempt with a living network gives.
 *
 * @param title Of the training, for the error.
 * @param remedy What may help, for the error.
 * @param train Trains from the start of an attempt, counted from 0; undefined if the network is dead, as is one whose
 *   `deathWatch` ended it.
 * @throws {RangeError} Every attempt ended with a dead network.
 */
export function untilAlive<T>(
  { title, remedy }: { readonly title: string; readonly remedy: string },
  train: (attempt: number) => Promise<T | undefined>,
): Promise<T> {
  const attempt = (index: number) =>
    train(index).catch((error) => {
      if (error instanceof DeadNetwork) return undefined;
      throw error;
    });
  return firstAlive(attempt, {
    attempts: ATTEMPTS,
    failure() {
      const finding = `0 for every image after ${ATTEMPTS} starts`;
      return new TrainingFailed(`Cannot train the ${title}: found ${finding}; ${remedy}`, finding);
    },
  });
}

/** Whether a regressor gives 0, or no number, for each of 200 training images. */
export async function isDead(
  network: Network,
  train: LabelledImages,
  normalisation: Normalisation,
): Promise<boolean> {
  const count = Math.min(ASKED, train.labels.length);
  const some = selectLabelled(
    train,
    Uint32Array.from({ length: count }, (_, i) => Math.floor(i * train.labels.length / count)),
  );
  const outputs = await predict(network, some, { normalisation });
  return outputs.every((output) => output === 0 || !Number.isFinite(output));
}

/** Asks regressors after each measurement, and ends their training where one of them was dead twice in a row. */
export function deathWatch(
  networks: readonly Network[],
  train: LabelledImages,
  normalisation: Normalisation,
): () => Promise<void> {
  const found = networks.map(() => 0);
  return async () => {
    for (const [i, network] of networks.entries()) {
      found[i] = await isDead(network, train, normalisation) ? found[i]! + 1 : 0;
      if (found[i]! >= DEAD_IN_A_ROW) throw new DeadNetwork();
    }
  };
}
