/** What students will take, with the teachers and assistants that their distillers need. */
import type { SizedNetwork } from "../experiments/specification/schema.ts";
import type { ProcessedFakes } from "../chain/stages/fakes_stage.ts";
import {
  distillerOf,
  equalSteps,
  methodTitle,
  needsTeacher,
  type StudentChoice,
  studentStage,
} from "../chain/stages/student_stage.ts";
import type { Cost } from "./measure_step.ts";
import { titleOf, type WorkList } from "./work_list.ts";

/** Adds the rows of all students: one for each training set, distiller and student. */
export async function addStudents(
  list: WorkList,
  choices: readonly StudentChoice[],
  fakes?: Pick<ProcessedFakes, "id" | "set">,
): Promise<void> {
  const { specification } = list.context;
  // Teachers first, so that what is asked for below belongs to students alone.
  for (const choice of choices) {
    const sized = teacherOf(list, choice);
    if (sized) await list.teacher(sized);
  }
  for (const trainOn of ["real", "real+fake"] as const) {
    for (const distiller of specification.distillers) {
      for (const student of specification.students) {
        const row = choices.filter((choice) =>
          choice.trainOn === trainOn && choice.distiller === distiller &&
          choice.student === student
        );
        if (row.length > 0) await addRow(list, row, trainOn === "real+fake" ? fakes : undefined);
      }
    }
  }
}

/** Students that differ in seed and teacher alone. */
async function addRow(
  list: WorkList,
  choices: readonly StudentChoice[],
  fakes?: Pick<ProcessedFakes, "id" | "set">,
): Promise<void> {
  const { specification } = list.context;
  const { studentTraining, synthesis, filterTeacher, assistant } = specification;
  const { student, trainOn, distiller: name, takesEqualSteps } = choices[0]!;
  const teachers = new Map<string, SizedNetwork>();
  for (const choice of choices) {
    const sized = teacherOf(list, choice);
    if (sized) teachers.set(JSON.stringify(sized), sized);
    const teacher = sized && await list.teacher(sized);
    await studentStage(list.context, choice, { teacher, ...(fakes && { fakes }) });
  }
  const isReal = trainOn === "real";
  const training = takesEqualSteps ? equalSteps(specification, list.real) : studentTraining;
  const work = {
    steps: list.stepsOf(training, isReal ? list.real : list.real + synthesis.fakes),
    extra: isReal ? 0 : list.poolBytes,
  };
  const on = isReal ? "real" : "real and fake";
  const { distiller } = distillerOf(specification, name);
  const method = methodTitle(distiller, { trainOn: "real", takesEqualSteps });
  for (const stage of distiller.before ?? []) {
    if (!list.awaits(stage.name)) continue;
    const sized = stage.trains === "teacher" ? filterTeacher : assistant;
    await list.add(`${stage.name} ${titleOf(sized)}, ${method} on ${on}`, {
      ...work,
      is: stage.name,
      cost: () => costOf(list, sized, [...teachers.values()]),
    });
  }
  await list.add(`student ${titleOf(student)}, ${method} on ${on}`, {
    ...work,
    cost: () => costOf(list, student, [...teachers.values()]),
  });
}

/** A plain step and a teacher's pass; the dearest teacher stands for all. */
async function costOf(
  { context, stepCosts }: WorkList,
  sized: SizedNetwork,
  teachers: readonly SizedNetwork[],
): Promise<Cost> {
  const { studentTraining: training } = context.specification;
  const passes: Cost[] = [];
  // One after the other, so that none slows another down.
  for (const teacher of teachers) passes.push(await stepCosts.inference(teacher, training.batch));
  const plain = await stepCosts.training(sized, training);
  return {
    seconds: plain.seconds + Math.max(0, ...passes.map(({ seconds }) => seconds)),
    bytes: plain.bytes + Math.max(0, ...passes.map(({ bytes }) => bytes)),
  };
}

function teacherOf(list: WorkList, choice: StudentChoice): SizedNetwork | undefined {
  const { specification } = list.context;
  const { distiller } = distillerOf(specification, choice.distiller);
  return needsTeacher(distiller) ? choice.teacher ?? specification.filterTeacher : undefined;
}
