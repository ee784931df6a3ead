import assert from "node:assert/strict";
import { join } from "node:path";
import {
  cacheFolder,
  dataFolder,
  fixNamedFolders,
  jupyterFolder,
  preparedFolder,
} from "./folders.ts";

/** Runs `work` with other variables, and puts the old ones back. */
function withVariables(variables: Readonly<Record<string, string>>, work: () => void): void {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("named folders are meant from where the user stands", () => {
  const relative = {
    CGAN_KD_DATA: "reldata",
    CGAN_KD_CACHE: "../cache",
    JUPYTER_DATA_DIR: "./jupyter",
    INIT_CWD: "/home/somebody/work",
  };
  const wanted = [
    "/home/somebody/work/reldata",
    "/home/somebody/cache",
    "/home/somebody/work/jupyter",
  ];
  withVariables(relative, () => {
    const found = () => [dataFolder(), cacheFolder(), jupyterFolder()];
    assert.deepEqual(found(), wanted);
    // A notebook's kernel is started by a task, in another folder.
    fixNamedFolders();
    Deno.env.set("INIT_CWD", "/elsewhere");
    assert.deepEqual(found(), wanted);
    assert.equal(Deno.env.get("CGAN_KD_DATA"), wanted[0]);
  });
});

Deno.test("named folders outside of a task are meant from the current folder", () =>
  withVariables({ CGAN_KD_DATA: "reldata", INIT_CWD: "" }, () => {
    assert.equal(dataFolder(), join(Deno.cwd(), "reldata"));
  }));

Deno.test("preparedFolder() never lies in the folder of the data sets", () =>
  withVariables({ CGAN_KD_DATA: "/mnt/data" }, () => {
    assert.ok(!preparedFolder().startsWith("/mnt/data"));
  }));
