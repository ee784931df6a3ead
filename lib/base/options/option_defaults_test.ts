import assert from "node:assert/strict";
import { changedOptions, withDefaults } from "./option_defaults.ts";
import { choice, flag, group, integer, nameOrOptions, number, optional } from "./options.ts";
import { checkOptions } from "./check_options.ts";

const LAMP = group("A lamp.", {
  watts: optional(integer("Power.", { to: 100, why: "it would melt" }), 5),
  colour: optional(choice("Colour.", ["warm", "cold"]), "warm"),
  hours: optional(number("Life.", "(0, 10]")),
  isOn: flag("Whether it is on."),
});

Deno.test("withDefaults() fills in standard values and checks what is given", () => {
  assert.deepEqual(withDefaults(LAMP, { isOn: true }), { watts: 5, colour: "warm", isOn: true });
  assert.deepEqual(withDefaults(LAMP, { isOn: false, watts: 7, hours: 2 }), {
    watts: 7,
    colour: "warm",
    hours: 2,
    isOn: false,
  });
  assert.throws(() => withDefaults(LAMP, {}), /^TypeError: Cannot use isOn: found none/);
  assert.throws(
    () => withDefaults(LAMP, { isOn: true, color: "cold" }),
    /^RangeError: Cannot use color: found no option of this name.*did you mean "colour"\?$/,
  );
  assert.throws(
    () => withDefaults(LAMP, { isOn: true, watts: 500 }),
    /^RangeError: Cannot use watts = 500: want an integer of at most 100 \(it would melt\)$/,
  );
});

Deno.test("changedOptions() has what differs from the standard, in the schema's order", () => {
  const { isOn: _isOn, ...entries } = LAMP.entries;
  const schema = group("A lamp.", entries);
  assert.deepEqual(changedOptions(schema, {}), {});
  assert.deepEqual(changedOptions(schema, { watts: 5, colour: "warm" }), {});
  const changed = changedOptions(schema, { hours: 1, watts: 6 });
  assert.deepEqual(Object.entries(changed), [["watts", 6], ["hours", 1]]);
});

Deno.test("nameOrOptions() takes a name, or an object with the name and some of its options", () => {
  const { isOn: _isOn, ...entries } = LAMP.entries;
  const things = nameOrOptions("A thing.", { lamp: group("", entries), stone: group("", {}) });
  for (const value of ["lamp", "stone", { name: "stone" }, { name: "lamp", watts: 9 }]) {
    assert.equal(checkOptions(things, value), value);
  }
  const refused = (value: unknown) => {
    try {
      checkOptions(group("", { thing: things }), { thing: value });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(
    refused("lamb"),
    'Cannot use thing = "lamb": want one of "lamp", "stone"; did you mean "lamp"?',
  );
  assert.equal(
    refused({ name: "stone", watts: 9 }),
    "Cannot use thing.watts: found no option of this name, want one of name",
  );
  assert.equal(
    refused({ name: "lamb" }),
    'Cannot use thing.name = "lamb": want one of "lamp", "stone"; did you mean "lamp"?',
  );
  assert.equal(refused({ watts: 9 }), "Cannot use thing.name: found none, want a name");
});
