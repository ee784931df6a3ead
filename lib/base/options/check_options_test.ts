import assert from "node:assert/strict";
import { checkOptions } from "./check_options.ts";
import { listOptions } from "./option_list.ts";
import {
  bySetting,
  choice,
  flag,
  group,
  integer,
  list,
  number,
  oneOfShapes,
  optional,
  text,
  wordOr,
} from "./options.ts";

const circle = group("Round.", { radius: number("From the centre.", "(0, 2]", "off the page") });
const square = group("Four sides.", { side: integer("A side.", { to: 9, why: "off the page" }) });
const schema = group("A picture.", {
  title: text("Above it."),
  colour: choice("Of the shape.", ["red", "blue", 7]),
  filled: flag("Filled or not."),
  shape: oneOfShapes<typeof circle | typeof square>(
    "What is drawn.",
    [circle, square],
    (input) => typeof input === "object" && input !== null && "side" in input ? square : circle,
  ),
  frame: wordOr("none", group("Around it.", { width: number("In pixels.", "[0, 5]") })),
  copies: wordOr("all", integer("Prints.", { to: 5, why: "no paper" })),
  ticks: list("On the axis.", integer("A tick.", { from: 0, to: 99, why: "off the page" }), {
    least: 0,
    order: "ascending",
  }),
  words: list("Around it.", text("A word.")),
  shades: bySetting("Of grey.", number("Of grey.", "[0, 1)")),
  note: optional(text("Below it.")),
});

const picture = {
  title: "One",
  colour: "red",
  filled: true,
  shape: { radius: 1 },
  frame: "none",
  copies: 2,
  ticks: [],
  words: ["a"],
  shades: { dark: 0.1 },
} as const;

/** "TypeError: what is wrong" with a picture that differs so; empty where nothing is. */
function fault(changes: Record<string, unknown>): string {
  try {
    checkOptions(schema, { ...picture, ...changes }, picture);
    return "";
  } catch (error) {
    return String(error);
  }
}

Deno.test("checkOptions() returns the value itself", () => {
  assert.equal(checkOptions(schema, picture), picture);
  assert.equal(fault({ shape: { side: 3 }, frame: { width: 1 }, copies: "all", note: "x" }), "");
  assert.equal(fault({ colour: 7, ticks: [0, 3], shades: {} }), "");
});

Deno.test("checkOptions() says where, what was found and what is wanted", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ title: "" }, 'RangeError: Cannot use title = "": want a text that is not empty'],
    [
      { title: 3 },
      'TypeError: Cannot use title = 3: found a number, want a text that is not empty, such as "One"',
    ],
    [
      { title: null },
      'TypeError: Cannot use title = null: found null, want a text that is not empty, such as "One"',
    ],
    [
      { colour: "rde" },
      'RangeError: Cannot use colour = "rde": want one of "red", "blue", 7; did you mean "red"?',
    ],
    [
      { filled: "yes" },
      'TypeError: Cannot use filled = "yes": found a string, want true or false, such as true',
    ],
    [{ shape: { radius: 0 } }, "RangeError: Cannot use shape.radius = 0: want a number in (0, 2]"],
    [
      { shape: { radius: 3 } },
      "RangeError: Cannot use shape.radius = 3: want a number in (0, 2] (off the page)",
    ],
    [
      { shape: { radius: NaN } },
      "TypeError: Cannot use shape.radius = NaN: found NaN, want a number in (0, 2], such as 1",
    ],
    [
      { shape: { side: 10 } },
      "RangeError: Cannot use shape.side = 10: want an integer of at most 9 (off the page)",
    ],
    [
      { shape: { side: 0.5 } },
      "RangeError: Cannot use shape.side = 0.5: want an integer of at least 1",
    ],
    [{ shape: {} }, "TypeError: Cannot use shape.radius: found none, want a number"],
    [{ shape: [] }, "TypeError: Cannot use shape = []: found a list, want an object"],
    [
      { shape: 1 },
      'TypeError: Cannot use shape = 1: found a number, want an object with radius, such as {"radius":1}',
    ],
    [
      { shape: { radius: 1, raduis: 2 } },
      'RangeError: Cannot use shape.raduis: found no option of this name, want one of radius; did you mean "radius"?',
    ],
    [{ frame: "off" }, 'RangeError: Cannot use frame = "off": want "none" or an object with width'],
    [
      { frame: { width: "1" } },
      'TypeError: Cannot use frame.width = "1": found a string, want a number in [0, 5]',
    ],
    [{ copies: "al" }, 'RangeError: Cannot use copies = "al": want "all" or an integer'],
    [{ copies: 6 }, "RangeError: Cannot use copies = 6: want an integer of at most 5 (no paper)"],
    [
      { ticks: [1, 1] },
      "RangeError: Cannot use ticks = [1,1]: want each entry larger than the one before",
    ],
    [
      { ticks: [1, "2"] },
      'TypeError: Cannot use ticks[1] = "2": found a string, want an integer of at least 0',
    ],
    [{ words: [] }, "RangeError: Cannot use words = []: want at least one entry"],
    [{ words: ["a", "a"] }, 'RangeError: Cannot use words = ["a","a"]: want every entry once'],
    [
      { words: "a" },
      'TypeError: Cannot use words = "a": found a string, want a list, such as ["a"]',
    ],
    [{ shades: { dark: 1 } }, "RangeError: Cannot use shades.dark = 1: want a number in [0, 1)"],
    [{ tilte: "Two" }, /^RangeError: Cannot use tilte: .*; did you mean "title"\?$/.source],
    [
      { note: undefined },
      "TypeError: Cannot use note = undefined: found nothing, want a text that is not empty",
    ],
  ];
  for (const [changes, message] of cases) {
    if (message.startsWith("^")) assert.match(fault(changes), new RegExp(message));
    else assert.equal(fault(changes), message);
  }
});

Deno.test("listOptions() tells every option, with values where there are some", () => {
  const listed = listOptions(schema, { ...picture, frame: { width: 2 } });
  const values = Object.fromEntries(listed.map(({ path, value }) => [path, value]));
  assert.deepEqual(values, {
    title: "One",
    colour: "red",
    filled: true,
    "shape.radius": 1,
    "shape.side": undefined,
    frame: { width: 2 },
    "frame.width": 2,
    copies: 2,
    ticks: [],
    words: ["a"],
    "shades.dark": 0.1,
    note: undefined,
  });
  const told = (name: string) => {
    const { kind, range, what } = listed.find(({ path }) => path === name)!;
    return [kind, range, what];
  };
  assert.deepEqual(told("shape.side"), ["integer", "1 to 9", "A side."]);
  assert.deepEqual(told("copies"), ['"all" or integer', "1 to 5", "Prints."]);
  assert.deepEqual(told("ticks"), ["list of integer", "ascending, 0 to 99", "On the axis."]);
  assert.deepEqual(told("colour"), ['one of "red", "blue", 7', undefined, "Of the shape."]);
  assert.equal(listed.find(({ path }) => path === "shades.dark")?.setting, "dark");
});
