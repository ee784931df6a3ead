/** The classifier of types and the regressor of labels that judge a generator. */
import { checkInteger } from "../base/check.ts";
import type { LabelledImages } from "../base/contracts.ts";
import type { Network, NetworkOptions } from "../networks/network.ts";
import { resnet34 } from "../networks/resnet.ts";

/** Size and first weights of a judge. */
export type JudgeOptions = Pick<NetworkOptions, "imageSize" | "width" | "rng">;

/**
 * ResNet-34 with one logit a type of object (the 49 chairs of RC-49: 21,306,353 parameters at width 1;
 * method specification 7.4).
 */
export function buildTypeClassifier(options: JudgeOptions & { readonly types: number }): Network {
  checkInteger(options.types, "types", 2);
  return resnet34.build({ ...options, head: "classification", outputs: options.types });
}

/**
 * ResNet-34 with the three-layer regression head; its output is >= 0 in units of the label scale
 * (21,364,033 parameters at width 1; method specification 7.4).
 */
export function buildLabelRegressor(options: JudgeOptions): Network {
  return resnet34.build({ ...options, head: "regression", outputs: 1 });
}

/**
 * The same images with their types as classes, for the classifier's training. Types are no part of
 * `LabelledImages`, since nothing but this evaluation knows of them.
 *
 * @param types One per image, 0 … count − 1.
 * @param count Types that there are.
 * @throws {TypeError} There is not one type per image.
 * @throws {RangeError} A type is not one of 0 … count − 1.
 */
export function withTypes(
  set: LabelledImages,
  types: ArrayLike<number>,
  count: number,
): LabelledImages {
  checkInteger(count, "count", 2);
  if (types.length !== set.images.count) {
    throw new TypeError(
      `Cannot label images by type: found ${types.length} types for ${set.images.count} images, ` +
        `want one per image`,
    );
  }
  const labels = Float32Array.from(types, (type, i) => {
    if (Number.isInteger(type) && type >= 0 && type < count) return type;
    throw new RangeError(
      `Cannot label image ${i} by type: found ${type}, want an integer from 0 to ${count - 1}`,
    );
  });
  return {
    images: set.images,
    labels,
    task: {
      kind: "classification",
      classes: count,
      classNames: Array.from({ length: count }, (_, k) => `type ${k}`),
    },
    origin: set.origin,
  };
}
