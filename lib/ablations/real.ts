/** How much fakes are worth as real images become rare: the gain against N. */
import { groupsIn } from "../chain/check_specification.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import type { Ablation, AblationInput, AblationPoint } from "./ablation.ts";

/** Of the setting's real images: 500, 1,000, 2,000, 5,000 and all of C-10K. */
const SHARES = [0.05, 0.1, 0.2, 0.5, 1];
/** Images of a class below which a teacher learns nothing. */
const LEAST_OF_CLASS = 8;
/** Scalar labels share what they learn: as many in all as of ten classes, whatever labels there are. */
const LEAST_OF_SCALARS = 10 * LEAST_OF_CLASS;

/** How long the generator of N images trains, in terms of that of all. */
export type GanRule = "equal steps" | "equal epochs";

/** Points with and without fakes at each N, each with a generator and a teacher of its own. */
function pointsOf(rule: GanRule, input: AblationInput): AblationPoint[] {
  const { specification, setting, real, labels } = input;
  const isScalar = specification.gan.vicinity !== undefined;
  const least = Math.min(real, isScalar ? LEAST_OF_SCALARS : labels * LEAST_OF_CLASS);
  const counts = [...new Set(SHARES.map((share) => Math.round(share * real)))]
    .filter((count) => count >= least);
  return counts.flatMap((count): AblationPoint[] => {
    const shared = {
      value: count,
      changes: {
        // All images are no change, so that their points are those of the ordinary run.
        ...(count < real &&
          { trainImages: String(count), ...smallerBatches(specification, count) }),
      },
    };
    const without = `N = ${count.toLocaleString("en-US")}, no fakes`;
    return [
      { ...shared, label: without, trainOn: "real", against: without },
      {
        ...shared,
        label: `N = ${count.toLocaleString("en-US")}`,
        against: without,
        changes: {
          ...shared.changes,
          ...(rule === "equal epochs" && count < real &&
            shorterGan(specification, setting, count / real)),
        },
      },
    ];
  });
}

/** Batches are drawn from no fewer images than they hold. */
function smallerBatches(specification: Specification, count: number): Record<string, string> {
  const parts = ["teacherTraining", "studentTraining", "gan", "ratio"];
  return Object.fromEntries(
    [...groupsIn(specification)].flatMap(([path, { batch }]) =>
      parts.includes(path.split(".")[0]!) && typeof batch === "number" && batch > count
        ? [[`${path}.batch`, String(count)]]
        : []
    ),
  );
}

/** Lengths within the generator's training, each at the same share of it. */
function shorterGan(
  { gan }: Specification,
  setting: string,
  share: number,
): Record<string, string> {
  const scaled = (steps: number) => String(Math.max(Math.min(1, steps), Math.round(share * steps)));
  return {
    [`gan.steps.${setting}`]: scaled(gan.steps[setting]!),
    ...(gan.average !== "none" && { "gan.average.start": scaled(gan.average.start) }),
    ...(isGan(gan) && gan.release !== undefined && { "gan.release": scaled(gan.release) }),
    ...(isGan(gan) && gan.guide !== "none" && { "gan.guide.start": scaled(gan.guide.start) }),
    ...(isGan(gan) && gan.decay !== undefined && {
      "gan.decay.start": scaled(gan.decay.start),
      "gan.decay.halving": scaled(gan.decay.halving),
    }),
    ...(!isGan(gan) && gan.warmUp > 0 && { "gan.warmUp": scaled(gan.warmUp) }),
    ...(gan.judgeEvery !== undefined && { "gan.judgeEvery": scaled(gan.judgeEvery) }),
  };
}

const shared = {
  x: { title: "real training images N", scale: "sqrt" },
  draws: "differences",
} as const;

/** The gain against N, where generators of few images train as long as that of all. */
export const real: Ablation = {
  ...shared,
  name: "real",
  title: "Gain against the number of real images",
  what:
    "Where fakes matter most: N from a twentieth of the setting's images to all, with a generator of its own each, " +
    "trained for equal steps.",
  points: (input) => pointsOf("equal steps", input),
};

/** The same, where a generator sees each of its images as often. */
export const realEpochs: Ablation = {
  ...shared,
  name: "real-epochs",
  title: "Gain against the number of real images, generators at equal epochs",
  what: "The same as `real`, with generators trained for equal epochs: fewer images, fewer steps.",
  points: (input) => pointsOf("equal epochs", input),
};
