import assert from "node:assert/strict";

// In a process of its own: a session listens to signals until its process ends.
const PROGRAM = `
import { startSession } from ${JSON.stringify(import.meta.resolve("./session.ts"))};
const session = startSession();
const first = session.signal;
const stopped = new Promise((_, reject) => {
  first.addEventListener("abort", () => reject(first.reason));
  setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), 10);
});
try {
  await session.live(stopped);
} catch (error) {
  console.log(JSON.stringify([error.name, error.message, first.aborted, session.signal.aborted]));
}
Deno.exit();
`;

Deno.test("startSession() stops work at SIGINT, says how to go on, and can be used again", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--ext=ts", PROGRAM],
    stderr: "inherit",
  }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
    "TrainingStopped",
    "Stopped between two trainings: run again to go on, all finished is kept",
    true,
    false,
  ]);
});

const UNSTOPPABLE = `
import { startSession } from ${JSON.stringify(import.meta.resolve("./session.ts"))};
const session = startSession();
const work = new Promise((resolve) => {
  setTimeout(() => Deno.kill(Deno.pid, "SIGTERM"), 10);
  setTimeout(() => resolve("loaded"), 300);
});
const outcome = await session.live(work).catch((error) => error.name);
console.log(JSON.stringify([outcome, session.signal.aborted]));
Deno.exit();
`;

Deno.test("Session.live() stops after work that does not listen to signals", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--ext=ts", UNSTOPPABLE],
    stderr: "inherit",
  }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), ["TrainingStopped", false]);
});
