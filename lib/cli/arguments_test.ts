import assert from "node:assert/strict";
import { PRESETS } from "../experiments/specification/experiment.ts";
import { DataTable } from "../report/data_table.ts";
import {
  countOption,
  findName,
  formatOption,
  onlyWord,
  parseTask,
  PRESET_NAMES,
  seedsOption,
} from "./arguments.ts";
import { HelpAsked, UsageError } from "./main.ts";

const COMMAND = {
  usage: "deno task x NAME [key=value ...]",
  options: { preset: { type: "string" }, fresh: { type: "boolean" } },
} as const;

Deno.test("PRESET_NAMES are the presets of the experiments", () => {
  assert.deepEqual(PRESET_NAMES, PRESETS);
});

Deno.test("parseTask() tells words, changes and options apart", () => {
  const task = parseTask(
    ["cifar10", "gan.steps=5", "--preset", "smoke", 'name="a=b"', "--fresh"],
    COMMAND,
  );
  assert.deepEqual(task.words, ["cifar10"]);
  assert.deepEqual(task.changes, { "gan.steps": "5", name: '"a=b"' });
  assert.deepEqual({ ...task.values }, { preset: "smoke", fresh: true });
});

Deno.test("parseTask() leaves words with an equals sign to tasks whose usage has no changes", () => {
  const task = parseTask(["student-1", "label=cat/1.png"], {
    ...COMMAND,
    usage: "deno task x NAME FILE",
  });
  assert.deepEqual(task.words, ["student-1", "label=cat/1.png"]);
  assert.deepEqual(task.changes, {});
});

Deno.test("parseTask() names the known options, presets and the usage", () => {
  const refuses = (args: string[], ...words: string[]) => {
    for (const word of words) {
      assert.throws(() => parseTask(args, COMMAND), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.ok(error.message.includes(word), `"${word}" in "${error.message}"`);
        return true;
      });
    }
  };
  refuses(["--bogus"], "--bogus", "--preset, --fresh", COMMAND.usage);
  refuses(["--preset", "huge"], '"huge"', '"smoke", "quick", "desk", "paper"', COMMAND.usage);
  refuses(["--preset"], "--preset", COMMAND.usage);
  refuses(["seeds=[1]", "seeds=[2]"], 'Cannot set "seeds" twice: found [1] and [2]', COMMAND.usage);
  // Said twice, and meant once.
  assert.deepEqual(parseTask(["a=1", "a=1"], COMMAND).changes, { a: "1" });
});

Deno.test("parseTask() gives the usage to whoever asks for help, whatever else is wrong", () => {
  const asked = [
    ["--help"],
    ["-h"],
    ["cifar10", "--preset", "huge", "--bogus", "-h"],
    ["--preset", "--help"],
  ];
  for (const args of asked) {
    assert.throws(() => parseTask(args, COMMAND), (error: Error) => {
      assert.ok(error instanceof HelpAsked);
      assert.equal(error.message, `Usage: ${COMMAND.usage}`);
      return true;
    });
  }
  // After "--" these are words.
  assert.deepEqual(parseTask(["--", "--help", "-h"], COMMAND).words, ["--help", "-h"]);
  assert.deepEqual(parseTask(["help"], COMMAND).words, ["help"]);
});

Deno.test("onlyWord() wants one word", () => {
  const what = { what: "notebook", usage: "deno task notebook NAME", known: ["a", "c"] };
  const task = (words: string[]) => parseTask(words, COMMAND);
  assert.equal(onlyWord(task(["a"]), what), "a");
  assert.throws(() => onlyWord(task([]), what), /found none, want one of a, c\n/);
  assert.throws(() => onlyWord(task(["a", "b"]), what), /found "a", "b", want one of a, c\n/);
});

Deno.test("findName() takes a whole name before a part and lists what it knows", () => {
  const names = ["00_walkthrough", "01_cifar10", "01_cifar10_ablation"];
  assert.equal(findName(names, "walk", "notebook"), "00_walkthrough");
  assert.equal(findName(names, "01_cifar10", "notebook"), "01_cifar10");
  assert.throws(() => findName(names, "01", "notebook"), /found "01_cifar10", "01_cifar10_abl/);
  assert.throws(() => findName(names, "rc49", "notebook"), /known names are "00_walkthrough"/);
  assert.throws(() => findName([], "rc49", "notebook"), /there are none yet/);
});

Deno.test("seedsOption() takes how many seeds, or which by place", () => {
  assert.equal(seedsOption(undefined, 9), undefined);
  assert.deepEqual(seedsOption("3", 9), { first: 1, last: 3 });
  assert.deepEqual(seedsOption("7-9", 9), { first: 7, last: 9 });
  assert.deepEqual(seedsOption("4-4", 9), { first: 4, last: 4 });
  for (const text of ["0", "10", "7-10", "5-4", "0-3", "-3", "3-", "two", "1,2", "1.5", ""]) {
    assert.throws(() => seedsOption(text, 9), {
      name: "UsageError",
      message: `Cannot use --seeds ${text}: want how many, from 1 to 9, or which, such as 4-6`,
    });
  }
});

Deno.test("countOption() takes counts up to a bound", () => {
  assert.equal(countOption("--seeds", undefined, 1000), undefined);
  assert.equal(countOption("--seeds", "1000", 1000), 1000);
  for (const text of ["0", "-1", "1.5", "1e9", "many", "", "NaN"]) {
    assert.throws(() => countOption("--seeds", text, 1000), {
      message: `Cannot use --seeds ${text}: want an integer from 1 to 1000`,
    });
  }
});

Deno.test("command lines say which name was meant", () => {
  const parse = (...args: string[]) => () =>
    parseTask(args, {
      usage: "u",
      options: { preset: { type: "string" }, setting: { type: "string" } },
    });
  assert.throws(parse("--setings", "x"), /; did you mean "--setting"\?/);
  assert.throws(parse("--preset", "quik"), /; did you mean "quick"\?/);
  assert.throws(
    () => findName(["cifar10", "rc49"], "cifra10", "experiment"),
    /did you mean "cifar10"\?/,
  );
});

Deno.test("parseTask() says of a task without options that it has none", () => {
  assert.throws(
    () => parseTask(["--foo"], { usage: "deno task predict", options: {} }),
    /Unknown option '--foo'; there are no options\nUsage: deno task predict$/,
  );
});

Deno.test("formatOption() takes the forms of tables, and all that render() knows", () => {
  const task = (...args: string[]) =>
    parseTask(args, { usage: "", options: { format: { type: "string" } } });
  assert.equal(formatOption(task(), "usage"), "text");
  const table = DataTable.of({ title: "T", columns: [{ key: "a", title: "a" }], rows: [{ a: 1 }] });
  for (const form of ["text", "csv", "markdown", "latex", "html"]) {
    assert.match(table.render(formatOption(task(`--format=${form}`), "usage")), /1/, form);
  }
  assert.throws(
    () => formatOption(task("--format=latx"), "usage"),
    /"latx": known formats are text, csv, .*did you mean "latex"/,
  );
});
