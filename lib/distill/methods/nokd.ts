/** NOKD: the student learns from labels only. */
import { group } from "../../base/options/options.ts";
import { ordinaryLoss } from "../../networks/supervised.ts";
import type { Distiller } from "../distiller.ts";
import { type MethodOptions, settled } from "../options.ts";

/** NOKD has none. */
export const NOKD_OPTIONS = group("Options of NOKD.", {});

/** Mean cross-entropy of classes, mean squared error of scaled labels; no teacher. */
export function nokd(options: MethodOptions<typeof NOKD_OPTIONS> = {}): Distiller {
  settled(NOKD_OPTIONS, options);
  return {
    name: "nokd",
    title: "NOKD",
    tasks: ["classification", "regression"],
    needs: { teacher: "none" },
    prepare: () => ({ loss: ordinaryLoss }),
  };
}
