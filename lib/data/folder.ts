/** Where data sets lie. */
import { join } from "../base/path.ts";

/** Environment variable that names the data folder. */
export const DATA_VARIABLE = "CGAN_KD_DATA";

/** The folder of all data sets: the one that `CGAN_KD_DATA` names, else `data/` of the project. */
export function dataFolder(): string {
  const named = Deno.env.get(DATA_VARIABLE);
  if (named !== undefined && named !== "") return named;
  return join(import.meta.dirname!, "..", "..", "data");
}
