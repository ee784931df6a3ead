/**
 * Sets up what is missing: npm packages, native TensorFlow, the kernel, nbclient, CIFAR-10 on request. Every
 * step can be repeated and killed; what is there and whole is left alone.
 */
import { join } from "node:path";
import {
  buildAddon,
  findCompiler,
  hasAddon,
  installPrebuiltAddon,
  readAddonStamp,
} from "./tensorflow/addon.ts";
import { fetchCifar10, hasCifar10 } from "./cifar10.ts";
import type { Report } from "./command.ts";
import { explainFailure, SetUpError } from "./error.ts";
import { keepsNoLocks } from "./files.ts";
import { cacheFolder } from "./folders.ts";
import { hasKernel, installKernel } from "./jupyter_kernel.ts";
import { hasOutputFilter, installOutputFilter } from "./output_filter.ts";
import { hasPackages, installPackages } from "./packages.ts";
import { hasPythonSite, installPythonSite } from "./python_site.ts";
import { fetchTensorFlow, hasTensorFlow } from "./tensorflow/tensorflow.ts";
import { type Terminal, terminal } from "./terminal.ts";
import { chooseBuild, type TensorFlowBuild } from "./tensorflow/wheels.ts";

/** One thing that set-up sees to. */
export interface Step {
  /** For instance "npm packages". */
  readonly title: string;
  /** True when it is there and whole; quick. */
  isDone(): Promise<boolean>;
  run(report: Report): Promise<void>;
  /**
   * What of it waits for no other step, such as a download: begun at once, beside the steps before it. Where it fails,
   * `run` does it again and says why.
   */
  ahead?(report: Report): Promise<void>;
  /** What goes on without it; left out when nothing does. */
  readonly fallback?: string;
}

/** A step that failed although work goes on without it. */
export interface Shortfall {
  readonly title: string;
  readonly error: Error;
}

/**
 * Does the steps that are not done, one after the other, and downloads of later ones meanwhile.
 *
 * @returns The steps that failed and that have a fall-back.
 * @throws {SetUpError} A step without a fall-back failed.
 */
export async function runSteps(steps: readonly Step[], out: Terminal): Promise<Shortfall[]> {
  const shortfalls: Shortfall[] = [];
  const tell = progressOf(out);
  const begun = new Map(steps.map((step) => [step, beginAhead(step, tell)]));
  for (const step of steps) {
    const ahead = await begun.get(step)!;
    const start = performance.now();
    try {
      if (!await step.isDone()) {
        tell(step, "starting");
        await step.run((line) => tell(step, line));
      } else if (ahead === 0) continue;
      tell(step);
      out.line(`✓ ${step.title} (${Math.ceil(ahead + (performance.now() - start) / 1000)} s)`);
    } catch (error) {
      tell(step);
      const problem = error instanceof SetUpError
        ? error
        : explainFailure(`set up ${step.title}`, String(error), cacheFolder());
      if (step.fallback === undefined) {
        out.clear();
        throw problem;
      }
      out.line(`! ${step.title}: ${problem.message}`);
      out.line(`  Going on without: ${step.fallback}`);
      shortfalls.push({ title: step.title, error: problem });
    }
  }
  return shortfalls;
}

/** Begins what a step can do at once; gives the seconds that it took, 0 where there was nothing to do. */
async function beginAhead(step: Step, tell: ReturnType<typeof progressOf>): Promise<number> {
  if (step.ahead === undefined || await isDone(step)) return 0;
  const start = performance.now();
  await step.ahead((line) => tell(step, line)).catch(() => {});
  tell(step);
  return (performance.now() - start) / 1000;
}

/** One line of progress for all steps under way; a step without a text is not under way any more. */
function progressOf(out: Terminal): (step: Step, text?: string) => void {
  const told = new Map<Step, string>();
  return (step, text) => {
    if (text === undefined) told.delete(step);
    else told.set(step, `${step.title}: ${text}`);
    if (told.size > 0) out.progress([...told.values()].join("; "));
  };
}

/** Title of the step without which notebooks do not run from the command line. */
export const NOTEBOOK_RUNNER = "nbclient";

/** What to set up. */
export interface SetUpOptions {
  /**
   * What to do about CIFAR-10: fail without it, go on without it, or leave it to the first run that reads it, which
   * downloads it where it is missing. Default: "none", for no other experiment reads it.
   */
  readonly data?: "required" | "optional" | "none";
  /** Say something even when nothing was to be done. */
  readonly verbose?: boolean;
}

/**
 * Sets up what is missing. Only one process at a time does; another one waits.
 *
 * @throws {SetUpError} Something that nothing works without could not be had; says what to do.
 */
export async function setUp(
  { data = "none", verbose = false }: SetUpOptions = {},
): Promise<Shortfall[]> {
  const out = terminal();
  const start = performance.now();
  const steps = await chooseSteps(data);
  const missing = [];
  for (const step of steps) if (!await isDone(step)) missing.push(step);
  if (missing.length === 0) {
    if (verbose) out.line(`Set-up: all is there (${elapsed(start)} s)`);
    return [];
  }
  out.line(
    `Set-up: ${missing.map(({ title }) => title).join(", ")} to be done. Downloads go to ` +
      `${cacheFolder()}, the kernel to Jupyter's folder.`,
  );
  using _lock = await lockSetUp(out);
  const shortfalls = await runSteps(missing, out);
  out.line(`Set-up: done (${elapsed(start)} s)`);
  return shortfalls;
}

async function isDone(step: Step): Promise<boolean> {
  return await step.isDone().catch(() => false);
}

async function chooseSteps(data: Required<SetUpOptions>["data"]): Promise<Step[]> {
  const steps: Step[] = [
    { title: "npm packages", isDone: hasPackages, run: installPackages },
  ];
  // Whoever asks for another backend does not wait for this one.
  if ((Deno.env.get("CGAN_KD_BACKEND") ?? "native") === "native") {
    steps.push(nativeStep(await chooseBuild()));
  }
  steps.push(
    { title: "Jupyter kernel", isDone: hasKernel, run: installKernel },
    {
      title: "git filter",
      isDone: () => hasOutputFilter(),
      run: () => installOutputFilter(),
      fallback: "outputs of notebooks are not taken out at a commit",
    },
    {
      title: NOTEBOOK_RUNNER,
      isDone: hasPythonSite,
      run: installPythonSite,
      ahead: installPythonSite,
      fallback: "notebooks run in VS Code and JupyterLab, but not from the command line",
    },
  );
  if (data !== "none") {
    const fallback = data === "optional" ? "what needs CIFAR-10 is left out" : undefined;
    const fetch = async (report: Report) => void await fetchCifar10({ report });
    steps.push({ title: "CIFAR-10", isDone: hasCifar10, run: fetch, ahead: fetch, fallback });
  }
  return steps;
}

function nativeStep(build: TensorFlowBuild | undefined): Step {
  const title = build === undefined
    ? "native TensorFlow"
    : `native TensorFlow ${build.version} for ${build.device}`;
  return {
    title,
    fallback:
      "WebGPU is tried (with a GPU perhaps as fast, else much slower), then plain JavaScript " +
      "(some hundred times slower, for smoke tests only); doctor says which",
    isDone: async () =>
      build !== undefined && await hasTensorFlow(build) && await hasAddon(build) ||
      // A fall-back is kept as long as nothing better can be had.
      (build === undefined || await findCompiler() === undefined) &&
        (await readAddonStamp()) !== undefined,
    ahead: async (report) => {
      // Without a compiler it would be for nothing.
      if (build === undefined || await findCompiler() === undefined) return;
      if (!await hasTensorFlow(build)) await fetchTensorFlow(build, report);
    },
    run: async (report) => {
      try {
        await makeNative(build, report);
      } catch (error) {
        const first = error instanceof Error ? error.message : String(error);
        try {
          await installPrebuiltAddon(report);
        } catch (second) {
          const also = second instanceof Error ? second.message : String(second);
          throw new SetUpError(`${first}. The prebuilt addon was no help: ${also}`);
        }
      }
    },
  };
}

async function makeNative(build: TensorFlowBuild | undefined, report: Report): Promise<void> {
  if (build === undefined) {
    throw new SetUpError(
      `Cannot set up native TensorFlow: found ${Deno.build.os} on ${Deno.build.arch}, want Linux on ` +
        `x86-64 or ARM64, for which there are wheels`,
    );
  }
  // Before the download: without a compiler it would be for nothing.
  if (await findCompiler() !== undefined && !await hasTensorFlow(build)) {
    await fetchTensorFlow(build, report);
  }
  await buildAddon(build, report);
}

/** Waits until no other process sets up; the lock ends with the process, however it ends. */
async function lockSetUp(out: Terminal): Promise<Disposable> {
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const file = await Deno.open(join(cacheFolder(), "setup.lock"), { create: true, write: true });
  const timer = setTimeout(() => out.line("Waiting for another set-up of this user to end"), 1000);
  try {
    await file.lock(true);
  } catch (error) {
    if (!keepsNoLocks(error)) throw error;
    out.line(
      `The file system of "${cacheFolder()}" keeps no locks: let no other set-up run beside this one`,
    );
  } finally {
    clearTimeout(timer);
  }
  return file;
}

function elapsed(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
