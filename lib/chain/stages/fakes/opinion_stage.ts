/** What a teacher makes of images that join the real ones: the input of filter and adjustment. */
import type { LabelledImages } from "../../../base/contracts.ts";
import { countProgress } from "../../../base/progress.ts";
import { askTeacher, type TeacherOpinion } from "../../../synthesis/teacher_opinion.ts";
import { type Context, runStage } from "../context.ts";
import type { TrainedNetwork } from "../network_job.ts";
import type { FakePool } from "./pool_stage.ts";

/** Images to ask about. */
export interface AskedImages {
  /** For progress. */
  readonly title: string;
  /** Identities of the images, by role. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Opened only where the opinion is not in the store. */
  readonly set: () => LabelledImages;
}

/** The teacher's opinion on a pool. */
export function opinionStage(
  context: Context,
  pool: FakePool,
  teacher: TrainedNetwork,
): Promise<TeacherOpinion> {
  const title = `teacher ${teacher.title} on the fakes of ${context.setting}`;
  const inputs = { fakes: pool.artifact.id };
  return opinionOn(context, { title, inputs, set: () => pool.open().set }, teacher);
}

/** The teacher's opinion on any images. */
export async function opinionOn(
  context: Context,
  { title, inputs, set }: AskedImages,
  teacher: TrainedNetwork,
): Promise<TeacherOpinion> {
  const key = {
    stage: "opinion",
    codeVersion: 1,
    specification: {},
    inputs: { ...inputs, teacher: teacher.artifact.id },
  };
  const artifact = await runStage(context, title, key, async () => {
    const network = teacher.open();
    try {
      const { normalisation } = teacher;
      const opinion = await askTeacher(network, set(), {
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
