/** M2: fakes carry the label that the teacher gives them. */
import type { LabelledImages } from "../base/contracts.ts";
import { checkOpinion, type TeacherOpinion } from "./teacher_opinion.ts";

/** How to adjust. */
export interface AdjustOptions {
  /**
   * Q27, scalar labels only: clip predictions to [0, scale], that is to [0, 1] before
   * denormalisation. Default: true; the reference does not.
   */
  readonly clip?: boolean;
}

/** Fakes with the teacher's labels, and what changed. */
export interface Adjusted {
  /** The same images in the same order. */
  readonly set: LabelledImages;
  /** Labels before. */
  readonly before: Float32Array;
  /** Positions whose label is another one now. */
  readonly changed: Uint32Array;
}

/**
 * Replaces conditioning labels by arg max f_t(x), or by the denormalised prediction, real-valued
 * (method specification 4.1).
 */
export function adjustLabels(
  input: { readonly set: LabelledImages; readonly opinion: TeacherOpinion },
  { clip = true }: AdjustOptions = {},
): Adjusted {
  const { set, opinion } = input;
  checkOpinion(set, opinion, "adjust labels");
  const { task } = set;
  const labels = Float32Array.from(
    opinion.predicted,
    (label) =>
      clip && task.kind === "regression" ? Math.min(task.scale, Math.max(0, label)) : label,
  );
  const changed: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] !== set.labels[i]) changed.push(i);
  return {
    set: { ...set, labels },
    before: Float32Array.from(set.labels),
    changed: Uint32Array.from(changed),
  };
}
