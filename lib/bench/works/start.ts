/** How long a user waits for the first tensor: of a process, and of a notebook's kernel. */
import { join } from "../../base/disk/path.ts";
import { projectFolder } from "../../setup/folders.ts";
import { ownJupyterFolder } from "../../setup/jupyter_kernel.ts";
import { hasPythonSite, pythonSite } from "../../setup/python_site.ts";
import type { Work } from "./work.ts";

const TF_MODULE = import.meta.resolve("../../base/tf.ts");
const CODE = `const { tf } = await import("${TF_MODULE}");` +
  "tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync();";

/** Rows of start-up times; the kernel's only where notebooks can run headless. */
export async function startWorks(): Promise<Work[]> {
  const process: Work = {
    name: "start of a process until its first tensor",
    group: "start-up",
    compile: false,
    peer: { kind: "start_up" },
    prepare: () =>
      Promise.resolve({
        run: (steps) => runProcess(Deno.execPath(), ["eval", "--quiet", CODE], { steps }),
        dispose: () => {},
      }),
  };
  if (!await hasPythonSite()) return [process];
  const kernel: Work = {
    name: "start of a notebook kernel until its first tensor",
    group: "start-up",
    async prepare() {
      const { python, folder } = await pythonSite();
      const script = join(import.meta.dirname!, "start_kernel.py");
      return {
        run: async (steps) => {
          let milliseconds = 0;
          for (let i = 0; i < steps; i++) {
            const { output } = await runProgram(python, [script, CODE], {
              PYTHONPATH: folder,
              PYTHONDONTWRITEBYTECODE: "1",
              JUPYTER_PATH: ownJupyterFolder(),
            });
            milliseconds += Number(output);
          }
          return milliseconds;
        },
        dispose: () => {},
      };
    },
  };
  return [process, kernel];
}

async function runProcess(
  program: string,
  args: string[],
  { steps }: { steps: number },
): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await runProgram(program, args, {});
  return performance.now() - start;
}

async function runProgram(
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    cwd: projectFolder(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (!success) {
    const told = text.decode(stderr).trim().split("\n").slice(-2).join(" / ");
    throw new Error(`Cannot time the start of "${program}": ${told}`);
  }
  return { output: text.decode(stdout).trim() };
}
