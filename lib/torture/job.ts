/** What a process under siege does, and what it says while it does it. */
import type { ProgressEvent } from "../base/progress.ts";
import type { Death } from "./fragile_disk.ts";

/** Kinds of work, from the smallest; each ends with files that are compared. */
export type Work =
  /** Makes a folder of set-up, as TensorFlow's is made. */
  | "set-up"
  /** Decodes JPEGs into a prepared file. */
  | "decoding"
  /** A stage with checkpoints, a pool of fakes, records and publishing, without TensorFlow. */
  | "store"
  /** Every stage of the chain at its smallest, with records and publishing. */
  | "chain";

/** Folder of what a work makes, within that of its job. */
export const MADE = "made";

/** The work of one process. */
export interface Job {
  readonly work: Work;
  /** Where it may write: what it makes goes to the folder `MADE` in it. */
  readonly folder: string;
  /** Changes of the chain's specification beside those of the smallest run. */
  readonly changes?: Readonly<Record<string, string>>;
  /** Students of the chain, by their cells. */
  readonly cells?: string;
  /** Where the process dies by itself. */
  readonly death?: Death;
  /** Bytes that the disk takes from this process before it is full; default: all. */
  readonly capacity?: number;
  /** How many times too fast its clock runs: a checkpoint is due after a minute of it. Default: 1. */
  readonly haste?: number;
  /** Locks that the file system refuses, with this message. */
  readonly noLocks?: string;
}

/** A line of what it says. */
export type Said =
  & Pick<ProgressEvent, "stage" | "step" | "total" | "state">
  & Partial<Pick<ProgressEvent, "remark">>
  & {
    /** Bytes that the process holds in memory. */
    readonly memory?: number;
    /** Tensors that are alive. */
    readonly tensors?: number;
  };

/** Its last line, when it came to the end. */
export interface Finished {
  readonly finished: true;
  /** Operations on the disk; see `watchDisk`. */
  readonly operations: number;
}
