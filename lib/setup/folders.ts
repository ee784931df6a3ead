/** Where set-up keeps what it makes. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Environment variable that names the cache folder. */
export const CACHE_VARIABLE = "CGAN_KD_CACHE";

/**
 * The folder for downloads and the native library, shared by all clones of a user: `CGAN_KD_CACHE`, else
 * `cgan-kd` in the user's cache folder.
 */
export function cacheFolder(): string {
  const named = Deno.env.get(CACHE_VARIABLE);
  if (named) return named;
  const base = Deno.env.get("XDG_CACHE_HOME");
  if (base) return join(base, "cgan-kd");
  if (Deno.build.os === "darwin") return join(homedir(), "Library", "Caches", "cgan-kd");
  return join(homedir(), ".cache", "cgan-kd");
}

/** Jupyter's folder of the user; kernels are registered below it. */
export function jupyterFolder(): string {
  const named = Deno.env.get("JUPYTER_DATA_DIR");
  if (named) return named;
  if (Deno.build.os === "darwin") return join(homedir(), "Library", "Jupyter");
  const base = Deno.env.get("XDG_DATA_HOME");
  return join(base ? base : join(homedir(), ".local", "share"), "jupyter");
}

/** The folder of `deno.json`. */
export function projectFolder(): string {
  return join(import.meta.dirname!, "..", "..");
}

/**
 * The folder of all data sets, as `lib/data/files/folders.ts` has it; written out here since set-up runs before
 * any package is installed and imports nothing from later folders.
 */
export function dataFolder(): string {
  const named = Deno.env.get("CGAN_KD_DATA");
  return named ? named : join(projectFolder(), "data");
}
