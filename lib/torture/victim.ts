/** A process under siege: does its job (the first word, as JSON) and tells of it line by line. */
import { join } from "../base/disk/path.ts";
import { residentBytes } from "../base/memory.ts";
import { watchDisk } from "./fragile_disk.ts";
import { type Finished, type Job, MADE, type Said } from "./job.ts";

const job = JSON.parse(Deno.args[0]!) as Job;
const { haste = 1, noLocks } = job;
const made = join(job.folder, MADE);

if (haste !== 1) {
  const now = performance.now.bind(performance);
  performance.now = () => now() * haste;
}
if (noLocks !== undefined) {
  Deno.FsFile.prototype.tryLock = () => Promise.reject(new Error(noLocks));
}
const disk = watchDisk(made, job);

/** Says a line at once: what is still on its way when the process dies was not said. */
function say(line: Said | Finished): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

/** Tells of work that has no progress of its own. */
function tell(stage: string, step: number, total: number): void {
  say({ stage, step, total, state: step === total ? "done" : "training" });
}

const WORKS: Record<Job["work"], () => Promise<void>> = {
  async "set-up"() {
    const { makeToyFolder } = await import("./works/set_up.ts");
    await makeToyFolder(made, tell);
  },
  async decoding() {
    const { decodeFaces } = await import("./works/decoding.ts");
    await decodeFaces({ given: join(job.folder, "given"), made }, say);
  },
  async store() {
    const { fillStore } = await import("./works/store.ts");
    await fillStore(made, tell);
  },
  async chain() {
    const { runChain } = await import("./works/chain.ts");
    const { tf } = await import("../base/tf.ts");
    const { changes = {}, cells } = job;
    await runChain({ results: join(made, "results"), changes, cells }, (said) => {
      const { stage, step, total, state, remark } = said;
      const memory = residentBytes("VmRSS");
      const { numTensors: tensors } = tf.memory();
      say({ stage, step, total, state, ...(remark && { remark }), memory, tensors });
    });
  },
};

await WORKS[job.work]();
say({ finished: true, operations: disk.operations });
// Nothing that is left in the event loop may keep it.
Deno.exit(0);
