import assert from "node:assert/strict";
import { HelpAsked, runMain, UsageError } from "./main.ts";

/** What a task prints and ends with when its work throws. */
async function endingOf(thrown: unknown): Promise<{ printed: unknown[]; code: number }> {
  const printed: unknown[] = [];
  const { error } = console;
  console.error = (first: unknown) => void printed.push(first);
  try {
    await runMain(() => Promise.reject(thrown));
    return { printed, code: Deno.exitCode };
  } finally {
    console.error = error;
    Deno.exitCode = 0;
  }
}

Deno.test("runMain() prints only the message of an error that a user can do something about", async () => {
  const cases: [Error, number][] = [
    [new UsageError("Cannot find preset"), 2],
    [new RangeError("Cannot use rho = 0"), 1],
    [new Deno.errors.NotFound("Cannot find UTKFace"), 1],
    [new Error('Cannot write "a": No space left on device; free disk space'), 1],
  ];
  for (const [error, code] of cases) {
    assert.deepEqual(await endingOf(error), { printed: [`\n${error.message}`], code });
  }
});

Deno.test("runMain() keeps the stack of every other error", async () => {
  for (const error of [new Error("boom"), new ReferenceError("Cannot access x")]) {
    assert.deepEqual(await endingOf(error), { printed: [error], code: 1 });
  }
});

Deno.test("runMain() answers who asks for help on standard output, with exit code 0", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => void printed.push(...words);
  try {
    const ending = await endingOf(new HelpAsked("deno task x NAME"));
    assert.deepEqual(ending, { printed: [], code: 0 });
  } finally {
    console.log = log;
  }
  assert.deepEqual(printed, ["Usage: deno task x NAME"]);
});
