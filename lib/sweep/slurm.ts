/** A sweep as job arrays of Slurm: one array a level, chained by dependencies on exactly the jobs that it needs. */
import { makeFolder, writeTextAtomically } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import { PROJECT } from "../chain/student_record.ts";
import type { Manifest, ManifestStage } from "./manifest.ts";

/** What every job asks Slurm for. */
export interface SlurmOptions {
  /** GPUs of a job; default: 1. */
  readonly gpus?: number;
  /** Processors of a job; default: 4. */
  readonly cpus?: number;
  /** How many jobs of an array run at once; default: 8. */
  readonly atOnce?: number;
  /** Time limit as `sbatch --time` takes it; default: a day. A job that reaches it goes on in the next. */
  readonly time?: string;
  /** Memory of a job in GB; default: what was measured and 4 more, else 16. */
  readonly memory?: number;
  /** Further options of `sbatch`, such as "--partition=gpu --account=vision". */
  readonly sbatch?: string;
}

/** A script that `sbatch` takes, and what it waits for. */
export interface SlurmScript {
  /** For the queue and the file. */
  readonly name: string;
  /** Names of the stages that its jobs make, by their index in the array. */
  readonly ids: readonly string[];
  /** Stages of earlier arrays that its jobs need. */
  readonly needs: readonly string[];
  /** The text. */
  readonly text: string;
}

/** Seconds before its end at which Slurm warns a job: the longest step and a checkpoint must fit in. */
const WARNING = 180;

/**
 * One job array for each setting and level that has stages left, lowest first. Students that fail stop nobody: an array
 * waits for exactly those jobs that its own need.
 *
 * @param options.folder Of the sweep; jobs and the one who submits see it under one name.
 * @param options.program Deno's binary, as the jobs' machines find it.
 */
export function slurmScripts(
  manifest: Manifest,
  options: SlurmOptions & { readonly folder: string; readonly program: string },
): SlurmScript[] {
  const arrays = new Map<string, ManifestStage[]>();
  for (const stage of manifest.stages.filter(({ held }) => !held)) {
    const key = `${stage.setting}-L${stage.level}`;
    arrays.set(key, [...arrays.get(key) ?? [], stage]);
  }
  const open = new Map(
    manifest.stages.filter(({ held }) => !held).map((stage) => [stage.id, stage]),
  );
  return [...arrays].map(([key, stages]) => {
    const name = `${manifest.experiment}-${manifest.preset}-${key}`.replaceAll(/[^\w.-]+/g, "_");
    const needs = new Set(stages.flatMap((stage) => directNeeds(stage, open)));
    return {
      name,
      ids: stages.map(({ id }) => id),
      needs: [...needs],
      text: scriptText(name, stages, options),
    };
  });
}

/** Of the stages that one needs, those that no other of them needs. */
export function directNeeds(
  { needs }: Pick<ManifestStage, "needs">,
  open: ReadonlyMap<string, Pick<ManifestStage, "needs">>,
): string[] {
  const left = needs.filter((need) => open.has(need));
  const indirect = new Set(left.flatMap((need) => open.get(need)!.needs));
  return left.filter((need) => !indirect.has(need));
}

function scriptText(
  name: string,
  stages: readonly ManifestStage[],
  { folder, program, ...asked }: SlurmOptions & {
    readonly folder: string;
    readonly program: string;
  },
): string {
  const { gpus = 1, cpus = 4, atOnce = 8, time = "1-00:00:00", sbatch = "" } = asked;
  const measured = Math.max(...stages.map(({ memory = NaN }) => memory));
  const memory = asked.memory ?? (Number.isNaN(measured) ? 16 : Math.ceil(measured / 1e9) + 4);
  const further = sbatch.split(/\s+(?=-)/).filter((option) => option !== "");
  const directives = [
    `--job-name=${name}`,
    `--array=0-${stages.length - 1}%${atOnce}`,
    "--requeue",
    "--open-mode=append",
    "--kill-on-invalid-dep=yes",
    `--signal=B:USR1@${WARNING}`,
    `--time=${time}`,
    `--cpus-per-task=${cpus}`,
    `--mem=${memory}G`,
    ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
    `--chdir=${PROJECT}`,
    `--output=${join(folder, "logs", `${name}-%a.log`)}`,
    ...further,
  ];
  return `#!/bin/bash
${directives.map((directive) => `#SBATCH ${directive}`).join("\n")}

stages=(
${stages.map(({ id, title }) => `  ${id}  # ${title}`).join("\n")}
)
export TF_NUM_INTRAOP_THREADS=\${SLURM_CPUS_PER_TASK:-1} NO_COLOR=1

${quoted(program)} run --quiet --allow-all lib/cli/sweep.ts work ${quoted(folder)} \\
  "\${stages[SLURM_ARRAY_TASK_ID]}" &
worker=$!
# TERM: pre-empted or cancelled. USR1: ${WARNING} s before the time limit. The worker writes its checkpoint and ends.
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
`;
}

/**
 * Writes the scripts beside the manifest and hands them to `sbatch`, each with its dependencies.
 *
 * @param options.isDry Writes them only.
 * @returns What to tell a user, a line each.
 * @throws {Error} `sbatch` is not there or refused a script; says what it said.
 */
export async function submit(
  scripts: readonly SlurmScript[],
  { folder, isDry }: { readonly folder: string; readonly isDry: boolean },
): Promise<string[]> {
  await makeFolder(join(folder, "logs"));
  const jobs = new Map<string, string>();
  const lines: string[] = [];
  for (const { name, ids, needs, text } of scripts) {
    const path = join(folder, `${name}.sh`);
    await writeTextAtomically(path, text);
    const job = isDry ? `<${name}>` : undefined;
    const known = needs.map((need) => jobs.get(need)).filter((one) => one !== undefined);
    const options = known.length === 0 ? [] : [`--dependency=afterok:${known.join(":")}`];
    const command = ["sbatch", "--parsable", ...options, path];
    const id = job ?? await sbatch(command.slice(1));
    ids.forEach((stage, index) => jobs.set(stage, `${id}_${index}`));
    lines.push(
      isDry
        ? command.join(" ")
        : `job ${id}: ${ids.length} stages, ${path}${
          known.length === 0 ? "" : `, after ${known.join(", ")}`
        }`,
    );
  }
  return lines;
}

async function sbatch(args: readonly string[]): Promise<string> {
  let output;
  try {
    output = await new Deno.Command("sbatch", { args: [...args], cwd: PROJECT }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      'Cannot submit to Slurm: found no program "sbatch" on the path; log in where Slurm is, or write the scripts only ' +
        "with --dry-run",
    );
  }
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes).trim()
  );
  if (!output.success) {
    throw new Error(
      `Cannot submit "${args.at(-1)}": sbatch says "${stderr}"; give what this site wants by ` +
        '--sbatch "--partition=... --account=...", earlier arrays are in the queue',
    );
  }
  // "123", or "123;cluster".
  return stdout!.split(";")[0]!;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
