/** FitNet: a student map, made to fit by a trained adapter, follows a teacher map. */
import { Scope } from "../../base/module.ts";
import { group, integer, optional } from "../../base/options/options.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { adaptiveAveragePool, meanSquared } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import type { PairShapes } from "../shapes.ts";
import { stagePairs } from "../stage_pairs.ts";
import { convRegressor, isWithinReach, withinReach } from "./conv_regressor.ts";

/** Options of `fitnet`. */
export const FITNET_OPTIONS = group("Options of FitNet.", {
  ...featureEntries(100),
  stage: optional(
    integer("Stage of the student whose maps are compared, 1 for the first after the stem.", {
      to: 10,
      why: "no network here has more",
    }),
    2,
  ),
});

/** Options of `fitnet`. */
export type FitnetOptions = MethodOptions<typeof FITNET_OPTIONS>;

/**
 * CE + β · mse(R(f_s), f_t) of one stage's maps, β = 100; R is `convRegressor`. Hint and labels teach
 * together, as RepDistiller does it; the first paper trains on the hint before the labels.
 *
 * The hint is the teacher's stage of the same number where R reaches its size, else that of `stagePairs`, pooled as
 * far as R needs it (ours).
 *
 * Source: Romero et al., ICLR 2015.
 *
 * @throws {RangeError} On building, when the student has no such stage.
 */
export function fitnet(options: FitnetOptions = {}): Distiller {
  const own = settled(FITNET_OPTIONS, options);
  const { stage } = own;
  return featureDistiller({
    name: "fitnet",
    title: "FitNet",
    taps: "after",
    fits: (shapes) => void hintOf(shapes, stage),
    prepare({ shapes, adapters, rng }) {
      const hint = hintOf(shapes, stage);
      const from = shapes.student.taps[stage]!;
      const to = withinReach(from, shapes.teacher.taps[hint]!);
      const regress = convRegressor(new Scope(adapters, rng), { from, to });
      return (student, teacher, { mode }) => ({
        value: meanSquared(
          regress(student.taps[stage]!.post, mode),
          adaptiveAveragePool(teacher.taps[hint]!.post, [to[0], to[1]]),
        ),
      });
    },
  }, own);
}

/** The teacher's stage that a student's stage follows. */
function hintOf(shapes: PairShapes, stage: number): number {
  const { student: { taps }, teacher } = shapes;
  const own = taps[stage];
  if (own === undefined) {
    throw new RangeError(
      `Cannot distil with "fitnet": stage ${stage} is missing, found ${
        taps.length - 1
      } student and ` +
        `${teacher.taps.length - 1} teacher stages`,
    );
  }
  const same = teacher.taps[stage];
  if (same !== undefined && isWithinReach(own, same)) return stage;
  return stagePairs("fitnet", shapes)[stage - 1]!.teacher;
}
