import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { PROJECT } from "../chain/student_record.ts";
import { manifestFor } from "../testing/manifests.ts";
import { directNeeds, slurmScripts, submit } from "./slurm.ts";

const MANIFEST = manifestFor([
  { id: "teacher-1", title: "teacher VGG11 on toy, seed 1", memory: 2.3e9 },
  { id: "cgan-1", title: "cGAN BigGAN on toy", memory: 5e9 },
  { id: "extractor-1", title: "extractor VGG11 on toy, seed 1", held: true },
  { id: "student-1", title: "student VGG11 on toy, NOKD, seed 1", memory: 1e9 },
  { id: "fakes-1", title: "fakes of toy", needs: ["cgan-1", "extractor-1"] },
  { id: "student-2", title: "student VGG11 on toy, BLKD, seed 1", needs: ["teacher-1"] },
  {
    id: "student-3",
    title: "student VGG11 on toy, cGAN-KD, seed 1",
    needs: ["teacher-1", "cgan-1", "extractor-1", "fakes-1"],
  },
]);
const OPTIONS = { folder: "/scratch/my sweep", program: "/opt/deno" };

Deno.test("slurmScripts() writes one array a level of what is not in the store", () => {
  const scripts = slurmScripts(MANIFEST, {
    ...OPTIONS,
    sbatch: "--partition=gpu --account=vision",
  });
  assert.deepEqual(scripts.map(({ name, ids }) => [name, ids]), [
    ["cifar10-smoke-toy-L0", ["teacher-1", "cgan-1", "student-1"]],
    ["cifar10-smoke-toy-L1", ["fakes-1", "student-2"]],
    ["cifar10-smoke-toy-L2", ["student-3"]],
  ]);
  assert.equal(
    scripts[0]!.text,
    `#!/bin/bash
#SBATCH --job-name=cifar10-smoke-toy-L0
#SBATCH --array=0-2%8
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --signal=B:USR1@180
#SBATCH --time=1-00:00:00
#SBATCH --cpus-per-task=4
#SBATCH --mem=9G
#SBATCH --gres=gpu:1
#SBATCH --chdir=${PROJECT}
#SBATCH --output=${join(OPTIONS.folder, "logs", "cifar10-smoke-toy-L0-%a.log")}
#SBATCH --partition=gpu
#SBATCH --account=vision

stages=(
  teacher-1  # teacher VGG11 on toy, seed 1
  cgan-1  # cGAN BigGAN on toy
  student-1  # student VGG11 on toy, NOKD, seed 1
)
export TF_NUM_INTRAOP_THREADS=\${SLURM_CPUS_PER_TASK:-1} NO_COLOR=1

/opt/deno run --quiet --allow-all lib/cli/sweep.ts work '/scratch/my sweep' \\
  "\${stages[SLURM_ARRAY_TASK_ID]}" &
worker=$!
# TERM: pre-empted or cancelled. USR1: 180 s before the time limit. The worker writes its checkpoint and ends.
is_late=
trap 'kill -TERM "$worker" 2>/dev/null' TERM
trap 'is_late=yes; kill -TERM "$worker" 2>/dev/null' USR1
while :; do
  wait "$worker"
  code=$?
  kill -0 "$worker" 2>/dev/null || break
done
# Whoever waits for this job goes on waiting while it goes on in a new one.
if [ -n "$is_late" ] && [ "$code" -ne 0 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" && sleep 60
fi
exit "$code"
`,
  );
});

Deno.test("slurmScripts() asks for what it is told: no GPU, processors, memory, time, how many at once", () => {
  const [first] = slurmScripts(MANIFEST, {
    ...OPTIONS,
    gpus: 0,
    cpus: 1,
    memory: 3,
    atOnce: 2,
    time: "20:00",
  });
  assert.doesNotMatch(first!.text, /gres/);
  for (const wanted of ["--cpus-per-task=1", "--mem=3G", "--array=0-2%2", "--time=20:00"]) {
    assert.ok(first!.text.includes(`#SBATCH ${wanted}\n`), wanted);
  }
});

Deno.test("submit() lets an array wait for exactly those jobs that its own need: a failed student stops nobody", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const scripts = slurmScripts(MANIFEST, { ...OPTIONS, folder });
    const lines = await submit(scripts, { folder, isDry: true });
    const at = (level: number) => join(folder, `cifar10-smoke-toy-L${level}.sh`);
    const job = (level: number, index: number) => `<cifar10-smoke-toy-L${level}>_${index}`;
    assert.deepEqual(lines, [
      `sbatch --parsable ${at(0)}`,
      `sbatch --parsable --dependency=afterok:${job(0, 1)}:${job(0, 0)} ${at(1)}`,
      `sbatch --parsable --dependency=afterok:${job(0, 0)}:${job(1, 0)} ${at(2)}`,
    ]);
    assert.equal(await Deno.readTextFile(at(2)), scripts[2]!.text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("directNeeds() leaves out what others need already, and what is there", () => {
  const open = new Map(MANIFEST.stages.filter(({ held }) => !held).map((one) => [one.id, one]));
  assert.deepEqual(directNeeds(open.get("student-3")!, open), ["teacher-1", "fakes-1"]);
  assert.deepEqual(directNeeds(open.get("fakes-1")!, open), ["cgan-1"]);
});
