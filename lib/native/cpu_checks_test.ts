import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { NATIVE_CALLS, type NativeCall } from "../testing/native_operations.ts";
import { hasOwnKernels } from "./tensorflow/own_kernels.ts";
import { type Attribute, rawOp } from "./tensorflow/raw_op.ts";

/** An input as the table writes it. */
interface Input {
  readonly sides: readonly number[];
  /** Sides that may have another length, and that may be 0. */
  readonly free: ReadonlySet<number>;
  readonly empty: ReadonlySet<number>;
  readonly isRankFree: boolean;
  readonly integers?: readonly number[];
}

function read({ inputs, integers = {} }: NativeCall): Input[] {
  return inputs.split(";").map((text, place) => {
    const sides = text.replace("~", "").trim().split(" ");
    const having = (mark: string) => new Set(sides.keys().filter((d) => sides[d]!.includes(mark)));
    return {
      sides: sides.map((side) => parseInt(side)),
      free: having("*"),
      empty: having("!"),
      isRankFree: text.includes("~"),
      integers: integers[place],
    };
  });
}

/** Normal draws, or the integers of the table as many as the shape wants. */
function tensorOf({ integers }: Input, shape: readonly number[]): tf.Tensor {
  const count = shape.reduce((product, side) => product * side, 1);
  const rng = rngOf(3, shape.join());
  return integers === undefined
    ? tf.tensor(Float32Array.from({ length: count }, () => rng.normal()), [...shape])
    : tf.tensor(
      Int32Array.from({ length: count }, (_, i) => integers[i] ?? 0),
      [...shape],
      "int32",
    );
}

function attributesOf({ ints = {}, floats = {} }: NativeCall): Record<string, Attribute> {
  const named = (numbers: Readonly<Record<string, number>>, kind: "int" | "float") =>
    Object.entries(numbers).map(([key, value]) => [key, { [kind]: value }]);
  return Object.fromEntries([...named(ints, "int"), ...named(floats, "float")]);
}

/** Shapes of other lengths and ranks that no operation may take for `input`. */
function* wrongShapes({ sides, free, empty, isRankFree }: Input): Generator<number[]> {
  for (const [d, side] of sides.entries()) {
    const others = free.has(d) ? [] : [side + 1, side - 1];
    for (const other of new Set([...others, 0])) {
      if (other === 0 && empty.has(d)) continue;
      yield sides.map((old, i) => i === d ? other : old);
    }
  }
  yield [];
  if (empty.size === 0) yield [0];
  if (isRankFree) return;
  // As many entries: what compares only those takes them.
  yield [1, ...sides];
  const [first, second, ...rest] = sides as [number, number];
  if (sides.length > 1) yield [first * second, ...rest];
}

/** Values that no operation may take for its attributes. */
const WRONG_INTS: Readonly<Record<string, readonly number[]>> = {
  stride: [0, -1, 2 ** 30],
  before: [-1, 7, 2 ** 31 - 1],
  after: [-1, 7, 2 ** 31 - 1],
  kernel: [0, -1, 2 ** 30],
  height: [0, -1, 9],
  width: [0, -1, 9],
  groups: [0, -1, 3],
  activation: [-1, 4],
  biases: [-1, 2],
  shortcuts: [-1, 2],
  turn_a: [-1, 2],
  turn_b: [-1, 2],
};
const WRONG_FLOATS: Readonly<Record<string, readonly number[]>> = {
  epsilon: [-1, NaN, Infinity],
  rate: [-0.1, 1, NaN],
};

function assertRefused(call: NativeCall, tensors: tf.Tensor[], what: string): void {
  const run = () => rawOp(call.name, tensors, attributesOf(call), call.outputs);
  // TensorFlow's number for an invalid argument: an operation that it does not know has another.
  assert.throws(run, /Invalid TF_Status: 3\b/, `${call.name} takes ${what}`);
}

for (const [i, call] of NATIVE_CALLS.entries()) {
  const inputs = read(call);
  const good = () => inputs.map((input) => tensorOf(input, input.sides));
  const test = (promise: string, fn: () => void) =>
    Deno.test({
      name: `${call.name} ${promise} (call ${i + 1})`,
      ignore: !hasOwnKernels,
      fn: () => void tf.tidy(fn),
    });

  test("runs on inputs that fit", () => {
    const results = rawOp(call.name, good(), attributesOf(call), call.outputs);
    assert.equal(results.length, call.outputs);
    for (const result of results) assert.ok(result.dataSync().length > 0);
  });

  test("refuses each input of another shape, kind or number", () => {
    for (const [place, input] of inputs.entries()) {
      const replaced = (tensor: tf.Tensor) => good().with(place, tensor);
      for (const shape of wrongShapes(input)) {
        assertRefused(call, replaced(tensorOf(input, shape)), `[${shape}] for input ${place}`);
      }
      const kind = input.integers === undefined ? "int32" : "float32";
      const other = tf.cast(tensorOf(input, input.sides), kind);
      assertRefused(call, replaced(other), `${kind} for input ${place}`);
    }
    assertRefused(call, good().slice(0, -1), "one input too few");
  });

  test("refuses each attribute out of its bounds", () => {
    for (const [kind, wrong] of [["ints", WRONG_INTS], ["floats", WRONG_FLOATS]] as const) {
      for (const name of Object.keys(call[kind]!)) {
        for (const value of wrong[name] ?? []) {
          const changed = { ...call, [kind]: { ...call[kind], [name]: value } };
          assertRefused(changed, good(), `${name} ${value}`);
        }
      }
    }
  });
}

Deno.test("NATIVE_CALLS has every operation that lib/native/cpu registers, and no other", () => {
  const folder = join(import.meta.dirname!, "cpu");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".cc"));
  const registered = sources.flatMap((path) =>
    [...readFileSync(join(folder, path), "utf8").matchAll(/\{"(CganKd\w+)"/g)].map(([, name]) =>
      name
    )
  );
  assert.ok(registered.length > 60);
  assert.deepEqual([...new Set(NATIVE_CALLS.map(({ name }) => name))].sort(), registered.sort());
});

Deno.test({
  name: "an operation's refusal says what it found and what it wants",
  ignore: !hasOwnKernels,
  fn() {
    const call = NATIVE_CALLS.find(({ name }) => name === "CganKdGate")!;
    tf.tidy(() => {
      const run = () => rawOp(call.name, [tf.ones([2, 4, 6, 3]), tf.ones([2, 1, 1, 4])], {});
      assert.throws(
        run,
        /found inputs \[2, 4, 6, 3\], \[2, 1, 1, 4\]: want the gate of shape \[2, 1, 1, 3\]/,
      );
      const pointwise = () =>
        rawOp("CganKdPointwise", [tf.ones([1, 2, 2, 3]), tf.ones([1, 1, 3, 2])], {
          stride: { int: 0 },
          bf16: { int: 0 },
        });
      assert.throws(pointwise, /found stride = 0, want 1 to/);
    });
  },
});
