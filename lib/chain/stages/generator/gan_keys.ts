/** What tells trainings of generators apart, and how far two of them are the same. */
import type { StageKey } from "../../../base/disk/identity.ts";
import type { Context } from "../context.ts";
import type { GeneratorParts } from "./generator_parts.ts";
import type { TrainingStart } from "./training_checkpoint.ts";

/** What decides a generator's weights. */
export interface GanIngredients {
  /** Of the code that trains, as checkpoints are named by it; results go by the version of their family. */
  readonly codeVersion: number;
  readonly parts: GeneratorParts;
  readonly seed: number;
  /** Training steps. */
  readonly steps: number;
  /** The stage of the label embedding, where there is one. */
  readonly condition?: string;
  /** The stage of the network that guides the training, where one does. */
  readonly guide?: string;
}

/** A training by its several names. */
export interface GanKeys {
  /** Of the stage: all that decides the weights. */
  readonly stage: StageKey;
  /** Of the training whatever its length: trainings of this key continue each other. */
  readonly training: StageKey;
  /** Trainings whose first steps are those of the wanted one; the wanted one first. */
  readonly starts: readonly [TrainingStart, ...TrainingStart[]];
}

/** The names of a training, and of those that it may go on from. */
export function ganKeys(context: Context, ingredients: GanIngredients): GanKeys {
  const { parts, steps, guide } = ingredients;
  const plain = plainKey(context, ingredients);
  const training = {
    ...plain,
    specification: { ...plain.specification, training: parts.training },
    inputs: { ...plain.inputs, ...(guide !== undefined && { guide }) },
  };
  return {
    stage: {
      ...training,
      codeVersion: parts.version,
      specification: { ...training.specification, steps },
    },
    training,
    starts: startsOf(ingredients, { plain, training }),
  };
}

/** The training without a guide, a release and rates that fall. */
function plainKey(
  { specification: { gan }, dataset }: Context,
  { codeVersion, parts: { options, training }, seed, condition }: GanIngredients,
): TrainingKey {
  return {
    stage: "cgan",
    codeVersion,
    specification: {
      family: gan.family,
      options,
      training: { ...training, guide: undefined, release: undefined, decay: undefined },
      ...(gan.vicinity && { vicinity: gan.vicinity, flip: gan.embedding?.flip }),
      seed,
    },
    inputs: { real: dataset.checksum, ...(condition && { condition }) },
  };
}

interface TrainingKey extends StageKey {
  readonly specification: Readonly<Record<string, unknown>>;
}

/**
 * Until rates fall, a training is the one whose rates never do; until G is released, the one that never releases it;
 * until its guide speaks, the plain one.
 */
function startsOf(
  { parts: { training: numbers, guide, release, decay }, steps }: GanIngredients,
  { plain, training }: { readonly plain: TrainingKey; readonly training: TrainingKey },
): GanKeys["starts"] {
  const without = (...left: readonly ("release" | "decay")[]): TrainingKey => ({
    ...training,
    specification: {
      ...training.specification,
      training: { ...numbers, ...Object.fromEntries(left.map((name) => [name, undefined])) },
    },
  });
  return [
    { key: training, most: steps },
    { key: without("decay"), most: Math.min(steps, decay ?? 0) },
    { key: without("decay", "release"), most: Math.min(steps, release ?? 0, decay ?? Infinity) },
    {
      key: plain,
      most: Math.min(steps, guide?.start ?? Infinity, release ?? Infinity, decay ?? Infinity),
    },
  ];
}
