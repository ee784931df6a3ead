/** What a specification may say of all sets of a user's own images. */
import { changedOptions } from "../../base/options/option_defaults.ts";
import { choice, group, integer, number, optional, text } from "../../base/options/options.ts";
import { FITS } from "../files/resize.ts";

/** Seed of splits where nobody gives another. */
export const SPLIT_SEED = 2020;

/** Size and proportions of the images, and the split where there is none yet. */
export const OWN_SIZE_OPTIONS = {
  size: optional(
    integer("Height and width in pixels that images are brought to; networks take 32 and 64.", {
      from: 8,
      to: 256,
      why: "no network here takes larger images",
    }),
    64,
  ),
  fit: optional(
    choice(
      'Images of other proportions: "crop" takes the centred part of the wanted ones, "stretch" the whole image.',
      FITS,
    ),
    "crop",
  ),
  seed: optional(
    integer("Seed of the split, and of what split=validation holds out.", {
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      why: "larger integers are not exact",
    }),
    SPLIT_SEED,
  ),
} as const;

/** What scalar labels are. */
export const OWN_SCALAR_OPTIONS = {
  minimum: optional(
    number(
      "Smallest scalar label there can be. Without it, the smallest there is.",
      "[0, Infinity)",
    ),
  ),
  maximum: optional(
    number("Largest scalar label there can be. Without it, the largest there is.", "(0, Infinity)"),
  ),
  unit: optional(text('Of scalar labels, in the plural, such as "years".'), "units"),
  targets: optional(
    integer(
      "Scalar labels that fakes are drawn for: all different ones of training images, or, of more, this many spread " +
        "evenly over them.",
      { from: 2, to: 100_000, why: "each takes fakes of its own" },
    ),
    50,
  ),
} as const;

const SCALAR = group("What scalar labels are.", OWN_SCALAR_OPTIONS);

/**
 * Checks options where labels are classes: those of scalar labels would change nothing.
 *
 * @param own All options of a set, those left out with their standard values.
 * @param found How it is known that labels are classes, as the error says it.
 * @throws {RangeError} One of scalar labels is given.
 */
export function checkForClasses(own: Readonly<Record<string, unknown>>, found: string): void {
  const given = Object.keys(changedOptions(SCALAR, own));
  if (given.length === 0) return;
  const none = given.map((name) => `no ${name}`).join(", ");
  throw new RangeError(
    `Cannot use ${given.join(", ")} with classes: found ${found}, want task = "scalar", or ${none}`,
  );
}
