/**
 * Trains two steps of every kind and prints a line of JSON for each: a hash of all that the steps leave, and the kernels
 * that they ran. A process of its own, since the number of threads is read once.
 */
import { createHash } from "node:crypto";
import { startWatching } from "../../bench/kernels/watch.ts";
import type { TrainedState } from "./kind.ts";
import { trainingKinds } from "./kinds.ts";

/** What it prints of a kind. */
export interface KindReport {
  readonly name: string;
  /** Of the bits of weights, running statistics and slots of optimisers. */
  readonly bits: string;
  /** In TensorFlow's registry, sorted. */
  readonly kernels: readonly string[];
}

function bitsOf(state: TrainedState): string {
  const hash = createHash("sha256");
  for (const [role, arrays] of Object.entries(state)) {
    for (const [name, { values }] of Object.entries(arrays)) {
      hash.update(`${role}/${name}`).update(new Uint8Array(values.slice().buffer));
    }
  }
  return hash.digest("hex");
}

if (import.meta.main) {
  for (const { name, run } of trainingKinds()) {
    const kernels = new Set<string>();
    const stop = startWatching((call) => kernels.add(call.name));
    const report: KindReport = { name, bits: bitsOf(await run()), kernels: [...kernels].sort() };
    stop();
    console.log(JSON.stringify(report));
  }
  // The backend's threads would keep the process alive.
  Deno.exit(0);
}
