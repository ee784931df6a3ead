import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { projectFolder } from "../setup/folders.ts";
import { BUILDS } from "../setup/tensorflow/wheels.ts";

const PROJECT = projectFolder();
const CONFIG = JSON.parse(await Deno.readTextFile(join(PROJECT, "deno.json"))) as {
  tasks: Record<string, string>;
  imports: Record<string, string>;
};

/** Tasks that may do anything, and why: lib/cli/README.md says it at length. */
const ALL: Readonly<Record<string, string>> = {
  start: "sets up",
  test: "sets up",
  ok: "runs checks and tests",
  notebook: "sets up",
  run: "computes",
  sweep: "computes",
  export: "computes",
  demo: "computes",
  torture: "computes",
  tracking: "sends logs to a server that the user names",
  sample: "computes",
  predict: "computes",
  publish: "computes",
  bench: "computes",
  verify: "computes",
  doctor: "looks at the machine",
  setup: "sets up",
  browser: "drives other programs",
};

Deno.test("tasks that need no right to everything have none", () => {
  for (const [name, command] of Object.entries(CONFIG.tasks)) {
    if (/--allow-all|\s-A\b/.test(command)) assert.ok(name in ALL, `${name} may do anything`);
  }
  for (const name of ["results", "versions"]) {
    assert.doesNotMatch(CONFIG.tasks[name]!, /--allow-(all|net|run|ffi|write[ "])/);
  }
});

/** Files that a file imports at its start, below `lib`; and packages. */
async function importsOf(path: string, seen: Set<string>, packages: Set<string>): Promise<void> {
  if (seen.has(path)) return;
  seen.add(path);
  const source = await Deno.readTextFile(path);
  const imports = /^(?:import|export)(?! type)[^;]*?from "([^"]+)";/gm;
  for (const [, specifier] of source.matchAll(imports)) {
    if (specifier!.startsWith(".")) await importsOf(join(path, "..", specifier!), seen, packages);
    else if (!specifier!.startsWith("node:")) packages.add(`${specifier} in ${path}`);
  }
}

Deno.test("what passes the lock file over loads no package at its start, or pins it", async () => {
  for (const [name, command] of Object.entries(CONFIG.tasks)) {
    if (!command.includes("--no-lock")) continue;
    assert.match(command, /--node-modules-dir=none/);
    const packages = new Set<string>();
    const entry = / (lib\/\S+\.ts)/.exec(command)![1]!;
    await importsOf(join(PROJECT, entry), new Set(), packages);
    const pinned = [...packages].filter((one) => /^npm:\S+@\d+\.\d+\.\d+ /.test(one));
    assert.deepEqual(packages.size, pinned.length, `${name}: ${[...packages]}`);
    if (name !== "browser") assert.deepEqual([...packages], []);
  }
});

Deno.test("every package has one version and a checksum in the lock file", async () => {
  const lock = JSON.parse(await Deno.readTextFile(join(PROJECT, "deno.lock"))) as {
    specifiers: Record<string, string>;
    npm: Record<string, { integrity: string }>;
    jsr?: unknown;
    remote?: unknown;
  };
  for (const target of Object.values(CONFIG.imports)) {
    assert.match(target, /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
    assert.ok(target in lock.specifiers, `${target} is not in deno.lock`);
  }
  assert.ok(Object.keys(lock.npm).length > 100);
  for (const [name, { integrity }] of Object.entries(lock.npm)) {
    assert.match(integrity, /^sha512-[\w+/]{86}==$/, name);
  }
  assert.deepEqual([lock.jsr, lock.remote], [undefined, undefined]);
});

Deno.test("every wheel has a checksum, which pip and set-up compare", async () => {
  for (const { wheels } of Object.values(BUILDS)) {
    for (const { requirement, sha256 } of wheels) {
      assert.match(requirement, /^[\w-]+==[\d.]+$/);
      assert.match(sha256, /^[0-9a-f]{64}$/);
    }
  }
  const source = await Deno.readTextFile(join(PROJECT, "lib/setup/tensorflow/tensorflow.ts"));
  assert.match(source, /"--require-hashes"/);
  assert.match(source, /await verifySha256\(path, sha256\)/);
});

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sourcesIn(path);
    else if (/\.ts$/.test(name) && !/_test\.ts$/.test(name)) yield path;
  }
}

/** What opens a connection or waits for one. */
const NETWORK =
  /\bDeno\.(serve|listen\w*|connect\w*)\b|\bcreateServer\b|(?<![\w.])fetch\(|new WebSocket\(|"node:(https?|http2|net|tls|dgram)"/;

/**
 * What may: metrics go to a server that the user names, a data set comes from its makers when the user asks for it, and
 * tests drive a browser and have a server.
 */
const CONNECTED = [
  "lib/tracking/mlflow.ts",
  "lib/setup/download/transfer.ts",
  "lib/testing/chromium.ts",
  "lib/testing/raw_server.ts",
];

Deno.test("nothing listens on a port, and what opens a connection is known: pip, npm and deno install download", async () => {
  const found: string[] = [];
  let count = 0;
  for await (const path of sourcesIn(join(PROJECT, "lib"))) {
    count++;
    if (NETWORK.test(await Deno.readTextFile(path))) found.push(relative(PROJECT, path));
  }
  assert.ok(count > 300);
  assert.deepEqual(found.sort(), CONNECTED.toSorted());
  // Who imports what downloads data sets: the two that `deno task download` calls, and nobody else.
  const users: string[] = [];
  for await (const path of sourcesIn(join(PROJECT, "lib"))) {
    const source = await Deno.readTextFile(path);
    if (/from "\S*download\.ts"/.test(source)) users.push(relative(PROJECT, path));
  }
  assert.deepEqual(users.sort(), [
    "lib/cli/download.ts",
    "lib/data/cifar10/download.ts",
    "lib/data/tiny_imagenet/download.ts",
  ]);
  for (const line of ['await fetch("https://a")', "Deno.serve(f)", 'import net from "node:net"']) {
    assert.match(line, NETWORK);
  }
});

Deno.test("deno task results works with the rights that it has", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "results", "cifar10", "--preset", "desk"],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
