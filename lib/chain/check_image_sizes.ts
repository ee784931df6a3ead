/** Whether the networks of a specification take the images of its data set: the one place that refuses a size. */
import type { Dataset } from "../base/contracts.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import type { SizedNetwork, Specification } from "../experiments/specification/schema.ts";
import { LABEL_EMBEDDING } from "../gan/scalar_labels/label_embedding.ts";
import { sizesText, type SizeTaker } from "../networks/image_sizes.ts";
import { resnet34 } from "../networks/resnet.ts";
import { DIFFUSIONS, GANS, NETWORKS } from "../registry.ts";
import { addsImages } from "./stages/student_choice.ts";

/**
 * Image sizes against every network that a run may train, before anything is trained; names were looked up before.
 *
 * @throws {RangeError} Images that are not square, or of a size that not all networks take; lists what each takes.
 */
export function checkImageSizes(
  specification: Specification,
  { name, train }: Pick<Dataset, "name" | "train">,
): void {
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

/** Everything that a run may train on the images, each once; without fakes neither GAN nor ratio. */
function takersOf(specification: Specification, isScalar: boolean): SizeTaker[] {
  const { gan, ratio, evaluation, trainOn } = specification;
  const { students, teachers, filterTeacher, assistant } = specification;
  const networks = (sized: readonly SizedNetwork[]) =>
    sized.map(({ network }): SizeTaker => NETWORKS[network]);
  const takers = networks([...students, ...teachers, assistant]);
  if (trainOn.some(addsImages)) takers.push(...networks([filterTeacher]));
  if (trainOn.includes("real+fake")) {
    takers.push(
      ...networks("autoencoder" in ratio.extractor ? [] : [ratio.extractor]),
      ...networks(isGan(gan) && gan.guide !== "none" ? [gan.guide] : []),
      isGan(gan) ? GANS[gan.family] : DIFFUSIONS[gan.family],
      ...(isScalar && gan.embedding ? [LABEL_EMBEDDING] : []),
      ...(isScalar && evaluation ? [resnet34] : []),
    );
  }
  return [...new Set(takers)];
}
