/** What a student's answers to test images are worth beside its error: nearness to the teacher, and confidence. */
import { calibration, CALIBRATION_BINS, fidelity } from "../../../evaluation/fidelity.ts";
import type { Calibration, Fidelity } from "../../../evaluation/fidelity.ts";
import { predict } from "../../../networks/supervised.ts";
import { type Context, runStage } from "../context.ts";
import type { TrainedNetwork } from "../network_job.ts";

/** A student's answers to the test images, summed up. */
export interface StudentAnswers extends Fidelity, Calibration {}

/**
 * Outputs of a trained network for the test images.
 *
 * @returns `[count, outputs]`, row by row.
 */
export async function testOutputs(
  { dataset: { test } }: Pick<Context, "dataset">,
  trained: Pick<TrainedNetwork, "open" | "normalisation">,
): Promise<Float32Array> {
  const network = trained.open();
  try {
    return await predict(network, test, { normalisation: trained.normalisation });
  } finally {
    network.parameters.dispose();
  }
}

/**
 * Measures fidelity and calibration from stored weights, or looks them up; trains nothing.
 *
 * @param teacherOutputs Of the teacher, see {@link testOutputs}; asked for where there is something to measure.
 * @throws {RangeError} Labels are scalar: neither agreement nor confidence is defined.
 */
export async function answersStage(
  context: Context,
  { student, teacher, teacherOutputs }: {
    readonly student: TrainedNetwork;
    readonly teacher: TrainedNetwork;
    readonly teacherOutputs: () => Promise<Float32Array>;
  },
): Promise<StudentAnswers> {
  const { dataset: { test, checksum, measuredElsewhere } } = context;
  if (test.task.kind !== "classification") {
    throw new RangeError("Cannot judge confidence: found scalar labels, want classes");
  }
  const { classes } = test.task;
  const key = {
    stage: "answers",
    codeVersion: 1,
    specification: { bins: CALIBRATION_BINS },
    inputs: {
      real: checksum,
      student: student.artifact.id,
      teacher: teacher.artifact.id,
      ...(measuredElsewhere && { measuredOn: measuredElsewhere.id }),
    },
  };
  const { notes } = await runStage(context, `answers of ${student.title}`, key, async () => {
    const outputs = await testOutputs(context, student);
    const found: StudentAnswers = {
      ...fidelity(outputs, await teacherOutputs(), classes),
      ...calibration(outputs, test.labels, { classes }),
    };
    return { arrays: {}, notes: { ...found } };
  });
  return notes as unknown as StudentAnswers;
}
