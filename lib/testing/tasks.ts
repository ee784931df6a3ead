/** The scalar labels of the paper's two sets, for tests that have no images of them. */
import type { Regression } from "../base/contracts.ts";

/** Yaw angles as in RC-49: 0.1 to 89.9 degrees, a tenth apart. */
export const ANGLES: Regression = {
  kind: "regression",
  minimum: 0.1,
  maximum: 89.9,
  scale: 90,
  unit: "degrees",
  labels: Array.from({ length: 899 }, (_, i) => Math.fround((i + 1) / 10)),
};

/** Ages as in UTKFace: 1 to 60 years. */
export const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: Array.from({ length: 60 }, (_, i) => i + 1),
};
