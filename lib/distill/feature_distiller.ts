/** The common form of methods that compare features: r · CE + a · KD_4 + β · L_x. */
import type { TrainingState } from "../base/disk/checkpoint.ts";
import { ParameterSet } from "../base/module.ts";
import type { tf } from "../base/tf.ts";
import type { NetworkOutput, TapsWanted } from "../networks/network.ts";
import { type LossTerms, ordinaryLoss } from "../networks/supervised.ts";
import type { DistillBatch, DistillContext, Distiller, PreparedDistiller } from "./distiller.ts";
import { temperatureKd } from "./losses.ts";
import type { FeatureOptions } from "./options.ts";
import { type PairShapes, shapesOf } from "./shapes.ts";

/** What a method adds to the common form. */
export interface FeatureMethod
  extends Pick<Distiller, "lengths" | "codeVersion" | "before" | "fits"> {
  readonly name: string;
  readonly title: string;
  /** Which maps it reads, if any beside the feature vectors; see `DistillerNeeds`. */
  readonly taps: TapsWanted;
  /** Earlier stages whose leftovers it reads; default: none. */
  readonly reads?: readonly string[];
  /** Kinds of label that its own term is defined for; default: both. */
  readonly tasks?: Distiller["tasks"];
  /** Its own term, or several; adapters go into the set it is handed. */
  prepare(context: FeatureContext): FeatureLoss | FeatureParts;
}

/** What a method gets to prepare itself. */
export interface FeatureContext extends DistillContext {
  /** Trained with the student. */
  readonly adapters: ParameterSet;
  readonly shapes: PairShapes;
}

/**
 * A method's own term given both passes; weights that change over time are multiplied in by `scale`, and `more` has
 * terms with weights of their own.
 */
export type FeatureLoss = (
  student: NetworkOutput,
  teacher: NetworkOutput,
  batch: DistillBatch,
) => { readonly value: tf.Scalar; readonly scale?: number; readonly more?: LossTerms };

/** A term of a method that owns more than adapters. */
export interface FeatureParts extends Pick<PreparedDistiller, "afterStep"> {
  readonly loss: FeatureLoss;
  /** Checkpointed, and freed with the adapters. */
  readonly state?: TrainingState;
}

/** A distiller of the common form, with settled options; works for classes and for real labels alike. */
export function featureDistiller(
  method: FeatureMethod,
  { weight, kd, klReduction }: Required<FeatureOptions>,
): Distiller {
  const { name, title, lengths, codeVersion, before, fits, reads } = method;
  const { tasks = ["classification", "regression"] } = method;
  return {
    name,
    title,
    ...(lengths && { lengths }),
    ...(codeVersion && { codeVersion }),
    ...(before && { before }),
    ...(fits && { fits }),
    tasks: kd === 0 ? tasks : ["classification"],
    needs: { teacher: "frozen", taps: method.taps, ...(reads && { reads }) },
    prepare(context) {
      const adapters = new ParameterSet();
      const shapes = {
        student: shapesOf(context.student, context.train),
        teacher: shapesOf(context.teacher!, context.train),
      };
      const own = method.prepare({ ...context, adapters, shapes });
      const { loss: ownLoss, ...parts } = typeof own === "function" ? { loss: own } : own;
      return {
        ...parts,
        adapters: adapters.trainable.size > 0 ? adapters : undefined,
        loss(student, batch) {
          const { value, scale = 1, more } = ownLoss(student, batch.teacher!, batch);
          const terms = commonTerms(student, batch, { kd, klReduction });
          terms[method.name] = { weight: weight * scale, value };
          return { ...terms, ...more };
        },
      };
    },
  };
}

/** The ordinary loss, and a · KD_4 where a is not 0. */
export function commonTerms(
  student: NetworkOutput,
  batch: DistillBatch,
  { kd, klReduction: reduction }: Pick<Required<FeatureOptions>, "kd" | "klReduction">,
): LossTerms {
  const terms = { ...ordinaryLoss(student, batch) };
  if (kd > 0) {
    const at = { temperature: 4, reduction };
    terms.kd = { weight: kd, value: temperatureKd(student.output, batch.teacher!.output, at) };
  }
  return terms;
}
