/** A trained network by its name in the store, ready to predict: a student that left its run. */
import { checkArgument, checkText } from "../base/check_argument.ts";
import { lookUp } from "../base/check.ts";
import { Store } from "../base/disk/store.ts";
import { rngOf } from "../base/rng.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { NETWORKS } from "../registry.ts";
import { type NetworkNotes, OWN, splitRoles, type StoredTask } from "./stages/stored_network.ts";

/** A network with what its input and its outputs mean. */
export interface StoredStudent {
  /** Name of the result, such as "student-df58fa673a3279a6". */
  readonly id: string;
  /** The network, such as "VGG11". */
  readonly title: string;
  /** With the trained weights; the caller frees it by `network.parameters.dispose()`. */
  readonly network: Network;
  /** What its outputs mean. */
  readonly task: StoredTask;
  /** Height and width of its input in pixels. */
  readonly imageSize: number;
  /** Constants of its input. */
  readonly normalisation: Normalisation;
  /** Its error on the test set when it was trained. */
  readonly test: number;
}

/**
 * Opens a trained network: a student, a teacher or an assistant.
 *
 * @param name As in a record under `stages`, or the beginning of it where no other begins so.
 * @throws {RangeError} There is none, or more than one; says how to list them.
 * @throws {TypeError} It is no network, or an older version kept it without its labels.
 */
export async function openStudent(store: Store, name: string): Promise<StoredStudent> {
  checkArgument("openStudent()", store, {
    want: "a store, such as run.context.store",
    fits: (value) => value instanceof Store,
  });
  checkText("openStudent()", name, "the name of a network, as in a record under stages");
  const id = await fullName(store, name);
  const artifact = (await store.find(id))!;
  const { network, options } = (artifact.key.specification ?? {}) as {
    network?: string;
    options?: {
      outputs: number;
      head: "classification" | "regression";
      imageSize: number;
      width: number;
    };
  };
  const own = splitRoles(artifact.arrays)[OWN];
  if (network === undefined || options === undefined || own === undefined) {
    throw new TypeError(
      `Cannot predict with "${id}": it is no trained network, want a student or a teacher`,
    );
  }
  const { task, normalisation, test } = artifact.notes as unknown as NetworkNotes;
  if (task === undefined) {
    throw new TypeError(
      `Cannot predict with "${id}": an older version kept it without its labels; train it again with --fresh`,
    );
  }
  const family = lookUp(NETWORKS, network, "network");
  const built = family.build({ ...options, rng: rngOf(0) });
  built.parameters.write(own);
  const { title } = family;
  const { imageSize } = options;
  return { id, title, network: built, task, imageSize, normalisation, test };
}

async function fullName(store: Store, name: string): Promise<string> {
  const found = new Set<string>();
  for (const root of [store.work, store.published]) {
    if (root === undefined) continue;
    try {
      for await (const entry of Deno.readDir(root)) {
        if (entry.name === name || (name !== "" && entry.name.startsWith(name))) {
          if (await store.has(entry.name)) found.add(entry.name);
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  if (found.has(name)) return name;
  if (found.size === 1) return [...found][0]!;
  const what = found.size === 0 ? "found none" : `found ${[...found].sort().join(", ")}`;
  throw new RangeError(
    `Cannot find the network "${name}": ${what}, want one; "deno task predict" lists the students on this machine`,
  );
}
