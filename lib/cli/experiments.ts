/** Experiments by the name that a command line uses; each is loaded only when it is asked for. */
import type { Experiment } from "../experiments/specification/experiment.ts";
import { findName, onlyWord, type TaskArguments } from "./arguments.ts";

/** How to load each experiment. */
export const EXPERIMENTS: Readonly<Record<string, () => Promise<Experiment>>> = {
  cifar10: async () => (await import("../experiments/cifar10.ts")).cifar10,
  distillers: async () => (await import("../experiments/distillers.ts")).distillers,
  tiny_imagenet: async () => (await import("../experiments/tiny_imagenet.ts")).tinyImagenet,
  rc49: async () => (await import("../experiments/rc49.ts")).rc49,
  utkface: async () => (await import("../experiments/utkface.ts")).utkface,
  own_images: async () => (await import("../experiments/own_images.ts")).ownImages,
  own_labels: async () => (await import("../experiments/own_labels.ts")).ownLabels,
  walkthrough: async () => (await import("../experiments/walkthrough.ts")).walkthrough,
};

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
  const word = onlyWord(task, { what: "experiment", usage });
  const name = findName(Object.keys(EXPERIMENTS), word, "experiment");
  return { name, load: EXPERIMENTS[name]! };
}
