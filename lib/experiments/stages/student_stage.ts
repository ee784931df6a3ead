/** Step 5 of the chain: the students of a table, with whatever their method trains before them. */
import { concatLabelled } from "../../base/contracts.ts";
import { lookUp } from "../../base/check.ts";
import { type Distiller, stagesOf } from "../../distill/distiller.ts";
import { type DistillerName, DISTILLERS } from "../../registry.ts";
import { chainSeed, type Context } from "./context.ts";
import type { SizedNetwork, Specification } from "../specification.ts";
import type { ProcessedFakes } from "./fakes_stage.ts";
import { networkStage, type TrainedNetwork } from "./network_stage.ts";

/** What to train a student on and with. */
export interface StudentChoice {
  /** What is trained. */
  readonly student: SizedNetwork;
  /** How it learns from its teacher; "nokd" has none. */
  readonly distiller: DistillerName;
  /** With processed fakes it is cGAN-KD. */
  readonly trainOn: "real" | "real+fake";
  /** Of weights and batches. */
  readonly seed: number;
  /** The teacher of distillers that need one; the filter's teacher unless said. */
  readonly teacher?: SizedNetwork;
}

/** The distiller of a choice, with its options. */
export function distillerOf(
  specification: Specification,
  name: DistillerName,
): { distiller: Distiller; options: { klReduction: "elementMean" | "batchMean" } } {
  const options = { klReduction: specification.compat.klReduction };
  return { distiller: lookUp(DISTILLERS, name, "distiller")(options), options };
}

/** Whether the experiment's teacher takes part, in the student's own training or before it. */
export function needsTeacher(distiller: Distiller): boolean {
  return stagesOf(distiller).some((stage) => stage.teacher === "teacher");
}

/** "BLKD" on real images; "cGAN-KD+BLKD" with fakes; plain "cGAN-KD" for NOKD with fakes. */
export function methodTitle(distiller: Distiller, trainOn: "real" | "real+fake"): string {
  const { title } = distiller;
  if (trainOn === "real") return title;
  return title === "NOKD" ? "cGAN-KD" : `cGAN-KD+${title}`;
}

/**
 * Every student of the table: seeds x students x training sets x distillers x teachers.
 *
 * @param pattern Only cells whose "student, method" holds it (case-insensitive).
 */
export function studentChoices(specification: Specification, pattern = ""): StudentChoice[] {
  const choices: StudentChoice[] = [];
  for (const seed of specification.seeds) {
    for (const student of specification.students) {
      for (const trainOn of specification.trainOn) {
        for (const name of specification.distillers) {
          const { distiller } = distillerOf(specification, name);
          const cell = `${student.network}, ${methodTitle(distiller, trainOn)}`;
          if (!cell.toLowerCase().includes(pattern.toLowerCase())) continue;
          const teachers = needsTeacher(distiller) ? specification.teachers : [undefined];
          for (const teacher of teachers) {
            choices.push({ student, distiller: name, trainOn, seed, teacher });
          }
        }
      }
    }
  }
  return choices;
}

/** Trained parts that a student's training reads. */
export interface StudentParts {
  /** Wanted where the method needs one. */
  readonly teacher?: TrainedNetwork;
  /** Wanted for "real+fake". */
  readonly fakes?: Pick<ProcessedFakes, "id" | "set">;
}

/** Trains a student and the assistants that its method asks for, or resumes or reuses them. */
export async function studentStage(
  context: Context,
  choice: StudentChoice,
  { teacher, fakes }: StudentParts,
): Promise<TrainedNetwork> {
  const { specification, dataset } = context;
  const { distiller, options } = distillerOf(specification, choice.distiller);
  const stages = stagesOf(distiller);
  const method = methodTitle(distiller, choice.trainOn);
  const shared = {
    train: fakes ? concatLabelled(dataset.train, fakes.set) : dataset.train,
    inputs: { real: dataset.checksum, ...(fakes && { fake: fakes.id }) },
    distillerOptions: options,
    teacherInput: specification.compat.teacherInput,
    curveEvery: specification.curveEvery,
    training: specification.studentTraining,
    method,
  };
  // Assistants are trained from one seed, so that students of every seed share them.
  const trained: Record<string, TrainedNetwork | undefined> = { teacher };
  for (const stage of stages.slice(0, -1)) {
    trained[stage.name] = await networkStage(context, {
      ...shared,
      role: stage.name,
      sized: stage.trains === "teacher" ? specification.filterTeacher : specification.assistant,
      seed: chainSeed(specification),
      distiller: stage.distiller,
      teacher: trained[stage.teacher ?? ""],
    });
  }
  return await networkStage(context, {
    ...shared,
    role: "student",
    sized: choice.student,
    seed: choice.seed,
    distiller,
    teacher: trained[stages.at(-1)!.teacher ?? ""],
  });
}
