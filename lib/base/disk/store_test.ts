import assert from "node:assert/strict";
import { evaluate, libFile } from "../../testing/processes.ts";
import { join } from "./path.ts";
import { canonicalJson, shortHash, stageId, type StageKey } from "./identity.ts";
import { Store } from "./store.ts";

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
    // What several stages share is made again once, not for each of them.
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
    cwd: new URL("../../../", import.meta.url),
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

/** A description as tests change it. */
interface Description {
  id: string;
  key: { specification: { steps?: number } };
  notes: Record<string, unknown>;
  peakBytes?: number;
  descriptionChecksum?: string;
}

/** Writes the description of a result back, changed, with its checksum as it was. */
async function changeDescription(folder: string, change: (description: Description) => void) {
  const path = join(folder, "artifact.json");
  const description = JSON.parse(await Deno.readTextFile(path));
  change(description);
  await Deno.writeTextFile(path, JSON.stringify(description));
}

Deno.test("Store.find() refuses a number that changed in the notes, and a key or id of another stage", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact: { id, folder } } = await store.stage(KEY, counting().compute);
    const text = await Deno.readTextFile(join(folder, "artifact.json"));
    const cases: [(description: Description) => void, RegExp][] = [
      [(it) => void (it.notes.runs = 2), /found checksum \w+ of artifact\.json, want \w+; delete/],
      [(it) => void (it.peakBytes = 1), /found checksum \w+ of artifact\.json/],
      [(it) => void (it.key.specification.steps = 4), /found the key of "toy-\w+"/],
      [(it) => void (it.id = "toy-0000000000000000"), /found the id of "toy-0{16}"/],
    ];
    for (const [change, message] of cases) {
      await changeDescription(folder, change);
      await assert.rejects(store.find(id), { name: "SyntaxError", message });
      await Deno.writeTextFile(join(folder, "artifact.json"), text);
    }
    assert.equal((await store.find(id))!.notes.runs, 1);
  });
});

Deno.test("Store.find() refuses a folder that holds another stage's consistent files", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact: mine } = await store.stage(KEY, counting().compute);
    const { artifact: other } = await store.stage({ ...KEY, codeVersion: 2 }, counting(9).compute);
    for (const name of ["arrays.safetensors", "artifact.json"]) {
      await Deno.copyFile(join(other.folder, name), join(mine.folder, name));
    }
    await assert.rejects(store.find(mine.id), new RegExp(`found the id of "${other.id}"`));
  });
});

Deno.test("Store.find() refuses values of another shape by the folder's name", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const { artifact: { id, folder } } = await store.stage(KEY, counting().compute);
    for (const text of ["null", "[]", "{}", "3", '"x"']) {
      await Deno.writeTextFile(join(folder, "artifact.json"), text);
      await assert.rejects(
        store.find(id),
        (error: Error) =>
          error instanceof SyntaxError &&
          error.message.startsWith(`Cannot use stage result "${id}"`) &&
          error.message.includes(`delete "${folder}"`),
      );
    }
  });
});

Deno.test("Store.find() takes a description of an older version without a checksum, and says so", async () => {
  await inFolder(async (root) => {
    const store = new Store(join(root, "work"), join(root, "published"));
    const { artifact: { id, folder } } = await store.stage(KEY, counting().compute);
    await changeDescription(folder, (it) => void delete it.descriptionChecksum);
    assert.equal((await store.find(id))!.lacksChecksum, true);
    // Published, it gets one, and so does one that was published without.
    const target = await store.publish(id);
    await Deno.remove(folder, { recursive: true });
    assert.equal((await store.find(id))!.lacksChecksum, undefined);
    await changeDescription(target, (it) => void delete it.descriptionChecksum);
    await store.publish(id);
    assert.equal((await store.find(id))!.lacksChecksum, undefined);
    // What older versions made of a number that was not finite.
    await changeDescription(target, (it) => {
      delete it.descriptionChecksum;
      it.notes.curve = [{ epoch: 1, test: null }];
    });
    await assert.rejects(store.find(id), /not finite, curve\[0\]\.test, in its notes/);
  });
});

Deno.test("Store.stage() refuses a result that is not finite, naming stage, step and seed", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const key = { ...KEY, specification: { seed: 7 } };
    const weights = (values: Float32Array) => ({ w: { shape: [values.length], values } });
    const results: [Parameters<typeof store.stage>[1], RegExp][] = [
      [
        () => Promise.resolve({ arrays: {}, notes: { history: [{ step: 3, loss: Infinity }] } }),
        /stage "toy" \(toy-\w+\): found Infinity in history\[0\]\.loss at step 3 with seed 7/,
      ],
      [
        () => Promise.resolve({ arrays: weights(Float32Array.of(1, NaN)), notes: {} }),
        /found NaN in w\[1\] with seed 7/,
      ],
    ];
    for (const [compute, message] of results) {
      await assert.rejects(store.stage(key, compute), { name: "RangeError", message });
      assert.equal(await store.find(await stageId(key)), undefined);
    }
  });
});

Deno.test("Store.stage() looks up without a right to write", async () => {
  await inFolder(async (root) => {
    await new Store(root).stage(KEY, counting().compute);
    const look = `
      import { Store } from ${libFile("base/disk/store.ts")};
      const { reused } = await new Store(${JSON.stringify(root)}).stage(
        ${JSON.stringify(KEY)}, () => { throw new Error("computed"); });
      console.log(reused);`;
    assert.equal(await evaluate(look, { denyWrite: root }), "true");
    // The same program is refused where something would be made, in words.
    await Deno.remove(join(root, await stageId(KEY)), { recursive: true });
    await assert.rejects(evaluate(look, { denyWrite: root }), /Cannot write ".*toy-\w+"/);
  });
});

Deno.test("Store.stage() removes what a killed writer left, whole checkpoints among it", async () => {
  await inFolder(async (root) => {
    const folder = join(root, await stageId(KEY));
    await Deno.mkdir(folder);
    const leftover = join(folder, "checkpoint.safetensors.host-1-0123abcd.tmp");
    await Deno.writeTextFile(leftover, "half");
    await new Store(root).stage(KEY, counting().compute);
    await assert.rejects(Deno.stat(leftover), Deno.errors.NotFound);
  });
});

Deno.test("Store.stage() says for whom it waits, and stops waiting when asked", async () => {
  await inFolder(async (root) => {
    const store = new Store(root);
    const controller = new AbortController();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const first = store.stage(KEY, async () => {
      begin();
      await released;
      return { arrays: {}, notes: {} };
    }, { title: "the toy" });
    await begun;
    const told: string[] = [];
    const second = new Store(root).stage(KEY, () => assert.fail("computed twice"), {
      signal: controller.signal,
      onWait: (holder) => {
        told.push(holder);
        controller.abort(new Error("stopped"));
      },
    });
    await assert.rejects(second, /stopped/);
    assert.match(told[0]!, new RegExp(`process ${Deno.pid}, at work on the toy since`));
    release();
    assert.equal((await first).reused, false);
  });
});
