/** How a training ends that does not come to its end. */

/** The training was stopped by its signal; what it had done is in its checkpoint. */
export class TrainingStopped extends Error {
  override readonly name = "TrainingStopped";
}

/** The training came to nothing: a figure or a weight is not a number any more, or every network died. */
export class TrainingFailed extends RangeError {
  constructor(
    message: string,
    /** What was found, such as `loss is NaN at step 40`. */
    readonly finding: string,
  ) {
    super(message);
  }
}

/** What is trained, and with which seed: enough to repeat what went wrong. */
export interface TrainingPlace {
  readonly stage: string;
  readonly seed: number;
}

/** What went wrong, and where. */
export function diverged(finding: string, { stage, seed }: TrainingPlace): TrainingFailed {
  return new TrainingFailed(
    `Cannot go on with ${stage}: ${finding} with seed ${seed}; lower the learning rate or start ` +
      "from another seed",
    finding,
  );
}
