/** What is asked of a run, and what it is planned to be, before anything of it is opened. */
import type { Store } from "../base/disk/store.ts";
import type { Experiment, Preset } from "../experiments/specification/experiment.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import type { Session } from "./session.ts";

/** Choices of whoever runs an experiment; only `preset`, `changes` and `seeds` decide results. */
export interface RunOptions {
  /** Default: "quick". */
  readonly preset?: string;
  /** Default: the first of the preset. */
  readonly setting?: string;
  /** How many seeds: the first ones of the preset, and more from its last on. Default: those of the preset. */
  readonly seeds?: number;
  /** Dotted paths of the specification and JSON values, such as {"synthesis.fakes": "2000"}. */
  readonly changes?: Readonly<Record<string, string>>;
  /** Make everything again that this machine made; published parts too when "all". */
  readonly fresh?: boolean | "all";
  /** Only students whose "student, method" holds it count in the estimate of preset "paper". */
  readonly cells?: string;
  /** Progress and the Stop button; silent and unstoppable without. */
  readonly session?: Session;
  /** Folder of records, stage results and figures; default: `results/` of the project. */
  readonly results?: string;
  /** Stage results, where several runs share what `fresh` makes again; default: a store of its own in `results`. */
  readonly store?: Store;
  /**
   * The parameters as the page has them now, such as `() => ({ preset, setting, changes })`: a run that was opened with
   * others is refused.
   */
  readonly page?: () => Readonly<Record<string, unknown>>;
}

/** One setting of an experiment as it will run, resolved and checked; see `planRuns`. */
export interface PlannedRun {
  /** What runs. */
  readonly experiment: Experiment;
  /** One of its presets. */
  readonly preset: Preset;
  /** One of the preset's settings. */
  readonly setting: string;
  /** Of the preset at the setting, with the changes. */
  readonly specification: Specification;
  /** Dotted paths of the specification that were changed, and their values. */
  readonly changes: Readonly<Record<string, string>>;
  /** What the experiment's rule gave for the images, likewise; absent before they are known. */
  readonly byRule?: Readonly<Record<string, string>>;
}
