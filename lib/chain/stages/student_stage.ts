/** Step 5 of the chain: the students of a table, with whatever their method trains before them. */
import { concatLabelled } from "../../base/contracts.ts";
import { lookUp } from "../../base/check.ts";
import { type Distiller, stagesOf } from "../../distill/distiller.ts";
import { type DistillerName, DISTILLERS, NETWORKS } from "../../registry.ts";
import { chainSeed, type Context } from "./context.ts";
import type {
  NetworkTraining,
  SizedNetwork,
  Specification,
} from "../../experiments/specification/schema.ts";
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
  /**
   * On real images for as many steps as with fakes: a control that is no method of the paper (see
   * {@link equalSteps}).
   */
  readonly takesEqualSteps?: boolean;
}

/** What the names of students end with that take as many steps as with fakes. */
const EQUAL_STEPS = "(equal steps)";

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

/**
 * "BLKD" on real images; "cGAN-KD+BLKD" with fakes; plain "cGAN-KD" for NOKD with fakes; "BLKD (equal steps)" for
 * the control.
 */
export function methodTitle(
  { title }: Distiller,
  { trainOn, takesEqualSteps }: Pick<StudentChoice, "trainOn" | "takesEqualSteps">,
): string {
  if (takesEqualSteps) return `${title} ${EQUAL_STEPS}`;
  if (trainOn !== "real+fake") return title;
  return title === "NOKD" ? "cGAN-KD" : `cGAN-KD+${title}`;
}

/**
 * Every student of the table: seeds x students x training sets x distillers x teachers. With "equal steps" in the
 * pattern, the controls in their place.
 *
 * @param pattern Only cells whose "student, method" holds it, by the registry's name or the table's
 *   (case-insensitive).
 * @throws {RangeError} No cell holds the pattern; lists them.
 */
export function studentChoices(specification: Specification, pattern = ""): StudentChoice[] {
  const wanted = pattern.toLowerCase();
  const takesEqualSteps = wanted.includes(EQUAL_STEPS.slice(1, -1));
  const sets = takesEqualSteps ? ["real" as const] : specification.trainOn;
  const choices: StudentChoice[] = [];
  const cells = new Set<string>();
  for (const seed of specification.seeds) {
    for (const student of specification.students) {
      for (const trainOn of sets) {
        for (const name of specification.distillers) {
          const { distiller } = distillerOf(specification, name);
          const how = { trainOn, ...(takesEqualSteps && { takesEqualSteps }) };
          const method = methodTitle(distiller, how);
          const { title } = lookUp(NETWORKS, student.network, "network");
          const names = [`${student.network}, ${method}`, `${title}, ${method}`];
          cells.add(`"${names[0]}"`);
          if (!names.some((cell) => cell.toLowerCase().includes(wanted))) continue;
          const teachers = needsTeacher(distiller) ? specification.teachers : [undefined];
          for (const teacher of teachers) {
            choices.push({ student, distiller: name, seed, teacher, ...how });
          }
        }
      }
    }
  }
  if (choices.length === 0 && pattern !== "") {
    throw new RangeError(
      `Cannot find students of cells "${pattern}": known cells are ${[...cells].join(", ")}`,
    );
  }
  return choices;
}

/**
 * The recipe that takes as many steps on real images as the students' takes with fakes, up to rounding to whole
 * epochs and batches: epochs and milestones times (N + M^g) / N. Epochs are counted over all training images, as in
 * the paper, so a student with fakes is trained for longer than one without; this control tells the fakes' share
 * of the gain from that of the longer training (ours; the paper has none).
 *
 * @param real N: real training images.
 */
export function equalSteps(
  { studentTraining, synthesis }: Specification,
  real: number,
): NetworkTraining {
  const scale = (real + synthesis.fakes) / real;
  const { epochs, milestones } = studentTraining;
  return {
    ...studentTraining,
    epochs: Math.round(epochs * scale),
    milestones: milestones.map((epoch) => Math.round(epoch * scale)),
  };
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
  const method = methodTitle(distiller, choice);
  const shared = {
    train: fakes ? concatLabelled(dataset.train, fakes.set) : dataset.train,
    inputs: { real: dataset.checksum, ...(fakes && { fake: fakes.id }) },
    distillerOptions: options,
    teacherInput: specification.compat.teacherInput,
    curveEvery: specification.curveEvery,
    training: choice.takesEqualSteps
      ? equalSteps(specification, dataset.train.labels.length)
      : specification.studentTraining,
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
