/** A filter of git that keeps outputs of notebooks out of commits; `.gitattributes` names it. */
import { projectFolder } from "./folders.ts";

const NAME = "notebook-outputs";
const SCRIPT = "lib/cli/strip_outputs.ts";

/** The command, run by git's shell at the top of the checkout. */
function command(): string {
  return `'${Deno.execPath()}' run --quiet --no-config --no-lock ${SCRIPT}`;
}

/** True when the filter is set in this checkout, or there is no checkout to set it in. */
export async function hasOutputFilter(folder: string = projectFolder()): Promise<boolean> {
  if (await git(folder, ["rev-parse", "--git-dir"]) === undefined) return true;
  return await git(folder, ["config", "--get", `filter.${NAME}.clean`]) === command();
}

/** Sets the filter in the checkout's own configuration; who never sets up commits as before. */
export async function installOutputFilter(folder: string = projectFolder()): Promise<void> {
  if (await git(folder, ["config", `filter.${NAME}.clean`, command()]) === undefined) {
    throw new Error(`Cannot set git's filter "${NAME}": git config failed in ${folder}`);
  }
}

/** What git prints; undefined where it fails or is not there. */
async function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", folder, ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
