import assert from "node:assert/strict";
import { join } from "node:path";
import { downloadText, runCommand, watchFolder } from "./command.ts";
import { explainFailure, SetUpError } from "./error.ts";
import {
  checkSpace,
  copyAtomically,
  exists,
  isComplete,
  makeFolder,
  removeLeftovers,
  sha256OfFile,
  verifySha256,
  writeTextAtomically,
} from "./files.ts";
import { findPython, unpack } from "./python.ts";
import { runSteps, type Step } from "./set_up.ts";
import { terminal } from "./terminal.ts";
import { BUILDS, chooseBuild } from "./tensorflow/wheels.ts";

// SHA-256 of "abc" (FIPS 180-4, example of one block).
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fakeStep(title: string, parts: Partial<Step> = {}): Step & { runs: number } {
  const step: Step & { runs: number } = {
    title,
    runs: 0,
    isDone: (): Promise<boolean> => Promise.resolve(step.runs > 0),
    run: () => {
      step.runs++;
      return Promise.resolve();
    },
    ...parts,
  };
  return step;
}

const silent = terminal(() => {}, 0);

Deno.test("runSteps() does each step once, however often it is called", async () => {
  const steps = [fakeStep("a"), fakeStep("b")];
  await runSteps(steps, silent);
  await runSteps(steps, silent);
  assert.deepEqual(steps.map(({ runs }) => runs), [1, 1]);
});

Deno.test("runSteps() goes on after a step with a fall-back, and says why", async () => {
  let shown = "";
  const out = terminal((text) => shown += text, 0);
  const failing = fakeStep("TensorFlow", {
    run: () => Promise.reject(new SetUpError("Cannot build: found no g++")),
    fallback: "much slower",
  });
  const next = fakeStep("kernel");
  const shortfalls = await runSteps([failing, next], out);
  assert.deepEqual(shortfalls.map(({ title }) => title), ["TensorFlow"]);
  assert.equal(next.runs, 1);
  assert.match(
    shown,
    /! TensorFlow: Cannot build: found no g\+\+\n {2}Going on without: much slower/,
  );
});

Deno.test("runSteps() stops at a step without a fall-back", async () => {
  const failing = fakeStep("data", {
    run: () => Promise.reject(new Error("ENOSPC: no space left on device")),
  });
  const next = fakeStep("kernel");
  await assert.rejects(runSteps([failing, next], silent), {
    name: "SetUpError",
    message: /Cannot set up data: found no space left on the disk/,
  });
  assert.equal(next.runs, 0);
});

Deno.test("runSteps() downloads for later steps meanwhile, and does what failed there again", async () => {
  const order: string[] = [];
  let shown = "";
  const library = Promise.withResolvers<void>();
  const steps = [
    fakeStep("packages", {
      run: async (report) => {
        report("1 of 2");
        library.resolve();
        await library.promise;
        order.push("packages");
      },
    }),
    fakeStep("TensorFlow", {
      isDone: () => Promise.resolve(order.includes("compiled")),
      ahead: async () => {
        await library.promise;
        order.push("library");
      },
      run: () => Promise.resolve(void order.push("compiled")),
    }),
    fakeStep("nbclient", {
      ahead: () => Promise.reject(new Error("no network")),
      run: () => Promise.reject(new SetUpError("Cannot install nbclient: found no network")),
      fallback: "not from the command line",
    }),
    fakeStep("data", {
      isDone: () => Promise.resolve(order.includes("data")),
      ahead: (report) => {
        report("139 MB");
        order.push("data");
        return Promise.resolve();
      },
    }),
  ];
  const out = terminal((text) => shown += text, 200);
  const shortfalls = await runSteps(steps, out);
  assert.deepEqual(order.sort(), ["compiled", "data", "library", "packages"]);
  assert.deepEqual(shortfalls.map(({ title }) => title), ["nbclient"]);
  // It was done before its turn, by this very call.
  assert.equal(steps[3]!.runs, 0);
  assert.match(shown, /✓ packages .*✓ TensorFlow .*! nbclient: Cannot install.*✓ data /s);
  assert.match(shown, /packages: 1 of 2; data: 139 MB/);
});

Deno.test("verifySha256() accepts the pinned checksum and deletes a file with another", () =>
  withFolder(async (folder) => {
    const path = join(folder, "wheel.whl");
    await Deno.writeTextFile(path, "abc");
    assert.equal(await sha256OfFile(path), ABC);
    await verifySha256(path, ABC);
    await Deno.writeTextFile(path, "abd");
    await assert.rejects(verifySha256(path, ABC), {
      name: "SetUpError",
      message: new RegExp(`Cannot use "wheel\\.whl": found 3 bytes with SHA-256 .*, want ${ABC}`),
    });
    assert.equal(await exists(path), false);
  }));

Deno.test("makeFolder() shows a folder only when it is whole", () =>
  withFolder(async (folder) => {
    const target = join(folder, "library");
    const fill = (text: string) => async (partial: string) => {
      assert.equal(await isComplete(target, text), false);
      await Deno.writeTextFile(join(partial, "a"), text);
      return ["a"];
    };
    await makeFolder(target, "one", fill("one"));
    assert.equal(await isComplete(target, "one"), true);
    assert.equal(await isComplete(target, "two"), false);
    // A failure leaves what was there, and nothing beside it.
    await assert.rejects(makeFolder(target, "two", () => Promise.reject(new Error("killed"))));
    assert.equal(await isComplete(target, "one"), true);
    await makeFolder(target, "two", fill("two"));
    assert.equal(await Deno.readTextFile(join(target, "a")), "two");
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["library"]);
    // A file cut short is noticed.
    await Deno.writeTextFile(join(target, "a"), "t");
    assert.equal(await isComplete(target, "two"), false);
  }));

Deno.test("makeFolder() refuses a download that lacks a file, removeLeftovers() clears a kill", () =>
  withFolder(async (folder) => {
    const target = join(folder, "library");
    await assert.rejects(
      makeFolder(target, "one", () => Promise.resolve(["missing.so"])),
      /found no file "missing\.so" in the download/,
    );
    await Deno.mkdir(`${target}.partial-12345`);
    await Deno.mkdir(join(folder, "library-other"));
    await removeLeftovers(target);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["library-other"]);
  }));

Deno.test("writeTextAtomically() and copyAtomically() leave no temporary files", () =>
  withFolder(async (folder) => {
    await writeTextAtomically(join(folder, "sub", "a"), "text");
    await copyAtomically(join(folder, "sub", "a"), join(folder, "sub", "b"));
    assert.equal(await Deno.readTextFile(join(folder, "sub", "b")), "text");
    assert.equal([...Deno.readDirSync(join(folder, "sub"))].length, 2);
  }));

Deno.test("writeTextAtomically() removes what processes that are gone left of the same file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    const gone = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
    await gone.status;
    const own = `${path}.partial-${Deno.pid}-mine`;
    const others = [own, `${path}.partial-1`, join(folder, `b.ipynb.partial-${gone.pid}`)];
    for (const name of [`${path}.partial-${gone.pid}`, ...others]) await Deno.mkdir(name);
    await writeTextAtomically(path, "whole");
    const left = [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name)).sort();
    assert.deepEqual(left, [path, ...others].sort());
  }));

Deno.test("checkSpace() says how much was found and how much is wanted", () => {
  checkSpace(Deno.cwd(), 1, "try");
  assert.throws(
    () => checkSpace(join(Deno.cwd(), "not", "there"), 1e18, "download TensorFlow"),
    /Cannot download TensorFlow: found .* MB free on the disk of .*, want 1,000,000,000,000 MB/,
  );
});

Deno.test("explainFailure() tells what to do about each kind of failure", () => {
  const explain = (output: string) => explainFailure("download it", output, "/cache").message;
  assert.match(explain("npm error code ENOTFOUND"), /no way to the package registry .*proxy/);
  assert.match(
    explain("ERROR: Could not find a version that satisfies the requirement x"),
    /no such package on the registry/,
  );
  assert.match(
    explain("Error: Read-only file system (os error 30): mkdir '/cache'"),
    /no right to write to "\/cache" .*CGAN_KD_CACHE/,
  );
  assert.match(explain("OSError: [Errno 28] No space left on device"), /disk of "\/cache"/);
  assert.match(
    explain("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."),
    /another checksum than the one pinned/,
  );
  assert.equal(
    explain("warming up\nfatal error: x.h: No such file"),
    "Cannot download it: fatal error: x.h: No such file",
  );
});

Deno.test("runCommand() names a program that is not there and passes a failure's message on", async () => {
  const options = { what: "compile", place: "/cache" };
  await assert.rejects(runCommand("no-such-program-here", [], options), {
    name: "SetUpError",
    message: /Cannot compile: found no program "no-such-program-here"/,
  });
  const failing = runCommand(Deno.execPath(), [
    "eval",
    "console.error('error: broken'); Deno.exit(3)",
  ], options);
  await assert.rejects(failing, /^SetUpError: Cannot compile: error: broken$/);

  const lines: string[] = [];
  const said = await runCommand(Deno.execPath(), [
    "eval",
    "console.log('out'); console.error('one\\ntwo'); console.error('three')",
  ], { ...options, onLine: (line) => lines.push(line) });
  assert.deepEqual([said, lines], ["out\n", ["one", "two", "three"]]);
});

Deno.test("downloadText() tells amount, pace and remaining time", () => {
  assert.equal(downloadText(120e6, 274e6, 2.4), "120 of 274 MB, 50 MB/s, 4 s left");
  assert.equal(downloadText(5e5, undefined, 1), "1 MB, 0.5 MB/s");
  // Those that were there before say nothing of the pace.
  assert.equal(downloadText(120e6, 274e6, 2, 100e6), "120 of 274 MB, 10 MB/s, 16 s left");
  assert.equal(downloadText(300e6, 274e6, 3), "274 of 274 MB, 100 MB/s, 0 s left");
});

Deno.test("watchFolder() returns the work's result and stops watching", () =>
  withFolder(async (folder) => {
    assert.equal(await watchFolder(Promise.resolve(7), folder, { report: () => {} }), 7);
  }));

Deno.test("unpack() takes the members that match and refuses an archive without any", () =>
  withFolder(async (folder) => {
    const python = await findPython();
    const wheel = join(folder, "a.whl");
    const code = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); " +
      "z.writestr('p/lib.so', 'abc'); z.writestr('p/other.py', 'x'); z.close()";
    await runCommand(python, ["-c", code, wheel], { what: "zip", place: folder });
    const target = join(folder, "out");
    await unpack(wheel, target, { pattern: "\\.so$", prefix: "p/" });
    assert.deepEqual(Array.from(Deno.readDirSync(target), ({ name }) => name), ["lib.so"]);
    await assert.rejects(
      unpack(wheel, target, { pattern: "\\.dll$" }),
      /found no member that matches/,
    );
  }));

Deno.test("terminal() overwrites progress in a terminal only", () => {
  let shown = "";
  const interactive = terminal((text) => shown += text, 10);
  interactive.progress("0123456789abc");
  interactive.line("done");
  assert.equal(shown, "\r\x1b[2K012345678\r\x1b[2Kdone\n");
  shown = "";
  const plain = terminal((text) => shown += text, 0);
  plain.progress("one");
  plain.progress("two");
  plain.line("three");
  assert.equal(shown, "one\nthree\n");
});

Deno.test("BUILDS are pinned: an exact version and a SHA-256 for every wheel", () => {
  for (const { wheels } of Object.values(BUILDS)) {
    for (const { requirement, sha256 } of wheels) {
      assert.match(requirement, /^[a-z0-9-]+==[0-9.]+$/);
      assert.match(sha256, /^[0-9a-f]{64}$/);
    }
  }
});

Deno.test("chooseBuild() obeys CGAN_KD_DEVICE and refuses an unknown one", async () => {
  const before = Deno.env.get("CGAN_KD_DEVICE");
  try {
    Deno.env.set("CGAN_KD_DEVICE", "cpu");
    assert.ok([undefined, "CPU"].includes((await chooseBuild())?.device));
    Deno.env.set("CGAN_KD_DEVICE", "tpu");
    await assert.rejects(chooseBuild(), /CGAN_KD_DEVICE = "tpu": known devices are "cpu", "gpu"/);
  } finally {
    if (before === undefined) Deno.env.delete("CGAN_KD_DEVICE");
    else Deno.env.set("CGAN_KD_DEVICE", before);
  }
});
