/** Options that both toy sets have. */
import { integer } from "../../base/options/options.ts";

/** How many images there are of each class or angle. */
export const toyImages = (what: string, from = 1) =>
  integer(what, { from, to: 10_000, why: "more images do not fit into memory" });

/** Height and width. */
export const toySize = (what: string, from: number) =>
  integer(what, { from, to: 256, why: "no network here takes larger images" });

/** Of place, size, turn, colour and background. */
export const toySeed = () =>
  integer("Seed of what varies from image to image.", {
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
    why: "larger integers are not exact",
  });
