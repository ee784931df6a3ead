/**
 * Checks of a specification that take more than one option, or the data: before hours are spent on it. What a single
 * option may be is in its schema.
 */
import { lookUp } from "../base/check.ts";
import { type Dataset, type LabelledImages, outputsOf, type Task } from "../base/contracts.ts";
import { isPlainObject } from "../base/options/options.ts";
import { rngOf } from "../base/rng.ts";
import type { Distiller } from "../distill/distiller.ts";
import { checkLengths, stagesOf } from "../distill/stages.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import { checkPrecision } from "../native/tensorflow/precision.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import { type DistillerName, DISTILLERS, NETWORKS } from "../registry.ts";
import { keptCount } from "../synthesis/filter.ts";
import { checkImageSizes } from "./check_image_sizes.ts";
import { checkPairs, narrowShapes } from "./check_pairs.ts";
import { checkOthers } from "./stages/fakes/other_images.ts";
import { generatorParts } from "./stages/generator/generator_parts.ts";
import { distillerOf, methodTitle, studentTraining } from "./stages/student_choice.ts";

/**
 * Options of a setting against each other; `resolve` checked each of them.
 *
 * @throws {RangeError} What the setting needs is not given, or two options do not fit; names them.
 */
export function checkSpecification(specification: Specification, setting: string): void {
  const { gan, synthesis, precision } = specification;
  checkPrecision(precision);
  lookUp(gan.steps, setting, "GAN length for setting");
  if (isGan(gan)) lookUp(gan.diffAugment, setting, "DiffAugment switch for setting");
  lookUp(synthesis.rho, setting, "rho for setting");
  if (isGan(gan) && gan.diversity > 0 && gan.batch % 2 !== 0) {
    throw new RangeError(
      `Cannot pair the images of gan.batch = ${gan.batch}: want an even batch, or gan.diversity = 0`,
    );
  }
  if (!isGan(gan)) {
    const { least = 0, variations } = gan.sampling;
    if (variations && least >= variations.noise) {
      throw new RangeError(
        `Cannot sample from sigma ${variations.noise} down to ${least}: want gan.sampling.least below ` +
          "gan.sampling.variations.noise",
      );
    }
  }
  if (specification.fakeShare !== "pooled" && specification.studentEpochs === "all images") {
    throw new RangeError(
      `Cannot take a share of ${specification.fakeShare} of each batch from fakes while epochs are passes over all ` +
        'images: want studentEpochs = "real images", or fakeShare = "pooled"',
    );
  }
  if (specification.fakesUntil !== undefined && specification.fakeShare === "pooled") {
    throw new RangeError(
      `Cannot leave fakes out after ${specification.fakesUntil} of the epochs while real and fake images are one set: ` +
        'want fakeShare = a share of each batch, such as 0.25, and studentEpochs = "real images"',
    );
  }
  for (const [path, part] of groupsIn(specification)) checkMilestones(part, path);
}

/** A rate that never falls was not meant to, but for a list that is empty. */
function checkMilestones({ epochs, milestones }: Record<string, unknown>, path: string): void {
  if (typeof epochs !== "number" || !Array.isArray(milestones)) return;
  if (milestones.every((milestone) => milestone < epochs)) return;
  throw new RangeError(
    `Cannot use ${path}.milestones = ${
      JSON.stringify(milestones)
    }: found ${path}.epochs = ${epochs}, want ` +
      `milestones below it, or ${path}.milestones=[] for a constant rate`,
  );
}

/** Every object of a specification by its dotted path. */
export function* groupsIn(value: unknown, path = ""): Generator<[string, Record<string, unknown>]> {
  if (!isPlainObject(value)) return;
  yield [path, value];
  for (const [key, part] of Object.entries(value)) {
    yield* groupsIn(part, path === "" ? key : `${path}.${key}`);
  }
}

/**
 * A specification against the data of a setting; `checkSpecification` came before.
 *
 * @throws {RangeError} The data are not what it asks for, or the other way round; says what would do.
 * @throws {TypeError} Labels are scalar, and what the generator needs for them is not given.
 */
export function checkAgainstData(
  specification: Specification,
  setting: string,
  dataset: Dataset,
): void {
  checkImageSizes(specification, dataset);
  if (specification.trainOn.includes("real+other real")) checkOthers(dataset);
  checkBatches(specification, dataset);
  checkFakes(specification, setting, dataset.train.task);
  checkDistillers(specification, dataset.train);
  checkGan(specification, setting, dataset);
}

/**
 * Batches against the images that they are drawn from: a larger one would be cut to one step per epoch.
 *
 * @throws {RangeError} A batch is larger than the set.
 */
function checkBatches(specification: Specification, { name, train }: Dataset): void {
  const { trainOn, synthesis, evaluation } = specification;
  const real = train.labels.length;
  for (const [path, part] of groupsIn(specification)) {
    // Rounds of the sampler draw as many as they are asked for, and labels are not images.
    if (path === "synthesis" || path === "gan.embedding.labels") continue;
    // Neighbours of scalar labels are drawn with replacement.
    if (path === "gan" && train.task.kind === "regression") continue;
    if (typeof part.batch !== "number") continue;
    const withFakes = path === "studentTraining" && !trainOn.includes("real");
    const isPartial = path.startsWith("evaluation.") && typeof evaluation?.images === "number";
    const count = isPartial
      ? evaluation.images as number
      : real + (withFakes ? synthesis.fakes : 0);
    if (part.batch <= count) continue;
    throw new RangeError(
      `Cannot use ${path}.batch = ${part.batch}: found ${count} images of ${name}, want a batch of at most ${count}`,
    );
  }
}

/**
 * The generator against images and labels: built once, as narrow as can be.
 *
 * @throws {RangeError} The family does not draw images of this size, or lacks what is asked for.
 * @throws {TypeError} Labels are scalar, and vicinity or embedding is missing.
 */
function checkGan(specification: Specification, setting: string, dataset: Dataset): void {
  const { gan, trainOn } = specification;
  if (!trainOn.includes("real+fake")) return;
  for (const part of ["vicinity", "embedding"] as const) {
    if (dataset.train.task.kind === "regression" && gan[part] === undefined) {
      throw new TypeError(
        `Cannot train a generator for the scalar labels of ${dataset.name}: found no gan.${part}, want one`,
      );
    }
  }
  const place = { specification, setting, dataset };
  const { recipe } = generatorParts(place, outputsOf(dataset.train.task), { width: 1 / 64 });
  recipe.build(rngOf(0)).parameters.dispose();
}

/**
 * Distillers against the labels at hand, the networks and the lengths of the trainings.
 *
 * @throws {RangeError} A loss is not defined for the labels, and it lists the distillers whose loss is; a method is
 *   there twice, needs a network that nobody knows, cannot compare a student with its teacher, or has a length that
 *   never ends.
 */
export function checkDistillers(
  specification: Specification,
  train: Pick<LabelledImages, "task" | "labels" | "images">,
): void {
  const { task: { kind }, labels } = train;
  const shapesBy = narrowShapes(train);
  const titles = new Set<string>();
  for (const distiller of specification.distillers) {
    const chosen = distillerOf(specification, distiller);
    const { name } = chosen.distiller;
    if (!suits(chosen.distiller, kind)) {
      const others = (Object.keys(DISTILLERS) as DistillerName[]).filter((other) =>
        suits(distillerOf(specification, other).distiller, kind)
      );
      throw new RangeError(
        `Cannot distil with "${name}": its loss is not defined for ${kind}, want one of ${
          others.join(", ")
        }`,
      );
    }
    const title = methodTitle(chosen, "real");
    if (titles.has(title)) {
      throw new RangeError(
        `Cannot list distiller "${name}" twice with the same options: want every method once`,
      );
    }
    titles.add(title);
    for (const stage of stagesOf(chosen.distiller)) {
      for (const network of [stage.trains, ...stage.peers]) {
        if (typeof network !== "string") lookUp(NETWORKS, network.network, "network");
      }
      for (const trainOn of specification.trainOn) {
        for (const student of specification.students) {
          const choice = { trainOn, distiller, student };
          const training = studentTraining(specification, choice, labels.length);
          checkLengths(stage.distiller, stage.training(training).epochs);
        }
      }
    }
    checkPairs(specification, chosen.distiller, shapesBy);
  }
}

/** Whether the losses of all stages are defined for a kind of label. */
function suits(distiller: Distiller, kind: Task["kind"]): boolean {
  return stagesOf(distiller).every((stage) => stage.distiller.tasks.includes(kind));
}

/**
 * M^g against what can be left of the pool.
 *
 * @throws {RangeError} M^g is larger than the pool after the filter.
 */
export function checkFakes(specification: Specification, setting: string, task: Task): void {
  const { steps, perLabel, rho, cutOff, fakes } = specification.synthesis;
  if (!specification.trainOn.includes("real+fake")) return;
  const labels = task.kind === "classification" ? task.classes : task.labels.length;
  const pool = perLabel * labels;
  const kept = !steps.includes("filter")
    ? pool
    : cutOff === "each label"
    ? labels * keptCount(rho[setting]!, perLabel)
    : keptCount(rho[setting]!, pool);
  if (fakes > kept) {
    throw new RangeError(
      `Cannot draw M^g = ${fakes} fake images: at most ${kept} of ${pool} will be left, want at ` +
        "least as many; lower synthesis.fakes, or raise synthesis.rho or synthesis.perLabel",
    );
  }
}
