/** The trainings that a method asks for, in order, and what each reads of those before it. */
import type { Task } from "../base/contracts.ts";
import type { Network } from "../networks/network.ts";
import type { TrainingRecipe } from "../networks/supervised.ts";
import type { Distiller, NetworkKind } from "./distiller.ts";

/** One training of the chain that ends in the student; whatever it names comes before it. */
export interface DistillStage {
  /** "student" for the last one. */
  readonly name: string;
  readonly trains: NetworkKind;
  readonly distiller: Distiller;
  /** The stage whose network is the teacher, "teacher" for the experiment's, or undefined where none takes part. */
  readonly teacher?: string;
  /** The same for the weights that its network starts from. */
  readonly startsFrom?: string;
  /** Stages whose leftovers it reads. */
  readonly reads: readonly string[];
  readonly peers: readonly NetworkKind[];
  /** What of the method's options decides its outcome; without it all of them. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Its recipe, given the student's. */
  training(student: TrainingRecipe): TrainingRecipe;
}

/**
 * All trainings that a method asks for, in order; the last one is the student's. A runner trains them one after the
 * other with `trainStudent`, each as a result of its own in the store.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { takd } from "./methods/takd.ts";
 * const stages = stagesOf(takd());
 * assert.deepEqual(stages.map(({ name, teacher }) => [name, teacher]), [
 *   ["assistant", "teacher"],
 *   ["student", "assistant"],
 * ]);
 * ```
 *
 * @throws {RangeError} A stage has no usable name, or asks for one that does not come before it.
 */
export function stagesOf(distiller: Distiller): DistillStage[] {
  const stages = flatten({ name: "student", trains: "student", distiller });
  const known = ["teacher"];
  for (const { name, trains, teacher, startsFrom, reads } of stages) {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || known.includes(name)) {
      throw new RangeError(
        `Cannot order the stages of "${distiller.name}": found a stage "${name}", want a name of its own in ` +
          "lower case",
      );
    }
    const start = startsFrom === "teacher"
      ? "teacher"
      : stages.find((stage) => stage.name === startsFrom)?.trains;
    if (start !== undefined && JSON.stringify(start) !== JSON.stringify(trains)) {
      throw new RangeError(
        `Cannot order the stages of "${distiller.name}": stage "${name}" trains ${
          JSON.stringify(trains)
        } and starts from ${JSON.stringify(start)}, want networks of one kind`,
      );
    }
    for (const wanted of [teacher, startsFrom, ...reads]) {
      if (wanted === undefined || known.includes(wanted)) continue;
      throw new RangeError(
        `Cannot order the stages of "${distiller.name}": stage "${name}" needs "${wanted}", want one of those ` +
          `before it: ${known.join(", ")}`,
      );
    }
    known.push(name);
  }
  return stages;
}

type Wanted = Pick<DistillStage, "name" | "trains" | "distiller"> & Partial<DistillStage>;

/** The stages before one, those of their own methods included, and the stage itself. */
function flatten(
  { name, trains, distiller, options, training = (student) => student }: Wanted,
): DistillStage[] {
  const { teacher, teacherFrom = "teacher", startsFrom, reads = [], peers = [] } = distiller.needs;
  // To the method of a stage the student is whatever its stage trains.
  const meant = (kind: NetworkKind) => kind === "student" ? trains : kind;
  const before = (distiller.before ?? []).flatMap((stage) =>
    flatten({ ...stage, trains: meant(stage.trains) })
  );
  return [...before, {
    name,
    trains,
    distiller,
    ...(teacher !== "none" && { teacher: teacherFrom }),
    ...(startsFrom !== undefined && { startsFrom }),
    reads,
    peers: peers.map(meant),
    ...(options !== undefined && { options }),
    training,
  }];
}

/** What a method asks of the experiment's teacher. */
export interface TeacherPart {
  /** Its kind of network takes part, trained or to be trained. */
  readonly isChosen: boolean;
  /** It takes part as it was trained. */
  readonly isTrained: boolean;
}

/** Whether the experiment's teacher takes part in any of a method's stages. */
export function teacherPart(distiller: Distiller): TeacherPart {
  const stages = stagesOf(distiller);
  const isTrained = stages.some(({ teacher, startsFrom }) =>
    teacher === "teacher" || startsFrom === "teacher"
  );
  const isChosen = stages.some(({ trains, peers }) =>
    trains === "teacher" || peers.includes("teacher")
  );
  return { isTrained, isChosen: isTrained || isChosen };
}

/**
 * Checks lengths that a method's options give in epochs: one that is no shorter than the training would never end.
 *
 * @throws {RangeError} One is as long as the training, or longer.
 */
export function checkLengths({ name, lengths = {} }: Distiller, epochs: number): void {
  for (const [option, length] of Object.entries(lengths)) {
    if (length === undefined || length < epochs) continue;
    throw new RangeError(
      `Cannot distil with "${name}": found ${option} = ${length} in a training of ${epochs} epochs, want fewer, or ` +
        "none for the paper's share of the training",
    );
  }
}

/**
 * Checks that a method can train for a task with the networks at hand, before anything is trained.
 *
 * @throws {RangeError} Its loss is not defined for the task, or a length of its options never ends.
 * @throws {TypeError} It needs a teacher or peers that are missing.
 */
export function checkDistiller(
  distiller: Distiller,
  at: { task: Task; epochs: number; teacher?: Network; peers?: readonly Network[] },
): void {
  const { name, tasks, needs } = distiller;
  if (!tasks.includes(at.task.kind)) {
    throw new RangeError(
      `Cannot distil with "${name}": found a ${at.task.kind} task, want ${tasks.join(" or ")}`,
    );
  }
  checkLengths(distiller, at.epochs);
  if (needs.teacher !== "none" && at.teacher === undefined) {
    throw new TypeError(`Cannot distil with "${name}": found no teacher, want one`);
  }
  const [found, wanted] = [at.peers?.length ?? 0, needs.peers?.length ?? 0];
  if (found !== wanted) {
    throw new TypeError(`Cannot distil with "${name}": found ${found} peers, want ${wanted}`);
  }
}
