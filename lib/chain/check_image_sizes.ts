/** Whether the networks of a specification take the images of its data set: the one place that refuses a size. */
import { lookUp } from "../base/check.ts";
import type { Dataset } from "../base/contracts.ts";
import type { Specification } from "../experiments/specification/specification.ts";
import { LABEL_EMBEDDING } from "../gan/scalar_labels/label_embedding.ts";
import { sizesText, type SizeTaker } from "../networks/image_sizes.ts";
import { resnet34 } from "../networks/resnet.ts";
import { GANS, NETWORKS } from "../registry.ts";

/**
 * Image sizes against every network that a run may train, before anything is trained; names were looked up before.
 *
 * @throws {RangeError} Images that are not square, or of a size that not all networks take; lists what each takes.
 */
export function checkImageSizes(specification: Specification, { name, train }: Dataset): void {
  const { height, width } = train.images.shape;
  const takers = takersOf(specification, train.task.kind === "regression");
  const others = takers.filter(({ imageSizes }) => !imageSizes.includes(height));
  if (height === width && others.length === 0) return;
  const [first, ...rest] = takers;
  const common = first!.imageSizes.filter((size) =>
    rest.every(({ imageSizes }) => imageSizes.includes(size))
  );
  const taken = others.map(({ title, imageSizes }) => `${title} takes ${sizesText(imageSizes)}`);
  throw new RangeError(
    `Cannot train on "${name}": found images of ${height} x ${width}, want ` +
      `${
        common.length > 0 ? sizesText(common) : "a size that all networks take, and there is none"
      }` +
      `${taken.length > 0 ? ` (${taken.join("; ")})` : ", which all networks take"}`,
  );
}

/** Everything that a run may train on the images, each once. */
function takersOf(specification: Specification, isScalar: boolean): SizeTaker[] {
  const { gan, ratio, evaluation } = specification;
  const sized = [
    ...specification.students,
    ...specification.teachers,
    specification.filterTeacher,
    specification.assistant,
    ...("autoencoder" in ratio.extractor ? [] : [ratio.extractor]),
    ...(gan.guide === "none" ? [] : [gan.guide]),
  ];
  return [
    ...new Set<SizeTaker>([
      ...sized.map(({ network }) => lookUp(NETWORKS, network, "network")),
      lookUp(GANS, gan.family, "GAN"),
      ...(isScalar && gan.embedding ? [LABEL_EMBEDDING] : []),
      ...(isScalar && evaluation ? [resnet34] : []),
    ]),
  ];
}
