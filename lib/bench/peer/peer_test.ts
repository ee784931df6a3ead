import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { Peer } from "./peer.ts";

const FAKE = join(import.meta.dirname!, "..", "..", "testing", "fake_peer.ts");

function startFake(device: "cpu" | "cuda" = "cpu") {
  return Peer.start({ command: [Deno.execPath(), "run", "--quiet", FAKE], threads: 3, device });
}

Deno.test("Peer.start() says hello with threads and device", async () => {
  const { peer, info } = await startFake("cuda");
  await peer.stop();
  assert.equal(info.torch, "0.0.0+fake");
  assert.equal(info.threads, 3);
  assert.equal(info.device, "a GPU");
});

Deno.test("Peer builds works, runs steps of each and frees them", async () => {
  const { peer } = await startFake();
  const first = await peer.build({ kind: "network", parameters: 42 }, "eager");
  const second = await peer.build({ kind: "network" }, "compile");
  assert.equal(first.parameters, 42);
  assert.equal(second.parameters, 7);
  assert.equal(await first.run(3), 30);
  assert.equal(await second.run(2), 40);
  assert.equal(await first.run(1), 10);
  assert.equal(await peer.matmul(64), 1);
  await peer.drop();
  await peer.stop();
});

Deno.test("Peer passes on what the peer refused and goes on", async () => {
  const { peer } = await startFake();
  await assert.rejects(
    peer.build({ kind: "unknown" }, "eager"),
    /Cannot do "build" in the peer: KeyError: 'unknown'/,
  );
  assert.equal((await peer.build({ kind: "network" }, "eager")).parameters, 7);
  await peer.stop();
});

Deno.test("Peer says what a process printed that ended", async () => {
  const { peer } = await startFake();
  await assert.rejects(
    peer.build({ kind: "fatal" }, "eager"),
    /Cannot go on with the peer: its process ended \(out of memory\)/,
  );
  await peer.stop();
});

Deno.test("Peer.start() fails with the words of a program that is none", async () => {
  const command = [Deno.execPath(), "eval", "console.error('no torch here'); Deno.exit(1)"];
  await assert.rejects(Peer.start({ command, threads: 1, device: "cpu" }), /no torch here/);
});
