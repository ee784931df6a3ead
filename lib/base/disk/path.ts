/** Path functions, from one place. */
import { basename as lastPart, dirname as folderOf, join as joined } from "node:path";

/** Joins path segments. */
export const join: (...segments: string[]) => string = joined;
/** Folder of a path. */
export const dirname: (path: string) => string = folderOf;
/** Last segment of a path. */
export const basename: (path: string) => string = lastPart;
