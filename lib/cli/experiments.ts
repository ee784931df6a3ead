/** Experiments by the name that a command line uses; each is loaded only when it is asked for. */
import { EXPERIMENTS } from "../experiments/by_name.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { findName, onlyWord, type TaskArguments } from "./arguments.ts";

/** An experiment that a command line names; it loads TensorFlow, so the rest of the line is checked first. */
export interface NamedExperiment {
  readonly name: string;
  load(): Promise<Experiment>;
}

/**
 * The experiment whose name holds the only word of a command line.
 *
 * @throws {UsageError} There is no word or more than one, or none or several names hold it; lists the known ones.
 */
export function namedExperiment(task: TaskArguments, usage: string): NamedExperiment {
  const known = Object.keys(EXPERIMENTS);
  const word = onlyWord(task, { what: "experiment", usage, known });
  const name = findName(known, word, "experiment");
  return { name, load: EXPERIMENTS[name]! };
}
