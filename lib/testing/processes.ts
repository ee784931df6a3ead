/** Programs that tests run in a process of their own: to kill them, or to take rights from them. */
import { dirname, join } from "../base/disk/path.ts";

const PROJECT = dirname(dirname(import.meta.dirname!));

/** What a process may not do. */
export interface ProcessLimits {
  /** Folder below which it may not write: what a read-only disk is to a user, also where tests run as root. */
  readonly denyWrite?: string;
}

/** A file of `lib`, as a specifier for {@link evaluate}. */
export function libFile(path: string): string {
  return JSON.stringify(new URL(path, new URL("../", import.meta.url)).href);
}

/**
 * Runs a program to its end.
 *
 * @param code TypeScript; imports of `libFile()` names.
 * @returns Its standard output, trimmed.
 * @throws {Error} It failed; holds its standard error.
 */
export async function evaluate(code: string, { denyWrite }: ProcessLimits = {}): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "program.ts");
    await Deno.writeTextFile(path, code);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        ...(denyWrite === undefined ? [] : [`--deny-write=${denyWrite}`]),
        "--config",
        join(PROJECT, "deno.json"),
        path,
      ],
      cwd: PROJECT,
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    if (!success) throw new Error(text(stderr));
    return text(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
