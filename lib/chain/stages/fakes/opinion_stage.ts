/** What a teacher makes of a pool of fakes: the input of filter and adjustment. */
import { countProgress } from "../../../base/progress.ts";
import { askTeacher, type TeacherOpinion } from "../../../synthesis/teacher_opinion.ts";
import { type Context, runStage } from "../context.ts";
import type { TrainedNetwork } from "../network_stage.ts";
import type { FakePool } from "./pool_stage.ts";

/** The teacher's opinion on a pool. */
export async function opinionStage(
  context: Context,
  pool: FakePool,
  teacher: TrainedNetwork,
): Promise<TeacherOpinion> {
  const key = {
    stage: "opinion",
    codeVersion: 1,
    specification: {},
    inputs: { fakes: pool.artifact.id, teacher: teacher.artifact.id },
  };
  const title = `teacher ${teacher.title} on the fakes of ${context.setting}`;
  const artifact = await runStage(context, title, key, async () => {
    const network = teacher.open();
    try {
      const { normalisation } = teacher;
      const opinion = await askTeacher(network, pool.open().set, {
        normalisation,
        signal: context.signal,
        onProgress: countProgress(title, context.progress),
      });
      const arrays = Object.fromEntries(
        Object.entries(opinion).map(([name, values]) => [name, { shape: [values.length], values }]),
      );
      return { arrays, notes: {} };
    } finally {
      network.parameters.dispose();
    }
  });
  const { predicted, scores, confidence } = artifact.arrays;
  return {
    predicted: predicted!.values as Float32Array,
    scores: scores!.values as Float32Array,
    ...(confidence && { confidence: confidence.values as Float32Array }),
  };
}
