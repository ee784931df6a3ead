import assert from "node:assert/strict";
import { UsageError } from "../cli/main.ts";
import { parseBench } from "./options.ts";

Deno.test("parseBench() without options measures the default set nine times", () => {
  assert.deepEqual(parseBench([]), {
    peer: false,
    peerPython: undefined,
    compile: true,
    full: false,
    only: undefined,
    repeat: 9,
    busy: false,
    device: undefined,
    json: false,
    markdown: false,
    save: undefined,
    compare: undefined,
    profile: false,
    list: false,
    growth: false,
    atMost: undefined,
    stages: undefined,
    preset: "quick",
  });
});

Deno.test("parseBench() takes growth with a largest size and stages with a preset", () => {
  const growth = parseBench("--growth --at-most 10000".split(" "));
  assert.deepEqual([growth.growth, growth.atMost], [true, 10_000]);
  const stages = parseBench("--stages rc49 --preset desk".split(" "));
  assert.deepEqual([stages.stages, stages.preset], ["rc49", "desk"]);
  assert.throws(() => parseBench(["--growth", "--at-most", "many"]), {
    name: "UsageError",
    message: /Cannot use --at-most many: want a number of images/,
  });
});

Deno.test("parseBench() takes every option", () => {
  const args = "--peer --no-compile --full --only resnet|vgg --repeat 5 --device cpu --json " +
    "--save new.json --compare old.json --list --markdown --busy";
  const options = parseBench(args.split(" "));
  assert.ok(options.peer && options.full && options.json && options.list && options.markdown);
  assert.ok(options.busy);
  assert.equal(options.compile, false);
  assert.equal(options.repeat, 5);
  assert.equal(options.device, "cpu");
  assert.equal(options.save, "new.json");
  assert.equal(options.compare, "old.json");
  assert.ok(options.only!.test("training step, ResNet-18"));
  assert.ok(!options.only!.test("training step, DenseNet-121"));
});

Deno.test("parseBench() runs the peer when a Python is named for it", () => {
  const options = parseBench(["--peer-python", "python3"]);
  assert.equal(options.peer, true);
  assert.equal(options.peerPython, "python3");
});

for (
  const args of [
    ["--repeat", "2"],
    ["--repeat", "many"],
    ["--device", "tpu"],
    ["--only", "("],
    ["resnet18"],
    ["width=1"],
    ["--peers"],
  ]
) {
  Deno.test(`parseBench() refuses "${args.join(" ")}" and shows the usage`, () => {
    assert.throws(
      () => parseBench(args),
      (error: unknown) =>
        error instanceof UsageError && /Usage: deno task bench/.test(error.message),
    );
  });
}
