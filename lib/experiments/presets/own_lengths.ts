/** Lengths, batches and networks of experiments on images of somebody's own, by rule from what the images are. */
import { isPlainObject } from "../../base/options/options.ts";
import type { DataFacts, RuledChanges, Specification } from "../specification/experiment.ts";
import { isGan } from "../specification/gan_schema.ts";

/** Training images that the lengths of the presets were written for. */
export const REFERENCE_IMAGES = 4000;
/** Lengths change by this factor at the most, either way. */
const MOST = 10;
/** The generator needs some steps for few images, and takes hours for many. */
const GAN_FACTORS = [0.5, 4] as const;
/** A batch is at most this share of the training images, so that an epoch has steps to shuffle. */
const BATCH_SHARE = 4;
/** Fakes of a label, at least: the filter and the tables want some of each. */
const LEAST_PER_LABEL = 10;
/** Fakes before the filter for each that it must leave. */
const SPARE = 1.25;

/**
 * What a preset changes for images of somebody's own; N is the number of training images, s = sqrt(4000 / N):
 *
 * - a batch is the largest power of two that is at most N / 4, where the preset's is larger; the learning rate of SGD falls in
 *   proportion (Goyal et al. 2017, arXiv 1706.02677)
 * - epochs, milestones and intervals of decay are multiplied by s, within a factor of 10: steps grow with the root of N;
 *   those of the density ratio are never raised
 * - steps of the generator, and the moments in them, are divided by s, within 1/2 and 4
 * - M^g grows in proportion to N, within 1/2 and 10 times that of the preset
 * - fakes of a label before the filter: as many in all as the preset draws for `labels`, however many labels there are, and
 *   enough for M^g
 * - images of 64 x 64 with classes take BigGAN 64 in place of BigGAN
 *
 * @param labels Classes, or labels to draw fakes for, that the preset was written for.
 * @returns Groups of values by dotted path. A group counts as a whole, or not at all where one of its paths was changed.
 */
export function lengthsByRule(
  labels: number,
): (specification: Specification, facts: DataFacts) => readonly RuledChanges[] {
  return (specification, facts) => [
    ...familyOf(specification, facts),
    ...groupsWithBatches(specification).flatMap(([path, group]) => [
      ...lengthsOf(path, group, facts),
      ...batchOf(path, group, facts),
    ]),
    ...ganSteps(specification, facts),
    ...fakesOf(specification, facts, labels),
  ];
}

/** A group of options by its dotted path. */
type Group = readonly [path: string, group: Readonly<Record<string, unknown>>];

/** Every training of images with a batch, at any depth. */
function groupsWithBatches(specification: Specification): Group[] {
  const found: Group[] = [];
  const walk = (value: unknown, path: string) => {
    if (!isPlainObject(value)) return;
    if (typeof value.batch === "number") found.push([path, value]);
    for (const [key, part] of Object.entries(value)) {
      walk(part, path === "" ? key : `${path}.${key}`);
    }
  };
  walk(specification, "");
  // Rounds of the sampler and labels are no images; judges of the generator see a part of them.
  return found.filter(([path]) =>
    path !== "synthesis" && path !== "gan.embedding.labels" && !path.startsWith("evaluation")
  );
}

function familyOf({ gan }: Specification, { size, isScalar }: DataFacts): RuledChanges[] {
  if (isScalar || !isGan(gan) || gan.family !== "biggan" || size !== 64) return [];
  return [{ "gan.family": "biggan64", "gan.taper": false }];
}

/** s of `lengthsByRule`. */
function scaleOf({ images }: DataFacts): number {
  return between(Math.sqrt(REFERENCE_IMAGES / images), 1 / MOST, MOST);
}

function lengthsOf(path: string, group: Group[1], facts: DataFacts): RuledChanges[] {
  const { epochs, milestones, decayEvery } = group;
  if (typeof epochs !== "number") return [];
  const scale = scaleOf(facts);
  // On 54 images a ratio of 3,600 steps knew them by heart, and accepted next to none of the fakes.
  const factor = path === "ratio" ? Math.min(1, scale) : scale;
  const scaled = Math.max(1, Math.round(epochs * factor));
  if (scaled === epochs) return [];
  const changes: Record<string, unknown> = { [`${path}.epochs`]: scaled };
  if (Array.isArray(milestones)) {
    // Two may fall together, and none may lie at an end.
    const places = (milestones as number[]).map((place) => Math.round(place * scaled / epochs));
    changes[`${path}.milestones`] = [...new Set(places)]
      .filter((place) => place >= 1 && place < scaled);
  }
  if (typeof decayEvery === "number") {
    changes[`${path}.decayEvery`] = Math.max(1, Math.round(decayEvery * scaled / epochs));
  }
  return [changes];
}

function batchOf(path: string, group: Group[1], { images }: DataFacts): RuledChanges[] {
  const { batch, learningRate, momentum } = group as { readonly batch: number } & Group[1];
  const most = 2 ** Math.max(1, Math.floor(Math.log2(images / BATCH_SHARE)));
  if (batch <= most) return [];
  const isSgd = typeof learningRate === "number" && typeof momentum === "number";
  return [{
    [`${path}.batch`]: most,
    ...(isSgd && { [`${path}.learningRate`]: round(learningRate * most / batch) }),
  }];
}

function ganSteps({ gan, settings }: Specification, facts: DataFacts): RuledChanges[] {
  const factor = between(1 / scaleOf(facts), ...GAN_FACTORS);
  const scaled = (value: number) => Math.max(1, Math.round(value * factor));
  return settings.flatMap((setting) => {
    const steps = gan.steps[setting];
    if (steps === undefined || scaled(steps) === steps) return [];
    const { release, guide, average } = isGan(gan)
      ? gan
      : { release: undefined, guide: "none" as const, average: gan.average };
    return [{
      [`gan.steps.${setting}`]: scaled(steps),
      ...(release !== undefined && { "gan.release": scaled(release) }),
      ...(guide !== "none" && { "gan.guide.start": scaled(guide.start) }),
      ...(factor < 1 && typeof average === "object" &&
        { "gan.average.start": Math.round(average.start * factor) }),
    }];
  });
}

function fakesOf(
  { synthesis, settings, ratio }: Specification,
  { images, labels }: DataFacts,
  reference: number,
): RuledChanges[] {
  const { perLabel, fakes, rho } = synthesis;
  const wanted = Math.round(fakes * between(images / REFERENCE_IMAGES, 0.5, MOST));
  const strictest = Math.min(1, ...settings.map((setting) => rho[setting] ?? 1));
  const pool = Math.max(perLabel * reference, SPARE * Math.max(wanted, fakes) / strictest);
  const share = (all: number) => Math.max(LEAST_PER_LABEL, Math.ceil(all / labels));
  return [
    { "synthesis.fakes": wanted },
    { "synthesis.perLabel": share(pool) },
    ...(typeof ratio.pool === "number" ? [{ "ratio.pool": share(ratio.pool * reference) }] : []),
  ];
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Three digits, so that rates stay readable. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}
