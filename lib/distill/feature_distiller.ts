/** The common form of methods that compare features: r · CE + a · KD_4 + β · L_x. */
import { ordinaryLoss } from "../networks/supervised.ts";
import { ParameterSet } from "../base/module.ts";
import type { tf } from "../base/tf.ts";
import type { NetworkOutput } from "../networks/network.ts";
import type { DistillBatch, DistillContext, Distiller } from "./distiller.ts";
import { temperatureKd } from "./losses.ts";
import type { FeatureOptions } from "./options.ts";
import { type NetworkShapes, shapesOf } from "./shapes.ts";

/** What a method adds to the common form. */
export interface FeatureMethod extends Pick<Distiller, "lengths" | "codeVersion"> {
  readonly name: string;
  readonly title: string;
  /** Whether it reads maps, or only feature vectors. */
  readonly taps: boolean;
  /** Its own term, or several; adapters go into the set it is handed. */
  prepare(
    context: DistillContext & {
      readonly adapters: ParameterSet;
      readonly shapes: { readonly student: NetworkShapes; readonly teacher: NetworkShapes };
    },
  ): FeatureLoss;
}

/** A method's own term given both passes; weights that change over time are multiplied in by `scale`. */
export type FeatureLoss = (
  student: NetworkOutput,
  teacher: NetworkOutput,
  batch: DistillBatch,
) => { readonly value: tf.Scalar; readonly scale?: number };

/** A distiller of the common form, with settled options; works for classes and for real labels alike. */
export function featureDistiller(
  method: FeatureMethod,
  { weight, kd, klReduction: reduction }: Required<FeatureOptions>,
): Distiller {
  const { name, title, lengths, codeVersion } = method;
  return {
    name,
    title,
    ...(lengths && { lengths }),
    ...(codeVersion && { codeVersion }),
    tasks: kd === 0 ? ["classification", "regression"] : ["classification"],
    needs: { teacher: "frozen", taps: method.taps },
    prepare(context) {
      const adapters = new ParameterSet();
      const shapes = {
        student: shapesOf(context.student, context.train),
        teacher: shapesOf(context.teacher!, context.train),
      };
      const own = method.prepare({ ...context, adapters, shapes });
      return {
        adapters: adapters.trainable.size > 0 ? adapters : undefined,
        loss(student, batch) {
          const { value, scale = 1 } = own(student, batch.teacher!, batch);
          const terms = { ...ordinaryLoss(student, batch) };
          if (kd > 0) {
            const loss = temperatureKd(student.output, batch.teacher!.output, {
              temperature: 4,
              reduction,
            });
            terms.kd = { weight: kd, value: loss };
          }
          terms[method.name] = { weight: weight * scale, value };
          return terms;
        },
      };
    },
  };
}

/**
 * Pairs of student and teacher stage maps, stem left out.
 *
 * @throws {RangeError} The networks have different numbers of stages.
 */
export function stagePairs(
  method: string,
  shapes: { student: NetworkShapes; teacher: NetworkShapes },
): number[] {
  const [student, teacher] = [shapes.student.taps.length, shapes.teacher.taps.length];
  if (student !== teacher || student < 2) {
    throw new RangeError(
      `Cannot distil with "${method}": found ${student - 1} student and ${teacher - 1} teacher ` +
        `stages, want equal counts`,
    );
  }
  return Array.from({ length: student - 1 }, (_, i) => i + 1);
}
