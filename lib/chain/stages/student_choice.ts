/** Which students a table has: networks, methods, training sets and seeds, and how tables name them. */
import { lookUp } from "../../base/check.ts";
import { changedOptions } from "../../base/options/option_defaults.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { stagesOf, teacherPart } from "../../distill/stages.ts";
import { type DistillerEntry, DISTILLERS, NETWORKS } from "../../registry.ts";
import type { TrainingRecipe } from "../../networks/supervised.ts";
import type {
  DistillerChoice,
  SizedNetwork,
  Specification,
  TrainOn,
} from "../../experiments/specification/schema.ts";

/** What to train a student on and with. */
export interface StudentChoice {
  /** What is trained. */
  readonly student: SizedNetwork;
  /** How it learns from its teacher; "nokd" has none. By name, with options, or a method of one's own. */
  readonly distiller: DistillerChoice | Distiller;
  /** With processed fakes it is cGAN-KD. */
  readonly trainOn: TrainOn;
  /** Of weights and batches. */
  readonly seed: number;
  /** The teacher of distillers that need one; default: the filter's teacher. */
  readonly teacher?: SizedNetwork;
}

/** A distiller with what tells it from others of its name. */
export interface ChosenDistiller {
  readonly distiller: Distiller;
  /**
   * Part of a result's identity beside the name: the experiment's quirk, and options that differ from the standard;
   * of a method of one's own, whose options nobody knows, the text of its code.
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** Options that differ from the standard, for tables: "beta 2". */
  readonly changed: readonly string[];
}

/**
 * The distiller of a choice.
 *
 * @throws {RangeError} No distiller has the name, or one's own has the name of another; or an option is not known or
 *   out of its range.
 * @throws {TypeError} An option is of another kind.
 */
export function distillerOf(
  { compat: { klReduction } }: Specification,
  chosen: StudentChoice["distiller"],
): ChosenDistiller {
  if (typeof chosen !== "string" && "prepare" in chosen) {
    if (Object.hasOwn(DISTILLERS, chosen.name)) {
      throw new RangeError(
        `Cannot use a method of one's own under the name "${chosen.name}": the registry has one, want another name`,
      );
    }
    const code = stagesOf(chosen).map(({ distiller }) => String(distiller.prepare));
    return { distiller: chosen, options: { code }, changed: [] };
  }
  const { name, ...own } = typeof chosen === "string" ? { name: chosen } : chosen;
  const entry: DistillerEntry = lookUp(DISTILLERS, name, "distiller");
  const changed = changedOptions(entry.options, own);
  return {
    distiller: entry.make({ ...own, klReduction }),
    options: { klReduction, ...changed },
    changed: Object.entries(changed).map(([option, value]) => `${option} ${value}`),
  };
}

/** What a control is called behind the name of the method whose control it is. */
const CONTROLS: Readonly<Partial<Record<TrainOn, string>>> = {
  "real, equal steps": "equal steps",
  "real+other real": "real in place of fakes",
};

/** Whether images join the real training images. */
export function addsImages(trainOn: TrainOn): boolean {
  return trainOn === "real+fake" || trainOn === "real+other real";
}

/**
 * "BLKD" on real images; "BLKD (equal steps)" for the control; "cGAN-KD+BLKD" with fakes; plain "cGAN-KD" for NOKD
 * with fakes; "cGAN-KD (real in place of fakes)" for other real images. Options that differ from the standard follow: "DKD (beta 2)".
 */
export function methodTitle(
  { distiller: { title }, changed }: Pick<ChosenDistiller, "distiller" | "changed">,
  trainOn: TrainOn,
): string {
  const name = !addsImages(trainOn) ? title : title === "NOKD" ? "cGAN-KD" : `cGAN-KD+${title}`;
  const control = CONTROLS[trainOn];
  const differences = [...changed, ...(control === undefined ? [] : [control])];
  return differences.length === 0 ? name : `${name} (${differences.join(", ")})`;
}

/** Every cell of a specification's table as `--cells` takes it: "VGG11, cGAN-KD+BLKD". */
export function cellNames(specification: Specification): string[] {
  const { students, trainOn, distillers } = specification;
  return students.flatMap(({ network }) =>
    trainOn.flatMap((set) =>
      distillers.map((distiller) => {
        const method = methodTitle(distillerOf(specification, distiller), set);
        return `${lookUp(NETWORKS, network, "network").title}, ${method}`;
      })
    )
  );
}

/** Some of a table's students, or others beside them. */
export interface StudentFilter {
  /**
   * Only cells whose "student, method" holds it, by the registry's name or the table's (case-insensitive); where it is
   * the whole of one cell's, no others: "VGG11, BLKD" is not "VGG11, BLKD+UDA".
   */
  readonly cells?: string;
  /** In place of the specification's training sets. */
  readonly trainOn?: readonly TrainOn[];
  /** Only these of the specification's seeds. */
  readonly seeds?: readonly number[];
}

/**
 * Every student of the table: seeds x students x training sets x distillers x teachers.
 *
 * @throws {RangeError} No cell holds the pattern, or a seed is none of the specification's; lists them. Or controls of equal
 *   steps are wanted where all are equal.
 */
export function studentChoices(
  specification: Specification,
  {
    cells: pattern = "",
    trainOn: sets = specification.trainOn,
    seeds = specification.seeds,
  }: StudentFilter = {},
): StudentChoice[] {
  const strange = seeds.find((seed) => !specification.seeds.includes(seed));
  if (strange !== undefined) {
    throw new RangeError(
      `Cannot choose seed ${strange}: found seeds ${
        specification.seeds.join(", ")
      }, want some of these, or a run opened ` +
        "with more, such as seeds: 12",
    );
  }
  if (sets.includes("real, equal steps") && specification.studentEpochs === "real images") {
    throw new RangeError(
      'Cannot train on "real, equal steps": with studentEpochs = "real images" all students take equal steps, want ' +
        '"real" in its place',
    );
  }
  const wanted = pattern.toLowerCase();
  const choices: (StudentChoice & { readonly isWhole: boolean })[] = [];
  const cells = new Set<string>();
  for (const seed of seeds) {
    for (const student of specification.students) {
      for (const trainOn of sets) {
        for (const distiller of specification.distillers) {
          const chosen = distillerOf(specification, distiller);
          const method = methodTitle(chosen, trainOn);
          const { title } = lookUp(NETWORKS, student.network, "network");
          const names = [`${student.network}, ${method}`, `${title}, ${method}`];
          cells.add(`"${names[0]}"`);
          if (!names.some((cell) => cell.toLowerCase().includes(wanted))) continue;
          // A control belongs to the cell whose control it is.
          const plain = methodTitle(chosen, addsImages(trainOn) ? "real+fake" : "real");
          const whole = [method, plain].flatMap((one) => [
            `${student.network}, ${one}`,
            `${title}, ${one}`,
          ]);
          const isWhole = whole.some((cell) => cell.toLowerCase() === wanted);
          const { isChosen } = teacherPart(chosen.distiller);
          for (const teacher of isChosen ? specification.teachers : [undefined]) {
            choices.push({ student, distiller, trainOn, seed, teacher, isWhole });
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
  const hasWhole = choices.some(({ isWhole }) => isWhole);
  return choices.flatMap(({ isWhole, ...choice }) => hasWhole && !isWhole ? [] : [choice]);
}

/** The recipe of a choice's students before their training set counts: `studentTraining`, and what its method changes. */
export function recipeOf(
  { studentTraining, methodTraining = [] }: Specification,
  { distiller: chosen, student: { network } }: Pick<StudentChoice, "distiller" | "student">,
): TrainingRecipe {
  const name = typeof chosen === "string" ? chosen : chosen.name;
  return methodTraining.reduce<TrainingRecipe>((recipe, { distiller, student, ...changes }) => {
    const fits = distiller === name && (student === undefined || student === network);
    return fits ? { ...recipe, ...changes } : recipe;
  }, studentTraining);
}

/**
 * The recipe of a student on a training set. Where an epoch is a pass over all images, as in the paper, a student with
 * fakes is trained for longer than one without; where it has as many steps as a pass over the real ones, all take equal
 * steps (ours). For "real, equal steps", a control beside the paper's rule, epochs and milestones are multiplied by
 * (N + M^g) / N, up to rounding to whole epochs and batches: it tells the fakes' share of a gain from that of the longer
 * training.
 *
 * @param choice Without a method it is NOKD, without a student the first.
 * @param real N: real training images.
 */
export function studentTraining(
  specification: Specification,
  choice: Pick<StudentChoice, "trainOn"> & Partial<Pick<StudentChoice, "distiller" | "student">>,
  real: number,
): TrainingRecipe {
  const { studentEpochs, fakeShare, fakesUntil, synthesis } = specification;
  const { trainOn, distiller = "nokd", student = specification.students[0]! } = choice;
  const training = recipeOf(specification, { distiller, student });
  // A student on real images only has the same epochs by either rule, and is the same student.
  if (addsImages(trainOn) && studentEpochs === "real images") {
    return {
      ...training,
      epochImages: real,
      ...(fakeShare !== "pooled" && { fakeShare }),
      ...(fakesUntil !== undefined && fakesUntil < 1 && { fakesUntil }),
    };
  }
  if (trainOn !== "real, equal steps") return training;
  const scale = (real + synthesis.fakes) / real;
  return {
    ...training,
    epochs: Math.round(training.epochs * scale),
    milestones: training.milestones.map((epoch) => Math.round(epoch * scale)),
  };
}
