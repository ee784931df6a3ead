/** Real images that a setting leaves out, to choose something by: nothing has to be trained again for it. */
import { type Dataset, selectLabelled } from "../../base/contracts.ts";
import { permutation, rngOf } from "../../base/rng.ts";
import { shortHashOfImages } from "../files/hash.ts";

const SEED = 2020;
/** Errors of a fifth are known to 0.4 points (one standard error) from as many. */
const MOST = 10_000;

/**
 * The same training set, measured on images of the whole set that are in no part of the setting: half of them, 10,000 at
 * most, drawn by seed 2020. The other ones remain for the control that puts real images in the place of fakes. The
 * checksum stays, so that every part that was trained for the setting is used as it is, and what is chosen here needs no
 * training for its test error.
 *
 * @throws {RangeError} The setting leaves out fewer than two images.
 */
export function unusedSet(dataset: Dataset): Dataset {
  const { name, setting, others, test } = dataset;
  const unused = others === "none" ? undefined : others();
  const count = unused?.labels.length ?? 0;
  if (unused === undefined || count < 2) {
    throw new RangeError(
      `Cannot measure errors of ${name} on unused images: found ${count} that are in no part of setting "${setting}", ` +
        'want a setting that leaves some out, such as "C-10K" of CIFAR-10, or split=validation',
    );
  }
  const order = permutation(count, rngOf(SEED, "unused images", name, setting));
  const most = Math.min(MOST, Math.floor(count / 2));
  const part = (positions: Uint32Array) => selectLabelled(unused, positions.sort());
  const measured = part(order.slice(0, most));
  const id = shortHashOfImages(measured.images, new Uint8Array(measured.labels.buffer));
  return {
    ...dataset,
    test: measured,
    measuredElsewhere: { id, noted: test },
    others: () => part(order.slice(most)),
    // Which object each image shows is not known of these.
    types: "none",
  };
}
