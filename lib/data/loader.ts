/** What a data set is to the rest of the chain before it is loaded: a title, its options, a way to load it. */
import type * as v from "valibot";
import type { Dataset } from "../base/contracts.ts";
import type { Frozen, Group } from "../base/options/options.ts";
import type { ProgressSink } from "../base/progress.ts";

/** Who watches a data set being downloaded, decoded or drawn at its first use, which can take minutes. */
export interface LoaderWatch {
  readonly progress?: ProgressSink;
  /** Stops between two images; nothing half-made is left. */
  readonly signal?: AbortSignal;
}

/** What to load. */
export interface LoadRequest<Schema extends Group = Group> extends LoaderWatch {
  /** One of the experiment's settings, such as "C-10K"; sets that have but one take any. */
  readonly setting: string;
  /** Checked, and with the standard value of each option that a specification leaves out. */
  readonly options: Frozen<v.InferOutput<Schema>>;
}

/**
 * A data set that can be loaded; each is one line of the registry.
 *
 * All that an option changes must change `Dataset.checksum`, which stands for the data in the key of every stage.
 */
export interface DatasetLoader<Schema extends Group = Group> {
  /** For people, such as "UTKFace". */
  readonly title: string;
  /** What a specification may say beside the name, all of it optional: `{ "name": "utkface", "copies": "first" }`. */
  readonly options: Schema;
  /**
   * @throws {RangeError} An unknown setting, or files that cannot be used.
   */
  load(request: LoadRequest<Schema>): Promise<Dataset>;
}
