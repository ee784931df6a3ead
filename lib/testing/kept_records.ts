/** The records of results in version control, for tests of the pages that are made of them. */
import assert from "node:assert/strict";
import { dirname, join } from "../base/disk/path.ts";

/** Copies records that git follows, of students and of fakes: those of somebody's own runs are no part of the pages. */
export async function copyKeptRecords(results: string, folder: string): Promise<void> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--", "*/records/*.json", "*/fakes/*.json"],
    cwd: results,
  }).output();
  assert.ok(success, "git cannot list the records");
  for (const path of new TextDecoder().decode(stdout).split("\0").filter((name) => name !== "")) {
    await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
    await Deno.copyFile(join(results, path), join(folder, path));
  }
}
