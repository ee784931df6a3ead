/** Which student a record is of: from the words of its cell back to what was trained. */
import type { RunRecord } from "../../base/disk/records.ts";
import type {
  DistillerChoice,
  Specification,
  TrainOn,
} from "../../experiments/specification/schema.ts";
import { type DistillerEntry, DISTILLERS, NETWORKS } from "../../registry.ts";
import { distillerOf, methodTitle, type StudentChoice } from "../stages/student_choice.ts";

const EQUAL_STEPS = "equal steps";

/**
 * The student of a record, in the specification of its run.
 *
 * @throws {RangeError} The specification has no such student, teacher or seed any more, or its method was written in a
 *   notebook.
 */
export function recordedChoice(
  { cell, seed }: Pick<RunRecord, "cell" | "seed">,
  specification: Specification,
): StudentChoice {
  const fail = (why: string) =>
    new RangeError(`Cannot train ${cell.student ?? "no student"}, ${cell.method}, again: ${why}`);
  const { students, teachers, seeds } = specification;
  const student = students.find(({ network }) => NETWORKS[network].title === cell.student);
  if (student === undefined) {
    const known = students.map(({ network }) => `"${NETWORKS[network].title}"`).join(", ");
    throw fail(`found no such student in the specification, known are ${known}`);
  }
  const teacher = teachers.find(({ network }) => NETWORKS[network].title === cell.teacher);
  if (cell.teacher !== undefined && teacher === undefined) {
    throw fail(`found no teacher "${cell.teacher}" in the specification`);
  }
  if (!seeds.includes(seed)) throw fail(`found no seed ${seed} in the specification`);
  const method = methodOf(cell.method);
  // The words of a table are for people: only what reads the same is the same.
  const isSame = method !== undefined &&
    methodTitle(distillerOf(specification, method.distiller), method.trainOn) === cell.method;
  if (!isSame) throw fail("its method is not in the registry, as where a notebook wrote it");
  return { student, ...method, seed, ...(cell.teacher !== undefined && { teacher }) };
}

/** "cGAN-KD+DKD (beta 2, equal steps)" in parts; undefined where the registry has no such method. */
function methodOf(
  text: string,
): Pick<StudentChoice, "trainOn"> & { distiller: DistillerChoice } | undefined {
  const [, words, details] = /^(.*?)(?: \((.*)\))?$/.exec(text)!;
  const differences = details?.split(", ") ?? [];
  const changed = differences.filter((one) => one !== EQUAL_STEPS);
  const hasFakes = /^cGAN-KD(\+|$)/.test(words!);
  const title = words!.replace(/^cGAN-KD\+?/, "") || "NOKD";
  const entries = Object.entries<DistillerEntry>(DISTILLERS);
  const name = entries.find(([, { make }]) => make().title === title)?.[0];
  if (name === undefined) return undefined;
  const trainOn: TrainOn = hasFakes
    ? "real+fake"
    : changed.length < differences.length
    ? "real, equal steps"
    : "real";
  const options = Object.fromEntries(changed.map((one): [string, unknown] => {
    const at = one.indexOf(" ");
    return [one.slice(0, at), valueOf(one.slice(at + 1))];
  }));
  const distiller = changed.length === 0 ? name : { name, ...options };
  return { trainOn, distiller: distiller as DistillerChoice };
}

/** A number, a truth value or a word. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
