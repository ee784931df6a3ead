/** Every stage of the chain at its smallest, with records and publishing. */
import type { ProgressSink } from "../../base/progress.ts";
import { openSmallest } from "../../testing/smallest_run.ts";

/** Steps enough for kills in the middle of each training. */
const CHANGES = {
  distillers: '["nokd", "blkd"]',
  "gan.steps.toy": "12",
  "teacherTraining.epochs": "3",
  "studentTraining.epochs": "3",
};

/** Which run. */
export interface ChainWork {
  readonly results: string;
  readonly changes: Readonly<Record<string, string>>;
  /** Students by their cells; default: all, then the bound, the verdict and the published parts. */
  readonly cells?: string;
}

/** Runs it to its end; what is there is reused. */
export async function runChain(
  { results, changes, cells }: ChainWork,
  progress: ProgressSink,
): Promise<void> {
  const { run } = openSmallest({ results, progress, changes: { ...CHANGES, ...changes } });
  await run.students({ cells });
  if (cells !== undefined) return;
  await run.verdict();
  // As `deno task publish` does.
  const parts = [
    await run.teacher(),
    await run.gan(),
    await run.features(),
    await run.ratio(),
    await run.pool(),
  ];
  for (const [k, { artifact }] of parts.entries()) {
    progress({
      stage: "publishing",
      step: k + 1,
      total: parts.length,
      metrics: {},
      elapsedSeconds: 0,
      stepsHere: k + 1,
      state: k + 1 === parts.length ? "done" : "training",
    });
    await run.context.store.publish(artifact.id);
  }
}
