/** Which students a table has: networks, methods, training sets and seeds, and how tables name them. */
import { lookUp } from "../../base/check.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { stagesOf, teacherPart } from "../../distill/stages.ts";
import { type DistillerName, DISTILLERS, NETWORKS } from "../../registry.ts";
import type {
  NetworkTraining,
  SizedNetwork,
  Specification,
  TrainOn,
} from "../../experiments/specification/schema.ts";

/** What to train a student on and with. */
export interface StudentChoice {
  /** What is trained. */
  readonly student: SizedNetwork;
  /** How it learns from its teacher; "nokd" has none. By name, or a method of one's own. */
  readonly distiller: DistillerName | Distiller;
  /** With processed fakes it is cGAN-KD. */
  readonly trainOn: TrainOn;
  /** Of weights and batches. */
  readonly seed: number;
  /** The teacher of distillers that need one; default: the filter's teacher. */
  readonly teacher?: SizedNetwork;
}

/**
 * The distiller of a choice, and what of it is part of a result's identity beside its name: its options; of a method
 * of one's own, whose options nobody knows, the text of its code.
 *
 * @throws {RangeError} No distiller has the name; or one's own has the name of another.
 */
export function distillerOf(
  specification: Specification,
  chosen: StudentChoice["distiller"],
): { readonly distiller: Distiller; readonly options: Readonly<Record<string, unknown>> } {
  if (typeof chosen !== "string") {
    if (Object.hasOwn(DISTILLERS, chosen.name)) {
      throw new RangeError(
        `Cannot use a method of one's own under the name "${chosen.name}": the registry has one, want another name`,
      );
    }
    const code = stagesOf(chosen).map(({ distiller }) => String(distiller.prepare));
    return { distiller: chosen, options: { code } };
  }
  const options = { klReduction: specification.compat.klReduction };
  return { distiller: lookUp(DISTILLERS, chosen, "distiller")(options), options };
}

/**
 * "BLKD" on real images; "BLKD (equal steps)" for the control; "cGAN-KD+BLKD" with fakes; plain "cGAN-KD" for NOKD
 * with fakes.
 */
export function methodTitle({ title }: Distiller, trainOn: TrainOn): string {
  switch (trainOn) {
    case "real":
      return title;
    case "real, equal steps":
      return `${title} (equal steps)`;
    case "real+fake":
      return title === "NOKD" ? "cGAN-KD" : `cGAN-KD+${title}`;
  }
}

/** Some of a table's students, or others beside them. */
export interface StudentFilter {
  /** Only cells whose "student, method" holds it, by the registry's name or the table's (case-insensitive). */
  readonly cells?: string;
  /** In place of the specification's training sets. */
  readonly trainOn?: readonly TrainOn[];
}

/**
 * Every student of the table: seeds x students x training sets x distillers x teachers.
 *
 * @throws {RangeError} No cell holds the pattern; lists them.
 */
export function studentChoices(
  specification: Specification,
  { cells: pattern = "", trainOn: sets = specification.trainOn }: StudentFilter = {},
): StudentChoice[] {
  const wanted = pattern.toLowerCase();
  const choices: StudentChoice[] = [];
  const cells = new Set<string>();
  for (const seed of specification.seeds) {
    for (const student of specification.students) {
      for (const trainOn of sets) {
        for (const name of specification.distillers) {
          const { distiller } = distillerOf(specification, name);
          const method = methodTitle(distiller, trainOn);
          const { title } = lookUp(NETWORKS, student.network, "network");
          const names = [`${student.network}, ${method}`, `${title}, ${method}`];
          cells.add(`"${names[0]}"`);
          if (!names.some((cell) => cell.toLowerCase().includes(wanted))) continue;
          const teachers = teacherPart(distiller).isChosen ? specification.teachers : [undefined];
          for (const teacher of teachers) {
            choices.push({ student, distiller: name, trainOn, seed, teacher });
          }
        }
      }
    }
  }
  if (choices.length === 0 && pattern !== "") {
    const hint = wanted.includes("equal steps")
      ? '; for controls add "real, equal steps" to trainOn'
      : "";
    throw new RangeError(
      `Cannot find students of cells "${pattern}": known cells are ${[...cells].join(", ")}${hint}`,
    );
  }
  return choices;
}

/**
 * The recipe of a student on a training set: that of the specification, and for "real, equal steps" as many steps on
 * real images as the others take with fakes, up to rounding to whole epochs and batches: epochs and milestones times
 * (N + M^g) / N. Epochs are counted over all training images, as in the paper, so a student with fakes is trained
 * for longer than one without; this control tells the fakes' share of the gain from that of the longer training
 * (ours; the paper has none).
 *
 * @param real N: real training images.
 */
export function studentTraining(
  { studentTraining: training, synthesis }: Specification,
  trainOn: TrainOn,
  real: number,
): NetworkTraining {
  if (trainOn !== "real, equal steps") return training;
  const scale = (real + synthesis.fakes) / real;
  return {
    ...training,
    epochs: Math.round(training.epochs * scale),
    milestones: training.milestones.map((epoch) => Math.round(epoch * scale)),
  };
}
