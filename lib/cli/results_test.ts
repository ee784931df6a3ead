import assert from "node:assert/strict";
import { fromCSV } from "arquero";
import { join } from "../base/disk/path.ts";

Deno.test("deno task results --format csv prints rows that arquero reads, and no empty one", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, "results.ts")]
      .concat("cifar10", "--format", "csv"),
  }).output();
  assert.ok(success);
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /[^\n]\n$/);
  const methods = fromCSV(text).array("method") as unknown[];
  assert.ok(methods.length > 0 && methods.every((method) => typeof method === "string"));
});
