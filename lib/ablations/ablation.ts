/** What an ablation is: one thing that is varied, as points that each change a specification. */
import type { Specification, TrainOn } from "../experiments/specification/schema.ts";
import type { PublishedQuery } from "../report/paper/rows.ts";

/** What points are made from. */
export interface AblationInput {
  /** Of the preset at the setting, with the changes of whoever runs it. */
  readonly specification: Specification;
  /** Such as "C-10K". */
  readonly setting: string;
  /** Fakes before the filter. */
  readonly pool: number;
  /** N: real training images, each counted once. */
  readonly real: number;
  /** Classes, or labels that have training images. */
  readonly labels: number;
}

/** One point of an ablation: what students are trained on there. */
export interface AblationPoint {
  /** For tables, such as "subsampling+filtering"; {@link NO_FAKES} for the point that others are compared with. */
  readonly label: string;
  /** Its place on the axis; left out where points have only names. */
  readonly value?: number;
  /** Dotted paths of the specification and JSON values, as on the command line. */
  readonly changes: Readonly<Record<string, string>>;
  /** Default: "real+fake". */
  readonly trainOn?: TrainOn;
  /** Label of the point that it is compared with; default: the first. */
  readonly against?: string;
  /** Its place on a second axis, of ablations that are maps. */
  readonly row?: number;
  /** Whether its generator is measured, which trains a student on fakes alone. */
  readonly measuresGenerator?: boolean;
}

/** A value of the paper at a point. */
export interface PublishedPoint {
  /** Of the point, where points have only names. */
  readonly label?: string;
  /** Its place on the axis. */
  readonly value?: number;
  /** As tables name it. */
  readonly student: string;
  /** In the unit of our metric. */
  readonly error: number;
}

/** One thing that is varied while all else stays. */
export interface Ablation {
  /** For command lines. */
  readonly name: string;
  /** Above its table and its chart. */
  readonly title: string;
  /** What it asks, in a sentence. */
  readonly what: string;
  /** The axis of its chart. */
  readonly x: {
    readonly title: string;
    /** "names": points have no place on an axis of numbers. "sqrt" gives small numbers room, and has a 0. */
    readonly scale: "linear" | "sqrt" | "names";
  };
  /** The second axis of a map; left out where there is one axis. */
  readonly row?: { readonly title: string };
  /** What is drawn: errors, or what they differ by from the point that each is compared with. Default: "errors". */
  readonly draws?: "errors" | "differences";
  /**
   * Its points, the one without fakes first.
   *
   * @throws {RangeError} The specification leaves nothing to vary.
   */
  readonly points: (input: AblationInput) => readonly AblationPoint[];
  /** What the paper's figure shows, read off; left out where it has none. */
  readonly published?: (query: PublishedQuery) => readonly PublishedPoint[];
}

/** The label of the first point, of most ablations. */
export const NO_FAKES = "no fakes";

/** Real images only: what every other point is compared with. */
export const WITHOUT_FAKES: AblationPoint = { label: NO_FAKES, changes: {}, trainOn: "real" };
