/** Where data sets lie. */
import { join } from "../../base/path.ts";

/** Environment variable that names the data folder. */
export const DATA_VARIABLE = "CGAN_KD_DATA";

/** The folder of all data sets: the one that `CGAN_KD_DATA` names, else `data/` of the project. */
export function dataFolder(): string {
  const named = Deno.env.get(DATA_VARIABLE);
  if (named !== undefined && named !== "") return named;
  return join(import.meta.dirname!, "..", "..", "..", "data");
}

/**
 * The folder of what is made from data sets: `data/` of the project, always, since the folder that
 * `CGAN_KD_DATA` names may be read only or shared.
 */
export function preparedFolder(): string {
  return join(import.meta.dirname!, "..", "..", "..", "data");
}
