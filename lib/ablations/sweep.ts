/** What an ablation came to, as plain values: for tables and charts. */
import type { RecordedSpeed, RunRecord } from "../base/disk/records.ts";
import type { Verdict } from "../bound/verdict.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import type { Ablation, AblationPoint } from "./ablation.ts";

/** A student at a point. */
export interface SweepResult {
  /** As tables name it. */
  readonly student: string;
  /** Of distillers that choose among teachers. */
  readonly teacher?: string;
  /** Such as "cGAN-KD+BLKD". */
  readonly method: string;
  /** The same without fakes, such as "BLKD": what it is compared with. */
  readonly plain: string;
  /** Of its weights and batches; differences are taken seed by seed. */
  readonly seed: number;
  /** Its test error; undefined where its training came to nothing. */
  readonly value?: number;
  /** Its training took; 0 where it came to nothing. */
  readonly seconds?: number;
  /** Of the student, as its record has it. */
  readonly size?: RunRecord["size"];
  /** Of the student; absent where none was measured. */
  readonly speed?: RecordedSpeed;
}

/** What the error bound says of a point, before its students are trained. */
export interface PointBound extends Pick<Verdict, "expectation" | "greatestGap" | "threshold"> {
  /** By how much fakes change the bound, with losses in [0, 1]; below 0 is a gain. */
  readonly change: number;
  /** TV, the larger of plug-in and certified. */
  readonly totalVariation: number;
  /** Λ by its proxy. */
  readonly labelTerm: number;
  /** What measuring it took, judge and fakes left out. */
  readonly seconds: number;
}

/** What a generator is worth on held-out real images; shares in [0, 1]. */
export interface PointMeasures {
  /** Share of real images that fakes reach. */
  readonly coverage: number;
  /** Share of real images that lie among fakes. */
  readonly recall: number;
  /** Share of fakes that lie among real images. */
  readonly precision: number;
  /** Fréchet distance; lower is better. */
  readonly frechet: number;
  /** Labels that the judge confirms, a share; of scalar labels its mean distance to them, in their unit. */
  readonly labels: number;
  /** Error of a student of fakes alone, in the unit of the metric. */
  readonly accuracyScore: number;
}

/** A point with its students. */
export interface SweepPoint extends AblationPoint {
  /** M^g, also of other real images in the place of fakes; 0 without either. */
  readonly fakes: number;
  /** N. */
  readonly real: number;
  /** Seed by seed. */
  readonly results: readonly SweepResult[];
  /** Of points with fakes, where it was measured. */
  readonly bound?: PointBound;
  /** Of its generator, where the ablation asks for them. */
  readonly measures?: PointMeasures;
}

/** An ablation that was run. */
export interface Sweep {
  /** What was varied. */
  readonly ablation: Ablation;
  /** What it was varied of. */
  readonly experiment: Experiment;
  /** Of the experiment. */
  readonly preset: string;
  /** As tables name it. */
  readonly setting: string;
  /** As tables name it. */
  readonly dataset: string;
  /** Errors over it are losses in [0, 1]: 100 of classes, the label scale of scalar labels. */
  readonly scale: number;
  /** Whether every student of the sweep took as many steps. */
  readonly hasEqualSteps: boolean;
  /** In the order of the ablation, that without fakes first. */
  readonly points: readonly SweepPoint[];
  /** What became of students whose training came to nothing; they are in no mean. */
  readonly failures: readonly string[];
}
