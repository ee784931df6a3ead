/** Python and its pip: they fetch wheels and run notebooks headless. */
import { join } from "node:path";
import { findProgram, runCommand } from "./command.ts";
import { SetUpError } from "./error.ts";

/**
 * The program that runs Python 3.
 *
 * @throws {SetUpError} There is none, or it has no pip.
 */
export async function findPython(): Promise<string> {
  const python = await findProgram(["python3", "python"]);
  if (python === undefined) {
    throw new SetUpError(
      "Cannot fetch Python packages: found neither python3 nor python on the path, want Python 3.9 " +
        "or newer with pip; install it (Debian, Ubuntu: apt install python3 python3-pip)",
    );
  }
  return python;
}

// What a user's pip settings could change: where files go, and colours in messages.
const PIP_ENVIRONMENT = {
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_NO_INPUT: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};

/**
 * Runs `pip` with its temporary files in a folder of ours, so that their growth can be watched and
 * nothing is left after a kill.
 *
 * @throws {SetUpError} Python has no pip, or pip failed.
 */
export async function runPip(
  args: readonly string[],
  { what, temporary }: { what: string; temporary: string },
): Promise<void> {
  const python = await findPython();
  await Deno.mkdir(temporary, { recursive: true });
  try {
    await runCommand(python, ["-m", "pip", ...args], {
      what,
      place: temporary,
      env: { ...PIP_ENVIRONMENT, TMPDIR: temporary },
    });
  } catch (error) {
    if (error instanceof SetUpError && /No module named pip/.test(error.message)) {
      throw new SetUpError(
        `Cannot ${what}: found Python without pip; install it (Debian, Ubuntu: apt install ` +
          `python3-pip; elsewhere: ${python} -m ensurepip)`,
      );
    }
    throw error;
  }
}

/** Unpacks members of a wheel or a gzipped tar whose names match; `prefix` is cut from the names. */
export async function unpack(
  archive: string,
  folder: string,
  { pattern, prefix = "" }: { pattern: string; prefix?: string },
): Promise<void> {
  const script = join(import.meta.dirname!, "unpack.py");
  await runCommand(await findPython(), [script, archive, folder, pattern, prefix], {
    what: `unpack "${archive}"`,
    place: folder,
  });
}
