/** Step 5 of the chain: the students of a table, with whatever their method trains before them. */
import { concatLabelled } from "../../base/contracts.ts";
import { TrainingFailed } from "../../base/training/failures.ts";
import type { NetworkKind } from "../../distill/distiller.ts";
import { stagesOf, teacherPart } from "../../distill/stages.ts";
import type { NetworkName } from "../../registry.ts";
import type {
  SizedNetwork,
  Specification,
  TrainOn,
} from "../../experiments/specification/schema.ts";
import { chainSeed, type Context } from "./context.ts";
import type { AddedImages } from "./fakes/other_images.ts";
import {
  type FailedNetwork,
  NetworkFailed,
  networkStage,
  type TrainedNetwork,
} from "./network_stage.ts";
import { distillerOf, methodTitle, type StudentChoice, studentTraining } from "./student_choice.ts";

/** Where a student's training finds the parts that others share: the chain of a run. */
export interface StudentParts {
  readonly context: Context;
  /** A teacher on real images. */
  teacher(sized: SizedNetwork): Promise<TrainedNetwork>;
  /** The fakes of "real+fake". */
  processed(): Promise<AddedImages>;
  /** The images of "real+other real". */
  others(): Promise<AddedImages>;
}

/** A student with what it was trained from. */
export interface TrainedStudent {
  /** The student. */
  readonly network: TrainedNetwork;
  /** Where it took part as it was trained. */
  readonly teacher?: TrainedNetwork;
  /** Fakes among its training images, or the other real images in their place. */
  readonly added?: AddedImages;
  /** The trainings that its method asks for before the student's, by name. */
  readonly earlier: Readonly<Record<string, TrainedNetwork>>;
}

/** A student whose own training came to nothing, with what its record needs. */
export class StudentFailed extends TrainingFailed {
  /** What the student would have been. */
  readonly network: FailedNetwork;
  /** See {@link TrainedStudent.teacher}. */
  readonly teacher?: TrainedNetwork;
  /** See {@link TrainedStudent.added}. */
  readonly added?: AddedImages;

  constructor(cause: NetworkFailed, { teacher, added }: Pick<TrainedStudent, "teacher" | "added">) {
    super(cause.message, cause.finding);
    this.cause = cause;
    this.network = cause.network;
    this.teacher = teacher;
    this.added = added;
  }
}

/**
 * Trains a student and all that its method asks for before it, or resumes or reuses them.
 *
 * @throws {StudentFailed} The student's training came to nothing; for those before it `NetworkFailed`.
 */
export async function studentStage(
  parts: StudentParts,
  choice: StudentChoice,
): Promise<TrainedStudent> {
  const { context } = parts;
  const { specification, dataset } = context;
  const chosen = distillerOf(specification, choice.distiller);
  const { distiller, options } = chosen;
  const teacher = teacherPart(distiller).isTrained
    ? await parts.teacher(sizedOf("teacher", specification, choice))
    : undefined;
  const added = await addedImages(parts, choice.trainOn);
  const shared = {
    train: added ? concatLabelled(dataset.train, added.set) : dataset.train,
    inputs: { real: dataset.checksum, ...(added && { fake: added.id }) },
    distillerOptions: options,
    method: methodTitle(chosen, choice.trainOn),
  };
  const training = studentTraining(specification, choice, dataset.train.labels.length);
  const trained: Record<string, TrainedNetwork> = teacher ? { teacher } : {};
  for (const stage of stagesOf(distiller)) {
    trained[stage.name] = await networkStage(context, {
      ...shared,
      ...(stage.options !== undefined && { distillerOptions: stage.options }),
      role: stage.name,
      sized: sizedOf(stage.trains, specification, choice),
      training: stage.training(training),
      // Students of every seed share what is no student itself.
      seed: stage.trains === "student" ? choice.seed : chainSeed(specification),
      distiller: stage.distiller,
      teacher: trained[stage.teacher ?? ""],
      startsFrom: trained[stage.startsFrom ?? ""],
      earlier: Object.fromEntries(stage.reads.map((name) => [name, trained[name]!])),
      peers: stage.peers.map((kind) => sizedOf(kind, specification, choice)),
    }).catch((error) => {
      const isOwn = error instanceof NetworkFailed && stage.name === "student";
      throw isOwn ? new StudentFailed(error, { teacher, added }) : error;
    });
  }
  const { student: network, teacher: _teacher, ...earlier } = trained;
  return { network: network!, teacher, added, earlier };
}

/** What joins the real images. */
async function addedImages(
  parts: Pick<StudentParts, "processed" | "others">,
  trainOn: TrainOn,
): Promise<AddedImages | undefined> {
  if (trainOn === "real+fake") return await parts.processed();
  return trainOn === "real+other real" ? await parts.others() : undefined;
}

/** Which network a kind is for a choice. */
export function sizedOf(
  kind: NetworkKind,
  specification: Specification,
  choice: Pick<StudentChoice, "student" | "teacher">,
): SizedNetwork {
  switch (kind) {
    case "student":
      return choice.student;
    case "teacher":
      return choice.teacher ?? specification.filterTeacher;
    case "assistant":
      return specification.assistant;
    default:
      // Looked up by name before anything is trained.
      return { network: kind.network as NetworkName, width: kind.width };
  }
}
