/** NOKD: the student learns from labels alone. */
import { ordinaryLoss } from "../networks/supervised.ts";
import type { Distiller, DistillerOptions } from "./distiller.ts";

/** Mean cross-entropy of classes, mean squared error of scaled labels; no teacher. */
export function nokd(_options: DistillerOptions = {}): Distiller {
  return {
    name: "nokd",
    title: "NOKD",
    tasks: ["classification", "regression"],
    needs: { teacher: "none" },
    prepare: () => ({ loss: ordinaryLoss }),
  };
}
