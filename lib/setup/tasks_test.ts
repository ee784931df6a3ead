import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "./folders.ts";

interface Configuration {
  readonly tasks: Readonly<Record<string, string>>;
  readonly nodeModulesDir: string;
}

const configuration: Configuration = JSON.parse(
  Deno.readTextFileSync(join(projectFolder(), "deno.json")),
);

Deno.test("deno.json leaves packages to set-up, which says one line instead of hundreds", () => {
  // With "auto" every task of Deno downloads them before its program runs, a line a package.
  assert.equal(configuration.nodeModulesDir, "manual");
});

Deno.test("each task that wants packages gets them first", () => {
  const isReady = (command: string) =>
    command.startsWith("deno task --quiet setup --quiet && ") ||
    command.startsWith("deno install --quiet && ");
  const bare = Object.entries(configuration.tasks).filter(([, command]) =>
    command.split(" && ").some((part) =>
      /^deno (run|check|test) /.test(part) && !part.includes("--node-modules-dir=none")
    ) && !isReady(command)
  );
  assert.deepEqual(bare, []);
});
