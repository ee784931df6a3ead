/**
 * `deno task browser [FOLDER]`: the walk-through at preset smoke in a real JupyterLab in headless Chromium: Run All, a
 * Stop in the middle, a misspelt option, both themes. Screenshots go to the folder.
 *
 * Wants `jupyter` (JupyterLab 4.6.6 from PyPI) and `chromium` on the PATH, and is in no share of CI.
 */
import { join } from "node:path";
// Only this task needs it, and it is not to be installed for the others.
// deno-lint-ignore no-import-prefix
import type { Page } from "npm:playwright-core@1.56.1";
import { absolutePath, projectFolder } from "../setup/folders.ts";
import { ownJupyterFolder } from "../setup/jupyter_kernel.ts";
import { parseTask } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task browser [FOLDER]";

const NAME = "browser.ipynb";
const PORT = 18888;
const MINUTES = 60_000;

if (import.meta.main) {
  await runMain(async () => {
    const { words } = parseTask(Deno.args, { usage: USAGE, options: {} });
    if (words.length > 1) {
      throw new UsageError(`Cannot use "${words[1]}": want one folder\nUsage: ${USAGE}`);
    }
    const [folder] = words;
    await lookAtLab(
      folder === undefined
        ? await Deno.makeTempDir({ prefix: "cgan-kd-browser-" })
        : absolutePath(folder),
    );
  });
}

/** Runs the walk-through in JupyterLab; screenshots go to a folder. */
async function lookAtLab(shots: string): Promise<void> {
  // After the command line was checked: it comes from npm.
  // deno-lint-ignore no-import-prefix
  const { chromium } = await import("npm:playwright-core@1.56.1");
  await Deno.mkdir(shots, { recursive: true });
  const settings = await Deno.makeTempDir();
  // Beside the others, since its imports are relative to it.
  const path = join(projectFolder(), "notebooks", NAME);
  const text = await Deno.readTextFile(join(projectFolder(), "notebooks/00_walkthrough.ipynb"));
  await Deno.writeTextFile(path, text.replace('preset = \\"quick\\"', 'preset = \\"smoke\\"'));
  const server = new Deno.Command("jupyter", {
    args: [
      "lab",
      "--no-browser",
      "--allow-root",
      "--LabApp.expose_app_in_browser=True",
      "--LabApp.news_url=None",
      `--port=${PORT}`,
      "--IdentityProvider.token=",
      `--ServerApp.root_dir=${projectFolder()}`,
    ],
    env: {
      JUPYTER_PATH: ownJupyterFolder(),
      JUPYTERLAB_SETTINGS_DIR: settings,
      JUPYTERLAB_WORKSPACES_DIR: settings,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1300, height: 1600 } });
    await openLab(page);
    try {
      await tellStory(page, shots);
    } catch (error) {
      await page.screenshot({ path: join(shots, "failed.png") });
      throw error;
    }
    console.log(`Screenshots: ${shots}`);
  } finally {
    await browser.close();
    server.kill("SIGTERM");
    await server.status;
    await Deno.remove(path);
    await Deno.remove(settings, { recursive: true });
  }
}

async function openLab(page: Page): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await page.goto(`http://127.0.0.1:${PORT}/lab/tree/notebooks/${NAME}`);
      break;
    } catch (error) {
      if (tries === 240) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  await page.waitForFunction(
    () =>
      (globalThis as unknown as { jupyterapp?: { shell: { currentWidget?: unknown } } })
        .jupyterapp?.shell.currentWidget,
    null,
    { timeout: 3 * MINUTES },
  );
  await command(page, "notebook:enter-command-mode");
}

/** Runs a command of JupyterLab; the names are stable where menus are not. */
async function command(page: Page, id: string, args: Record<string, unknown> = {}): Promise<void> {
  await page.evaluate(
    ([id, args]) =>
      void (globalThis as unknown as {
        jupyterapp: { commands: { execute(id: unknown, args: unknown): Promise<unknown> } };
      }).jupyterapp.commands.execute(id, args),
    [id, args] as const,
  );
}

/** Text of all error outputs, one an entry. */
function errors(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // deno-lint-ignore no-explicit-any
    const { content } = (globalThis as any).jupyterapp.shell.currentWidget;
    const found: string[] = [];
    for (const cell of content.model.cells) {
      for (const output of cell.outputs?.toJSON() ?? []) {
        if (output.output_type === "error") {
          found.push(
            `${output.ename}: ${output.evalue} (${output.traceback.join("\n").split("\n").length})`,
          );
        }
      }
    }
    return found;
  });
}

async function idle(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      // deno-lint-ignore no-explicit-any
      const app = (globalThis as any).jupyterapp;
      const { content, sessionContext } = app.shell.currentWidget;
      const waits = [...content.widgets].some((cell) => cell.node.textContent.includes("[*]"));
      return !waits && sessionContext.session?.kernel?.status === "idle";
    },
    null,
    { timeout: 10 * MINUTES, polling: 1000 },
  );
}

async function tellStory(page: Page, shots: string): Promise<void> {
  const report = async (title: string) => {
    const found = await errors(page);
    console.log(`${title}: ${found.length} errors`);
    for (const line of new Set(found)) console.log(`  ${line}`);
    await page.screenshot({ path: join(shots, `${title.replaceAll(" ", "_")}.png`) });
    return found;
  };
  const want = (isTrue: boolean, what: string) => {
    if (!isTrue) throw new Error(`In the notebook: want ${what}; see ${shots}`);
  };
  await page.waitForTimeout(8000);
  const long = 'string> = { "gan.steps.toy": "20000" }';
  await replace(page, "string> = {}", long);
  await command(page, "notebook:run-all-cells");
  // Of the model: JupyterLab does not draw cells that are out of sight.
  await page.waitForFunction(
    () => {
      // deno-lint-ignore no-explicit-any
      const { content } = (globalThis as any).jupyterapp.shell.currentWidget;
      return [...content.model.cells].some((cell) =>
        JSON.stringify(cell.outputs?.toJSON() ?? "").includes(" left")
      );
    },
    null,
    { timeout: 3 * MINUTES, polling: 100 },
  );
  await command(page, "notebook:interrupt-kernel");
  await idle(page);
  const stopped = await report("after a stop");
  want(stopped[0]?.includes("Stopped") === true, "the Stop first");
  // Or names that a refused cell would have declared.
  const isOurs = (line: string) => /^(RunRefused|ReferenceError|TypeError)/.test(line);
  want(stopped.slice(1).every(isOurs), "refusals after it");
  want(stopped.some((line) => line.startsWith("RunRefused")), "refusals after it");
  await replace(page, long, "string> = {}");
  // Nothing runs: this Stop must end no cell.
  await command(page, "notebook:interrupt-kernel");
  await command(page, "notebook:run-all-cells");
  await idle(page);
  want((await report("light")).length === 0, "Run All without an error");
  await command(page, "apputils:change-theme", { theme: "JupyterLab Dark" });
  await page.waitForTimeout(2000);
  await report("dark");
  await replace(page, "string> = {}", 'string> = { "synthesis.fake": "9" }');
  await command(page, "notebook:run-all-cells");
  await idle(page);
  const misspelt = await report("misspelt");
  want(misspelt[0]?.includes("did you mean") === true, "the misspelt option first");
  want(misspelt.slice(1).some((line) => line.startsWith("RunRefused")), "refusals after it");
}

/** Changes the source of whichever cell holds `before`. */
async function replace(page: Page, before: string, after: string): Promise<void> {
  await page.evaluate(([before, after]) => {
    // deno-lint-ignore no-explicit-any
    for (const cell of (globalThis as any).jupyterapp.shell.currentWidget.content.model.cells) {
      const source = cell.sharedModel.getSource();
      if (source.includes(before)) cell.sharedModel.setSource(source.replace(before, after));
    }
  }, [before, after] as const);
}
