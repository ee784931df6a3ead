/** Tiny-ImageNet's images as they are kept, from whichever form: training images, then validation images. */
import * as v from "valibot";
import { LeftOutSchema } from "../files/skipped.ts";

/** Shape of every image. */
export const SHAPE = { height: 64, width: 64, channels: 3 } as const;

/** What is kept beside the pixels. */
export const SetNotesSchema = v.object({
  classNames: v.array(v.string()),
  /** Class of each image. */
  labels: v.array(v.number()),
  /** How many of them, the first ones, are training images. */
  trainCount: v.number(),
  /** All files that were looked at. */
  found: v.number(),
  leftOut: LeftOutSchema,
  /** Files called JPEG that are PNGs. */
  renamed: v.number(),
  /** Positions in the training images that the authors chose by; absent where the form has none. */
  subtrain: v.optional(v.array(v.number())),
  subvalid: v.optional(v.array(v.number())),
});

/** What is kept beside the pixels. */
export type SetNotes = v.InferOutput<typeof SetNotesSchema>;
