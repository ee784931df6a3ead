/** Where set-up, data sets and notebooks keep what they make; relative names are meant from where the user stands. */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Environment variable that names the cache folder. */
export const CACHE_VARIABLE = "CGAN_KD_CACHE";

/** Environment variable that names the data folder. */
export const DATA_VARIABLE = "CGAN_KD_DATA";

/** All variables that name a folder which is read or written here. */
const FOLDER_VARIABLES = [
  CACHE_VARIABLE,
  DATA_VARIABLE,
  "JUPYTER_DATA_DIR",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
];

/**
 * The folder that an environment variable names, as an absolute path; undefined where it is not set or empty. A
 * relative name is meant from where the user stands: a task runs in the project's folder, and Deno (as npm does) says
 * in `INIT_CWD` where it was started.
 */
function namedFolder(variable: string): string | undefined {
  const named = Deno.env.get(variable);
  return named ? absolutePath(named) : undefined;
}

/** A path that a user gave, absolute; a relative one is meant from where the user stands. */
export function absolutePath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), path);
}

/**
 * Makes the variables that name folders absolute, for this process and for those that it starts: a notebook's kernel
 * runs in another folder than its task.
 */
export function fixNamedFolders(): void {
  for (const variable of FOLDER_VARIABLES) {
    const folder = namedFolder(variable);
    if (folder !== undefined) Deno.env.set(variable, folder);
  }
}

/**
 * The folder for downloads and the native library, shared by all clones of a user: `CGAN_KD_CACHE`, else
 * `cgan-kd` in the user's cache folder.
 */
export function cacheFolder(): string {
  const named = namedFolder(CACHE_VARIABLE);
  if (named !== undefined) return named;
  const base = namedFolder("XDG_CACHE_HOME");
  if (base !== undefined) return join(base, "cgan-kd");
  if (Deno.build.os === "darwin") return join(homedir(), "Library", "Caches", "cgan-kd");
  return join(homedir(), ".cache", "cgan-kd");
}

/** Jupyter's folder of the user; kernels are registered below it. */
export function jupyterFolder(): string {
  const named = namedFolder("JUPYTER_DATA_DIR");
  if (named !== undefined) return named;
  if (Deno.build.os === "darwin") return join(homedir(), "Library", "Jupyter");
  return join(namedFolder("XDG_DATA_HOME") ?? join(homedir(), ".local", "share"), "jupyter");
}

/** The folder of `deno.json`. */
export function projectFolder(): string {
  return join(import.meta.dirname!, "..", "..");
}

/** The folder of all data sets: the one that `CGAN_KD_DATA` names, else `data/` of the project. Only read. */
export function dataFolder(): string {
  return namedFolder(DATA_VARIABLE) ?? join(projectFolder(), "data");
}

/**
 * The folder of what is made from data sets: `data/` of the project, or of the cache folder where that cannot be
 * written; never the one that `CGAN_KD_DATA` names, which may be read only or shared.
 */
export function preparedFolder(): string {
  const own = join(projectFolder(), "data");
  return isWritable(own) ? own : join(cacheFolder(), "data");
}

/** Whether files can be made in a folder that is there. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
