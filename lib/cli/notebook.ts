/** `deno task notebook NAME [--preset P] [--setting NAME] [--fresh] [key=value ...]`: runs a notebook headless. */
import { join, relative } from "node:path";
import { projectFolder } from "../setup/folders.ts";
import { NOTEBOOK_RUNNER, setUp, type Shortfall } from "../setup/set_up.ts";
import {
  findName,
  onlyWord,
  parseTask,
  type TaskArguments,
  type TaskOptions,
} from "./arguments.ts";
import { runMain } from "./main.ts";
import type { NotebookParameters } from "./notebook_file.ts";
import { runNotebook } from "./run_notebook.ts";

const USAGE =
  "deno task notebook NAME [--preset smoke|quick|desk|paper] [--setting NAME] [--fresh] " +
  "[key=value ...]";

/** Options of the tasks that run a notebook. */
export const NOTEBOOK_OPTIONS = {
  preset: { type: "string", default: "quick" },
  setting: { type: "string" },
  fresh: { type: "boolean" },
} as const satisfies TaskOptions;

/** A notebook's parameters, from a command line with {@link NOTEBOOK_OPTIONS}. */
export function notebookParameters({ values, changes }: TaskArguments): NotebookParameters {
  return {
    preset: values.preset as string,
    setting: values.setting as string | undefined,
    fresh: values.fresh === true,
    changes,
  };
}

const NOTEBOOKS = join(projectFolder(), "notebooks");

/** Those that there are, without ".ipynb". */
async function notebookNames(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(NOTEBOOKS)).catch(() => []);
  return entries.flatMap(({ name }) =>
    name.endsWith(".ipynb") ? [name.replace(/\.ipynb$/, "")] : []
  ).sort();
}

/** Runs `notebooks/*NAME*.ipynb` and says where its results are; returns the exit code. */
export async function runNamedNotebook(
  word: string,
  parameters: NotebookParameters,
): Promise<number> {
  const name = findName(await notebookNames(), word, "notebook");
  console.error(`Running notebooks/${name}.ipynb at preset "${parameters.preset}"`);
  const outcome = await runNotebook({
    path: join(NOTEBOOKS, `${name}.ipynb`),
    parameters,
    results: join(projectFolder(), "results"),
  });
  const show = (path: string) => relative(Deno.cwd(), path);
  if (outcome.code === 0) console.log("Every cell ran.");
  if (outcome.code === 130) console.log("Stopped. The same command goes on from what was saved.");
  if (outcome.unpublished.length > 0) {
    console.log(
      `Pictures of ${
        outcome.unpublished.join(", ")
      } must not be published: git ignores the folder below.`,
    );
  }
  if (outcome.copy !== undefined) console.log(`Notebook with outputs: ${show(outcome.copy)}`);
  if (outcome.figures !== undefined) console.log(`Figures: ${show(outcome.figures)}`);
  return outcome.code;
}

/**
 * Throws the error of set-up where it could not get what runs notebooks.
 *
 * @throws {SetUpError} As set-up had it.
 */
export function needNotebookRunner(shortfalls: readonly Shortfall[]): void {
  const missing = shortfalls.find(({ title }) => title === NOTEBOOK_RUNNER);
  if (missing !== undefined) throw missing.error;
}

if (import.meta.main) {
  await runMain(async () => {
    const task = parseTask(Deno.args, {
      usage: USAGE,
      options: NOTEBOOK_OPTIONS,
    });
    const known = await notebookNames();
    const word = findName(
      known,
      onlyWord(task, { what: "notebook", usage: USAGE, known }),
      "notebook",
    );
    needNotebookRunner(await setUp());
    return await runNamedNotebook(word, notebookParameters(task));
  });
}
