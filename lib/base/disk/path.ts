/** Path functions of `@std/path`; Node's where the network does not reach JSR. */
const path = await import("@std/path").catch(() => import("node:path"));

/** Joins path segments. */
export const join: (...segments: string[]) => string = path.join;
/** Folder of a path. */
export const dirname: (path: string) => string = path.dirname;
/** Last segment of a path. */
export const basename: (path: string) => string = path.basename;
