/** A moment of a training, for tests. */
import type { ProgressEvent } from "../base/progress.ts";

/** Step 420 of 3,500 after 84 s, but for the changes. */
export function toyEvent(changes: Partial<ProgressEvent> = {}): ProgressEvent {
  return {
    stage: "cGAN",
    step: 420,
    total: 3500,
    metrics: { loss: 0.5234, agreement: 0.23 },
    elapsedSeconds: 84,
    stepsHere: 420,
    state: "training",
    ...changes,
  };
}
