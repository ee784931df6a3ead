/** What long work tells whoever watches; stages print nothing themselves. */

/** One moment of a stage. */
export interface ProgressEvent {
  /** For instance "cGAN" or "student vgg11, cGAN-KD, seed 1". */
  readonly stage: string;
  /** Steps done, those before a resumption included. */
  readonly step: number;
  /** Steps of the whole stage. */
  readonly total: number;
  /** Latest averages by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Rows of the training's history since the last event, "step" in each; absent where none was finished. */
  readonly rows?: readonly Readonly<Record<string, number>>[];
  /** Units of those that have one, by name. */
  readonly units?: Readonly<Record<string, string>>;
  /** Seconds spent in this process. */
  readonly elapsedSeconds: number;
  /** Steps done in this process, for the remaining time; less than `step` after a resumption. */
  readonly stepsHere: number;
  /** "done" where work ended that trained nothing; "waiting" while another process makes it. */
  readonly state: "training" | "trained" | "resumed" | "reused" | "done" | "waiting";
  /** A few words that a user should see beside it: for whom it waits, what could not be verified. */
  readonly remark?: string;
}

/** Receives progress; must return at once and never throw. */
export type ProgressSink = (event: ProgressEvent) => void;

/** Receives how much of the work is done. */
export type CountSink = (done: number, total: number) => void;

/** Reports work that is counted and trains nothing, such as features of images; its clock starts now. */
export function countProgress(stage: string, progress?: ProgressSink): CountSink {
  const start = performance.now();
  return (done, total) =>
    progress?.({
      stage,
      step: done,
      total,
      metrics: {},
      elapsedSeconds: (performance.now() - start) / 1000,
      stepsHere: done,
      state: done === total ? "done" : "training",
    });
}

/**
 * The sink of one of several equal pieces of work that are told as one: else each of them would end the whole.
 *
 * @param place Of this piece, from 0.
 * @param pieces How many there are.
 */
export function pieceOf(report: CountSink, place: number, pieces: number): CountSink {
  return (done, total) => report(place * total + done, pieces * total);
}

/** The same as {@link pieceOf}, for a piece that tells events: only how far it is counts. */
export function asPiece(report: CountSink, place: number, pieces: number): ProgressSink {
  const piece = pieceOf(report, place, pieces);
  return ({ step, total }) => piece(step, total);
}

/** The sink of work that names itself otherwise, or not at all: its events come under this stage's name. */
export function progressAs(stage: string, progress?: ProgressSink): ProgressSink | undefined {
  return progress && ((event) => progress({ ...event, stage }));
}

/** Seconds until `total`, at the pace of this process; undefined before the first step. */
export function remainingSeconds(event: ProgressEvent): number | undefined {
  if (event.stepsHere === 0) return undefined;
  return (event.total - event.step) * event.elapsedSeconds / event.stepsHere;
}
