/** What students will take, with the teachers and earlier stages that their distillers need. */
import { selectLabelled } from "../base/contracts.ts";
import { type DistillStage, stagesOf, teacherPart } from "../distill/stages.ts";
import type { SizedNetwork, TrainOn } from "../experiments/specification/schema.ts";
import type { ProcessedFakes } from "../chain/stages/fakes/process_fakes.ts";
import { type AddedImages, askAboutOthers } from "../chain/stages/fakes/other_images.ts";
import {
  addsImages,
  distillerOf,
  methodTitle,
  recipeOf,
  type StudentChoice,
  studentTraining,
} from "../chain/stages/student_choice.ts";
import { sizedOf, studentStage } from "../chain/stages/student_stage.ts";
import { OPINION_BATCH } from "./fakes_rows.ts";
import type { Cost } from "./measure_step.ts";
import { titleOf, type WorkList } from "./work_list.ts";

/** Order of the rows, and what their names say of the images. */
const IMAGES: Readonly<Record<TrainOn, string>> = {
  "real": "real",
  "real, equal steps": "real",
  "real+fake": "real and fake",
  "real+other real": "real and other real",
};

/** Adds the rows of all students: one for each training set, distiller and student. */
export async function addStudents(
  list: WorkList,
  choices: readonly StudentChoice[],
  fakes?: Pick<ProcessedFakes, "id" | "set">,
): Promise<void> {
  const { specification } = list.context;
  // Teachers first, so that what is asked for below belongs to students only.
  for (const choice of choices) {
    const { distiller } = distillerOf(specification, choice.distiller);
    if (teacherPart(distiller).isTrained) {
      await list.teacher(sizedOf("teacher", specification, choice));
    }
  }
  for (const trainOn of Object.keys(IMAGES)) {
    for (const distiller of specification.distillers) {
      for (const student of specification.students) {
        const row = choices.filter((choice) =>
          choice.trainOn === trainOn && choice.distiller === distiller &&
          choice.student === student
        );
        if (row.length > 0) await addRow(list, row, fakes);
      }
    }
  }
}

/** Students that differ in seed and teacher only. */
async function addRow(
  list: WorkList,
  choices: readonly StudentChoice[],
  fakes?: Pick<ProcessedFakes, "id" | "set">,
): Promise<void> {
  const { context } = list;
  const { specification } = context;
  const parts = {
    context,
    teacher: (sized: SizedNetwork) => list.teacher(sized),
    processed: () => Promise.resolve(fakes!),
    others: () => othersOf(list),
  };
  for (const choice of choices) await studentStage(parts, choice);
  const { trainOn, distiller: name } = choices[0]!;
  const chosen = distillerOf(specification, name);
  const training = studentTraining(specification, choices[0]!, list.real);
  const hasMore = addsImages(trainOn);
  // The training set is in the row's name.
  const method = methodTitle(chosen, hasMore ? "real" : trainOn);
  const stages = stagesOf(chosen.distiller);
  for (const stage of stages) {
    if (!list.awaits(stage.name)) continue;
    const sized = sizedOf(stage.trains, specification, choices[0]!);
    const recipe = stage.training(training);
    await list.add(`${stage.name} ${titleOf(sized)}, ${method} on ${IMAGES[trainOn]}`, {
      is: stage.name,
      steps: list.stepsOf(recipe, hasMore ? list.real + specification.synthesis.fakes : list.real),
      extra: trainOn === "real+fake" ? list.poolBytes : 0,
      cost: () => costOf(list, { stage, stages, choices }),
    });
  }
}

/** Real images in the place of fakes; of the labels that they will have only their identity. */
async function othersOf(list: WorkList): Promise<AddedImages> {
  const { context, stepCosts } = list;
  const { filterTeacher, synthesis } = context.specification;
  const { id } = await askAboutOthers(context, () => list.teacher(filterTeacher));
  await list.add("teacher on other real images", {
    is: "opinion",
    steps: Math.ceil(synthesis.fakes / OPINION_BATCH),
    cost: () => stepCosts.inference(filterTeacher, OPINION_BATCH),
  });
  return { id, set: selectLabelled(context.dataset.train, []) };
}

/**
 * Plain steps of the network and of its peers, and passes of a teacher, as many as the method says; the dearest teacher
 * stands for all.
 */
async function costOf(
  { context: { specification }, stepCosts }: WorkList,
  { stage, stages, choices }: {
    readonly stage: DistillStage;
    readonly stages: readonly DistillStage[];
    readonly choices: readonly StudentChoice[];
  },
): Promise<Cost> {
  const training = stage.training(recipeOf(specification, choices[0]!));
  const costs: Cost[] = [];
  // One after the other, so that none slows another down.
  for (const kind of [stage.trains, ...stage.peers]) {
    costs.push(await stepCosts.training(sizedOf(kind, specification, choices[0]!), training));
  }
  const passes: Cost[] = [];
  if (stage.teacher !== undefined) {
    const kind = stages.find(({ name }) => name === stage.teacher)?.trains ?? "teacher";
    for (const choice of choices) {
      passes.push(await stepCosts.inference(sizedOf(kind, specification, choice), training.batch));
    }
  }
  const { student = 1, teacher = 1 } = stage.distiller.passes ?? {};
  const dearest = (of: keyof Cost) => teacher * Math.max(0, ...passes.map((pass) => pass[of]));
  const sum = (of: keyof Cost) => student * costs.reduce((total, cost) => total + cost[of], 0);
  return { seconds: sum("seconds") + dearest("seconds"), bytes: sum("bytes") + dearest("bytes") };
}
