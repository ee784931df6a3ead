/** What long work tells whoever watches; stages print nothing themselves. */

/** One moment of a stage. */
export interface ProgressEvent {
  /** For instance "cGAN" or "student vgg11, cGAN-KD, seed 1". */
  readonly stage: string;
  readonly step: number;
  readonly total: number;
  /** Latest averages by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds spent in this process. */
  readonly elapsedSeconds: number;
  /** Steps done in this process, for the remaining time; less than `step` after a resumption. */
  readonly stepsHere: number;
  readonly state: "training" | "trained" | "resumed" | "reused";
}

/** Receives progress; must return at once and never throw. */
export type ProgressSink = (event: ProgressEvent) => void;

/** Seconds until `total`, at the pace of this process; undefined before the first step. */
export function remainingSeconds(event: ProgressEvent): number | undefined {
  if (event.stepsHere === 0) return undefined;
  return (event.total - event.step) * event.elapsedSeconds / event.stepsHere;
}
