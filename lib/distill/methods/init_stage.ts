/** Methods whose own term trains the student for a while, before it learns from labels only. */
import { type Group, integer, optional } from "../../base/options/options.ts";
import { ParameterSet } from "../../base/module.ts";
import type { Distiller } from "../distiller.ts";
import {
  commonTerms,
  type FeatureContext,
  type FeatureLoss,
  type FeatureMethod,
} from "../feature_distiller.ts";
import { featureEntries, type FeatureOptions } from "../options.ts";
import { type PairShapes, shapesOf } from "../shapes.ts";

/** Initialisation of the papers: 30 of 240 epochs. */
const SHARE = 30 / 240;

/** Options of methods with such a stage. */
export const initEntries = {
  ...featureEntries(1),
  initEpochs: optional(
    integer(
      "Epochs of the stage before, on the method's own term. Default: an eighth of the student's, as 30 of the papers' 240.",
      { to: 100_000, why: "no training has more epochs" },
    ),
  ),
} satisfies Group["entries"];

/** What such a method adds. */
export interface InitMethod extends Pick<FeatureMethod, "taps"> {
  readonly name: string;
  readonly title: string;
  fits(shapes: PairShapes): void;
  /** The loss of the stage before; adapters go into the set it is handed. */
  prepare(context: FeatureContext): FeatureLoss;
}

/**
 * Two trainings of the student: on β · L_x alone, at the student's learning rate, never lowered; then, from the
 * weights it ends with, on CE + a · KD_4. Adapters are dropped in between.
 *
 * The classifier gets no gradient in the first; weight decay shrinks it, which the published code leaves out.
 */
export function afterInitStage(
  method: InitMethod,
  options: Required<FeatureOptions> & { readonly initEpochs?: number },
): Distiller {
  const { weight, kd, klReduction, initEpochs } = options;
  const { name, title } = method;
  const first: Distiller = {
    name: `${name}_init`,
    title: `${title}, first stage`,
    tasks: ["classification", "regression"],
    needs: { teacher: "frozen", taps: method.taps },
    fits: (shapes) => method.fits(shapes),
    prepare(context) {
      const adapters = new ParameterSet();
      const shapes = {
        student: shapesOf(context.student, context.train),
        teacher: shapesOf(context.teacher!, context.train),
      };
      const loss = method.prepare({ ...context, adapters, shapes });
      return {
        adapters: adapters.trainable.size > 0 ? adapters : undefined,
        loss: (student, batch) => ({
          [name]: { weight, value: loss(student, batch.teacher!, batch).value },
        }),
      };
    },
  };
  return {
    name,
    title,
    tasks: kd === 0 ? ["classification", "regression"] : ["classification"],
    needs: { teacher: kd === 0 ? "none" : "frozen", startsFrom: `${name}_init` },
    before: [{
      name: `${name}_init`,
      trains: "student",
      distiller: first,
      training: (student) => ({
        ...student,
        epochs: initEpochs ?? Math.max(1, Math.round(SHARE * student.epochs)),
        milestones: [],
      }),
    }],
    prepare: () => ({ loss: (student, batch) => commonTerms(student, batch, { kd, klReduction }) }),
  };
}
