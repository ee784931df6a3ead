/** What is kept beside the pixels of a user's images. */
import * as v from "valibot";
import { LeftOutSchema } from "../files/skipped.ts";

/** What is kept beside the pixels. */
export const FolderNotesSchema = v.object({
  classNames: v.array(v.string()),
  /** Class of each image. */
  labels: v.array(v.number()),
  /** Part of each image: "train", "test", or "" where the folder has no parts. */
  parts: v.array(v.string()),
  /** All files that were looked at. */
  found: v.number(),
  leftOut: LeftOutSchema,
});

/** What is kept beside the pixels. */
export type FolderNotes = v.InferOutput<typeof FolderNotesSchema>;
