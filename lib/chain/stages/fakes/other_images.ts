/** A control in the place of fakes: real images that the setting leaves out, labelled as fakes are. */
import { type Dataset, type LabelledImages, selectLabelled } from "../../../base/contracts.ts";
import { canonicalJson, shortHash } from "../../../base/disk/identity.ts";
import { permutation, rngOf } from "../../../base/rng.ts";
import { shortHashOfImages } from "../../../data/files/hash.ts";
import { adjustLabels } from "../../../synthesis/adjust.ts";
import { chainSeed, type Context } from "../context.ts";
import type { TeacherOpinion } from "../../../synthesis/teacher_opinion.ts";
import type { TrainedNetwork } from "../network_job.ts";
import { opinionOn } from "./opinion_stage.ts";

/** Images that join the real ones, with the labels that students see. */
export interface AddedImages {
  /** Identity: where they come from, the teacher and every option. */
  readonly id: string;
  /** With the labels that students see. */
  readonly set: LabelledImages;
}

/** Images with what the teacher thinks of them. */
export interface AskedOthers extends AddedImages {
  /** Absent where they keep their own labels. */
  readonly opinion?: TeacherOpinion;
}

/**
 * M^g real images that are in no part of the setting, or all there are of them: what students would be given by a
 * generator that draws from the distribution of real images itself. With "adjust" among the steps they carry the
 * teacher's labels, as fakes do, and their own without it. Nothing is subsampled or filtered.
 *
 * @throws {RangeError} The setting has all images of its data set.
 */
export async function otherImages(
  context: Context,
  teacher: () => Promise<TrainedNetwork>,
): Promise<AddedImages> {
  const { id, set, opinion } = await askAboutOthers(context, teacher);
  if (opinion === undefined) return { id, set };
  const { adjustClip: clip } = context.specification.compat;
  return { id, set: adjustLabels({ set, opinion }, { clip }).set };
}

/**
 * The same images with their own labels, and the teacher's opinion where it will decide.
 *
 * @throws {RangeError} The setting has all images of its data set.
 */
export async function askAboutOthers(
  context: Context,
  teacher: () => Promise<TrainedNetwork>,
): Promise<AskedOthers> {
  const { specification: { synthesis, compat }, setting } = context;
  const seed = chainSeed(context.specification);
  const others = checkOthers(context.dataset)();
  const order = permutation(others.labels.length, rngOf(seed, "other images", setting));
  const set = selectLabelled(others, order.slice(0, synthesis.fakes));
  const images = shortHashOfImages(set.images, new Uint8Array(set.labels.buffer));
  if (!synthesis.steps.includes("adjust")) return { id: `others-${images}`, set };
  const judge = await teacher();
  const title = `teacher ${judge.title} on other images of ${context.dataset.name}`;
  const opinion = await opinionOn(context, { title, inputs: { images }, set: () => set }, judge);
  const identity = { images, teacher: judge.artifact.id, clip: compat.adjustClip };
  return { id: `others-${await shortHash(canonicalJson(identity))}`, set, opinion };
}

/**
 * What opens the real images that are in no part of a setting.
 *
 * @throws {RangeError} There are none.
 */
export function checkOthers(dataset: Dataset): () => LabelledImages {
  if (dataset.others !== "none") return dataset.others;
  throw new RangeError(
    `Cannot train on "real+other real": found no image of ${dataset.name} that is in no part of setting ` +
      `"${dataset.setting}", want a setting that leaves some out, such as "C-10K" of CIFAR-10`,
  );
}
