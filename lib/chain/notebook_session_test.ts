import assert from "node:assert/strict";

// A kernel in a process of its own: signals and lost errors are those of the whole process.
const PROGRAM = `
const sent = [];
const host = {
  kind: "notebook",
  broadcast: (type, content) => (sent.push([type, content.evalue]), Promise.resolve()),
};
const { startSession } = await import(${JSON.stringify(import.meta.resolve("./session.ts"))});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const session = startSession(host);
Deno.kill(Deno.pid, "SIGINT");
await pause(50);
Deno.kill(Deno.pid, "SIGINT");
await pause(50);
const idle = await session.live(pause(20).then(() => "ran"));
const work = pause(300);
setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), 20);
const stopped = await session.live(work).catch((error) => error.stack);
const refused = (() => { try { session.gate.check(); } catch (error) { return error.name; } })();
Promise.reject(new Error("nobody waits"));
setTimeout(() => { throw new Error("in a timer"); });
await pause(100);
const errors = sent.filter(([type]) => type === "error").map(([, text]) => text);
console.log(JSON.stringify({ idle, stopped, refused, errors }));
Deno.exit();
`;

Deno.test("startSession() in a notebook: an idle Stop is none, a Stop is one line, no error is lost", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--ext=ts", PROGRAM],
    stderr: "inherit",
  }).output();
  const { idle, stopped, refused, errors } = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(idle, "ran");
  assert.match(stopped, /^TrainingStopped: [^\n]+$/);
  assert.equal(refused, "RunRefused");
  assert.deepEqual(errors, ["nobody waits", "in a timer"]);
});
