/** The training images of a data set in two parts, to choose something by: test images choose nothing. */
import { type Dataset, selectLabelled } from "../../base/contracts.ts";

/**
 * Sub-training images as the training set, and held-out training images in place of the test set (method
 * specification 1.2). Nothing that is trained on the result has seen what it is measured on; the reference
 * chooses rho with a generator, a ratio and a teacher that have (Q7).
 *
 * @throws {RangeError} A set that holds nothing out.
 */
export function validationSet(dataset: Dataset): Dataset {
  const { train, subtrain, subvalid, subtrainOriginals, types } = dataset;
  if (subtrain.length === 0 || subvalid.length === 0) {
    throw new RangeError(
      `Cannot hold out training images of ${dataset.name}: found ${subtrain.length} images to train ` +
        `on and ${subvalid.length} to measure on, want some of each`,
    );
  }
  return {
    ...dataset,
    train: selectLabelled(train, subtrain),
    test: selectLabelled(train, subvalid),
    originals: subtrainOriginals,
    subtrain: new Uint32Array(),
    subtrainOriginals: 0,
    subvalid: new Uint32Array(),
    checksum: `${dataset.checksum}-validation`,
    types: types === "none" ? types : {
      count: types.count,
      train: Uint16Array.from(subtrain, (position) => types.train[position]!),
      test: Uint16Array.from(subvalid, (position) => types.train[position]!),
    },
  };
}
