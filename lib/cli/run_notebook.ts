/** Runs a notebook headless through nbclient and shows live what its cells print and draw. */
import { basename, dirname, join } from "node:path";
import { OPENED_SETS, unpublishedSets } from "../base/disk/opened_sets.ts";
import { exists, removeAbandoned, writeTextAtomically } from "../setup/files.ts";
import { ownJupyterFolder } from "../setup/jupyter_kernel.ts";
import { pythonSite } from "../setup/python_site.ts";
import { type Terminal, terminal } from "../setup/terminal.ts";
import { makeWritableFolder } from "../setup/writable_folder.ts";
import {
  declareParameters,
  figuresOf,
  markUnpublished,
  missingOutputs,
  type Notebook,
  type NotebookParameters,
  parseNotebook,
  secondsOfCell,
  titleOfCell,
} from "./notebook_file.ts";

/** What to run, and where results go. */
export interface NotebookRun {
  /** The notebook's file. */
  readonly path: string;
  readonly parameters: NotebookParameters;
  /** The project's `results/`. */
  readonly results: string;
  /** Environment of the kernel, beside that of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface NotebookOutcome {
  /** 0: every cell ran and its outputs are there; 1: not so; 130: stopped. */
  readonly code: number;
  /** The executed copy; undefined when there is none. */
  readonly copy?: string;
  /** Folder of its figures; undefined when there are none. */
  readonly figures?: string;
  /** Data sets that it opened whose pictures must not be published: copy and figures are kept out of version control. */
  readonly unpublished: readonly string[];
}

/** Folder of `results/` that git ignores. */
const UNPUBLISHED = "unpublished";

/** One line of `run_notebook.py`. */
type RunEvent =
  | { readonly event: "cell"; readonly index: number }
  | { readonly event: "stream"; readonly stream: string; readonly text: string }
  | { readonly event: "display"; readonly text: string; readonly live: boolean }
  | { readonly event: "failed"; readonly name: string; readonly value: string }
  | { readonly event: "stopping" | "done" };

/**
 * Runs a notebook. The executed copy goes to `results/<notebook>/<preset>/<notebook>.ipynb` (with a setting:
 * `<preset>_<setting>`), its pictures to `figures/` beside it; both to `results/unpublished/<notebook>/...`, which git
 * ignores, where a cell opened a data set whose pictures must not be published. A run that failed leaves both as they are
 * and writes `<notebook>.failed.ipynb`.
 * SIGINT interrupts the running cell, which saves what it has; a second one ends everything.
 */
export async function runNotebook(run: NotebookRun): Promise<NotebookOutcome> {
  const name = basename(run.path, ".ipynb");
  const { preset, setting } = run.parameters;
  const inside = join(name, setting === undefined ? preset : `${preset}_${setting}`);
  const published = join(run.results, inside);
  const heldBack = join(run.results, UNPUBLISHED, inside);
  const notebook = declareParameters(
    parseNotebook(await Deno.readTextFile(run.path), run.path),
    run.parameters,
  );
  const earlier = await readFirst([heldBack, published].map((at) => join(at, `${name}.ipynb`)));
  // Which one it will be is known when the data sets are open; whether it can be written, before.
  await makeWritableFolder(published);
  const temporary = await Deno.makeTempDir({ prefix: "cgan-kd-notebook-" });
  try {
    const [input, output] = [join(temporary, "input.ipynb"), join(temporary, "output.ipynb")];
    await Deno.writeTextFile(input, JSON.stringify(notebook));
    const opened = join(temporary, "opened_sets.jsonl");
    const code = await execute(run, { notebook, earlier, input, output, opened, temporary });
    const unpublished = await unpublishedSets(opened);
    if (!await exists(output)) return { code: code || 1, unpublished };
    const written = await Deno.readTextFile(output);
    const executed = parseNotebook(written, output);
    const text = unpublished.length === 0
      ? written
      : JSON.stringify(markUnpublished(executed, unpublished), null, 1);
    const folder = unpublished.length === 0 ? published : heldBack;
    await makeWritableFolder(folder);
    const copy = join(folder, `${name}.ipynb`);
    const failedCopy = join(folder, `${name}.failed.ipynb`);
    const problems = code === 0 ? missingOutputs(executed) : [];
    for (const problem of problems) console.error(`Missing: ${problem}`);
    if (code !== 0 || problems.length > 0) {
      await writeTextAtomically(failedCopy, text);
      return { code: code || 1, copy: failedCopy, unpublished };
    }
    const figures = await writeFigures(executed, join(folder, "figures"));
    await writeTextAtomically(copy, text);
    await Deno.remove(failedCopy).catch(() => {});
    return { code, copy, figures, unpublished };
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    // What it was made for, where another one was written.
    for (const folder of [published, dirname(published)]) await Deno.remove(folder).catch(() => {});
  }
}

/** The first notebook of these that is there. */
async function readFirst(paths: readonly string[]): Promise<Notebook | undefined> {
  for (const path of paths) {
    if (await exists(path)) return parseNotebook(await Deno.readTextFile(path), path);
  }
  return undefined;
}

interface Execution {
  readonly notebook: Notebook;
  readonly earlier?: Notebook;
  readonly input: string;
  readonly output: string;
  /** Where the kernel tells which data sets it opened. */
  readonly opened: string;
  readonly temporary: string;
}

async function execute(run: NotebookRun, execution: Execution): Promise<number> {
  const { notebook, earlier, input, output, opened, temporary } = execution;
  const { python, folder } = await pythonSite();
  const script = join(import.meta.dirname!, "run_notebook.py");
  const child = new Deno.Command(python, {
    args: [script, input, output, dirname(run.path), "deno"],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: {
      ...run.env,
      [OPENED_SETS]: opened,
      PYTHONPATH: folder,
      PYTHONDONTWRITEBYTECODE: "1",
      JUPYTER_PATH: ownJupyterFolder(),
      JUPYTER_RUNTIME_DIR: join(temporary, "runtime"),
    },
  }).spawn();
  // A terminal sends SIGINT to the child as well; anyone else sends it to this process only.
  const pass = () => {
    if (!Deno.stderr.isTerminal()) child.kill("SIGINT");
  };
  const end = () => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", pass);
  Deno.addSignalListener("SIGTERM", end);
  const view = liveView({ notebook, earlier, out: terminal() });
  try {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) view(JSON.parse(line) as RunEvent);
    }
    const { code } = await child.status;
    return code === 3 ? 130 : code;
  } finally {
    Deno.removeSignalListener("SIGINT", pass);
    Deno.removeSignalListener("SIGTERM", end);
  }
}

/** What {@link liveView} needs. */
export interface LiveViewOptions {
  readonly notebook: Notebook;
  /** An executed copy of an earlier run: its times tell how long the rest will take. */
  readonly earlier?: Notebook;
  readonly out: Terminal;
}

/**
 * Turns events into lines: a header for each cell, text outputs as they are, progress displays as one
 * line that is overwritten, with a line that stays for each finished stage.
 */
export function liveView({ notebook, earlier, out }: LiveViewOptions): (event: RunEvent) => void {
  const codeCells = [...notebook.cells.entries()].filter(([, cell]) => cell.cell_type === "code");
  const start = performance.now();
  const finished = new Set<string>();
  let title = "";
  return (event) => {
    switch (event.event) {
      case "cell": {
        const position = codeCells.findIndex(([index]) => index === event.index) + 1;
        const next = titleOfCell(notebook, event.index);
        const head = `[${position}/${codeCells.length}] ${next}`;
        const left = remainingText(notebook, { earlier, from: event.index });
        const spent = durationText((performance.now() - start) / 1000);
        if (next === title) out.progress(head);
        else out.line(`${head} (${spent} so far${left})`);
        title = next;
        break;
      }
      case "stream":
        for (const line of event.text.trimEnd().split("\n")) out.line(`  ${line}`);
        break;
      case "display":
        if (event.live) showProgress(event.text, { finished, out });
        else if (event.text.trim() !== "") {
          for (const line of event.text.trimEnd().split("\n")) out.line(`  ${line}`);
        }
        break;
      case "failed":
        out.line(`Failed: ${title}: ${event.name}: ${event.value}`);
        break;
      case "stopping":
        out.line("Stopping: the running cell saves what it has. Once more ends it at once.");
        break;
      case "done":
        out.clear();
    }
  };
}

function showProgress(
  text: string,
  { finished, out }: { finished: Set<string>; out: Terminal },
): void {
  let running = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith("✓")) running = line;
    else if (!finished.has(line)) {
      finished.add(line);
      out.line(`  ${line}`);
    }
  }
  if (running !== "") out.progress(`  ${running}`);
}

/** For instance ", about 3 min left as in the last run"; empty without an earlier run. */
function remainingText(
  notebook: Notebook,
  { earlier, from }: { earlier?: Notebook; from: number },
): string {
  if (earlier === undefined || earlier.cells.length !== notebook.cells.length) return "";
  const seconds = earlier.cells.slice(from).reduce(
    (sum, cell) => sum + (secondsOfCell(cell) ?? 0),
    0,
  );
  return `, the last run took ${durationText(seconds)} from here`;
}

function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round(whole % 3600 / 60)} min`;
}

/** Replaces the figures of an earlier run as a whole. */
async function writeFigures(notebook: Notebook, folder: string): Promise<string | undefined> {
  const figures = figuresOf(notebook);
  await removeAbandoned(folder);
  const partial = `${folder}.partial-${Deno.pid}`;
  await Deno.mkdir(partial, { recursive: true });
  for (const { name, content } of figures) {
    if (typeof content === "string") await Deno.writeTextFile(join(partial, name), content);
    else await Deno.writeFile(join(partial, name), content);
  }
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  if (figures.length === 0) {
    await Deno.remove(partial, { recursive: true });
    return undefined;
  }
  await Deno.rename(partial, folder);
  return folder;
}
