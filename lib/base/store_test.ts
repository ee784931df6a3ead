import assert from "node:assert/strict";
import { join } from "./path.ts";
import { canonicalJson, shortHash, stageId, type StageKey, Store } from "./store.ts";

async function inFolder(work: (root: string) => Promise<void>) {
  const root = await Deno.makeTempDir();
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const KEY: StageKey = {
  stage: "toy",
  codeVersion: 1,
  specification: { steps: 3, width: 0.5, parts: ["a", "b"] },
  inputs: { data: "c-10k" },
};

/** A stage that counts how often it is computed. */
function counting(value = 1) {
  const stage = {
    runs: 0,
    compute: () => {
      stage.runs++;
      return Promise.resolve({
        arrays: { w: { shape: [2], values: Float32Array.of(value, stage.runs) } },
        notes: { runs: stage.runs },
      });
    },
  };
  return stage;
}

Deno.test("canonicalJson() does not depend on the order of keys, but on that of lists", () => {
  assert.equal(
    canonicalJson({ b: 1, a: { d: 2, c: 3 } }),
    canonicalJson({ a: { c: 3, d: 2 }, b: 1 }),
  );
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  assert.throws(() => canonicalJson({ rate: NaN }), /Cannot hash a specification that holds NaN/);
});

Deno.test("shortHash() is the beginning of SHA-256", async () => {
  // sha256("abc"), FIPS 180-2.
  assert.equal(await shortHash("abc"), "ba7816bf8f01cfea");
});

Deno.test("stageId() changes with whatever decides an outcome", async () => {
  const id = await stageId(KEY);
  assert.match(id, /^toy-[0-9a-f]{16}$/);
  const others: StageKey[] = [
    { ...KEY, codeVersion: 2 },
    { ...KEY, specification: { steps: 4, width: 0.5, parts: ["a", "b"] } },
    { ...KEY, inputs: { data: "c-20k" } },
    { ...KEY, stage: "toy2" },
  ];
  for (const other of others) assert.notEqual(await stageId(other), id);
});

Deno.test("Store.stage() computes once, then reuses, also from another process's store", async () => {
  await inFolder(async (root) => {
    const stage = counting();
    const first = await new Store(root).stage(KEY, stage.compute);
    const second = await new Store(root).stage(KEY, stage.compute);
    assert.deepEqual([first.reused, second.reused, stage.runs], [false, true, 1]);
    assert.deepEqual(second.artifact, first.artifact);
  });
});

Deno.test("Store.stage() computes again when asked for a fresh result", async () => {
  await inFolder(async (root) => {
    const stage = counting();
    await new Store(root).stage(KEY, stage.compute);
    const store = new Store(root);
    const fresh = await store.stage(KEY, stage.compute, { fresh: true });
    assert.deepEqual([fresh.reused, fresh.artifact.notes.runs], [false, 2]);
    const found = await store.find(await stageId(KEY));
    assert.equal(found!.notes.runs, 2);
    // What several stages share is made anew once, not for each of them.
    const again = await store.stage(KEY, stage.compute, { fresh: true });
    assert.deepEqual([again.reused, again.artifact.notes.runs], [true, 2]);
  });
});

Deno.test("Store.stage() keeps the checkpoints of a stopped stage, not those of a finished one", async () => {
  await inFolder(async (root) => {
    const visits: boolean[] = [];
    const visit = async (folder: string, isStopped: boolean) => {
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      visits.push(names.includes("checkpoint"));
      await Deno.writeTextFile(join(folder, "checkpoint"), "");
      if (isStopped) throw new Error("stopped");
      return { arrays: {}, notes: {} };
    };
    await assert.rejects(new Store(root).stage(KEY, (folder) => visit(folder, true)), /stopped/);
    await new Store(root).stage(KEY, (folder) => visit(folder, false));
    const fresh = { fresh: true };
    await assert.rejects(
      new Store(root).stage(KEY, (folder) => visit(folder, true), fresh),
      /stopped/,
    );
    await new Store(root).stage(KEY, (folder) => visit(folder, false), fresh);
    assert.deepEqual(visits, [false, true, false, true]);
  });
});

Deno.test("Store.stage() takes published results after its own, and fresh ones of neither", async () => {
  await inFolder(async (root) => {
    const [work, published] = [join(root, "work"), join(root, "published")];
    await new Store(published).stage(KEY, counting(7).compute);
    const store = new Store(work, published);
    const stage = counting();
    const origins: string[] = [];
    for (const fresh of [undefined, true, "all", undefined] as const) {
      const { artifact } = await store.stage(KEY, stage.compute, { fresh });
      origins.push(artifact.origin);
    }
    assert.deepEqual([origins, stage.runs], [["published", "published", "work", "work"], 1]);
  });
});

Deno.test("Store.stage() lets two tasks of one process compute once", async () => {
  await inFolder(async (root) => {
    const stage = counting();
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return await stage.compute();
    };
    const results = await Promise.all([
      new Store(root).stage(KEY, slow),
      new Store(root).stage(KEY, slow),
    ]);
    assert.equal(stage.runs, 1);
    assert.deepEqual(results.map(({ reused }) => reused).sort(), [false, true]);
    assert.deepEqual(results[0].artifact.arrays, results[1].artifact.arrays);
  });
});

/** A program that computes the stage, saying so, or hangs in the middle of writing it. */
function program(root: string, body: string): Deno.Command {
  const code = `
    import { Store } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
    const result = await new Store(${JSON.stringify(root)}).stage(${JSON.stringify(KEY)},
      async (folder) => { ${body} });
    console.log(result.reused ? "reused" : "made", result.artifact.arrays.w.values.join());
    Deno.exit(0);`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", code],
    cwd: new URL("../..", import.meta.url),
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("Store.stage() lets two processes compute once", async () => {
  await inFolder(async (root) => {
    const body = `
      await Deno.writeTextFile(folder + "/runs", "x", { append: true });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { arrays: { w: { shape: [1], values: Float32Array.of(4) } }, notes: {} };`;
    const outputs = await Promise.all([program(root, body), program(root, body)].map(async (p) => {
      const { stdout, stderr } = await p.output();
      const text = new TextDecoder().decode(stdout).trim();
      assert.notEqual(text, "", new TextDecoder().decode(stderr));
      return text;
    }));
    assert.deepEqual(outputs.sort(), ["made 4", "reused 4"]);
    assert.equal(await Deno.readTextFile(join(root, await stageId(KEY), "runs")), "x");
  });
});

Deno.test("Store.stage() takes over after a kill: no result, checkpoints kept, lock free", async () => {
  await inFolder(async (root) => {
    const body = `
      await Deno.writeTextFile(folder + "/checkpoint", "half");
      console.log("begun");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      return { arrays: {}, notes: {} };`;
    const child = program(root, body).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await reader.cancel();
    await child.stderr.cancel();
    await child.status;
    assert.equal(await new Store(root).find(await stageId(KEY)), undefined);
    let kept = "";
    const { reused } = await new Store(root).stage(KEY, async (folder) => {
      kept = await Deno.readTextFile(join(folder, "checkpoint"));
      return { arrays: {}, notes: {} };
    });
    assert.deepEqual([kept, reused], ["half", false]);
  });
});

Deno.test("Store.find() sees no result where a kill came between the arrays and their description", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact } = await store.stage(KEY, counting().compute);
    await Deno.remove(join(artifact.folder, "artifact.json"));
    assert.equal(await store.find(artifact.id), undefined);
    const stage = counting();
    const { reused } = await store.stage(KEY, stage.compute);
    assert.deepEqual([reused, stage.runs], [false, 1]);
  });
});

Deno.test("Store.find() refuses bytes that changed, and says what to delete", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact } = await store.stage(KEY, counting().compute);
    const path = join(artifact.folder, "arrays.safetensors");
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assert.rejects(store.find(artifact.id), (error: Error) =>
      error instanceof SyntaxError &&
      /Cannot use stage result "toy-\w+": found checksum \w+, want \w+; delete/.test(
        error.message,
      ));
  });
});

Deno.test("Store.find() refuses a result whose arrays are gone, and says what to delete", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact } = await store.stage(KEY, counting().compute);
    await Deno.remove(join(artifact.folder, "arrays.safetensors"));
    await assert.rejects(store.find(artifact.id), /Cannot use stage result "toy-\w+": .*; delete/);
  });
});

Deno.test("Store.find() refuses a description that is not JSON, and says what to delete", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact } = await store.stage(KEY, counting().compute);
    await Deno.writeTextFile(join(artifact.folder, "artifact.json"), "{");
    await assert.rejects(store.find(artifact.id), /Cannot use stage result "toy-\w+": .*; delete/);
  });
});

Deno.test("Store.stage() leaves the lock free when a stage fails", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    await assert.rejects(store.stage(KEY, () => Promise.reject(new Error("broken"))), /broken/);
    const { reused } = await store.stage(KEY, counting().compute);
    assert.equal(reused, false);
  });
});
