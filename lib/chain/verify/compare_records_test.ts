import assert from "node:assert/strict";
import { recordOf } from "../../testing/records.ts";
import { compareRecords } from "./compare_records.ts";

const CIRCUMSTANCES = {
  processor: "A",
  features: ["fma", "avx2"],
  threads: "2",
  kernels: "abc, vectors of 8 floats",
};

Deno.test("compareRecords() says that nothing differs where nothing does", () => {
  const record = recordOf({ value: 12.5, circumstances: CIRCUMSTANCES });
  const again = { ...record, time: "2027-01-01T00:00:00Z", wallSeconds: 99 };
  assert.deepEqual(compareRecords(record, again), {
    agrees: true,
    differences: [],
    text: "The same to the bit: 12.5 %; all that a record holds is the same",
  });
});

Deno.test("compareRecords() sees the last bit, and names circumstances that differ", () => {
  const record = recordOf({ value: 12.5, circumstances: CIRCUMSTANCES, versions: { v8: "1" } });
  const { agrees, text } = compareRecords(
    record,
    recordOf({
      value: 12.5 + 2 ** -40,
      circumstances: { ...CIRCUMSTANCES, features: ["avx512f"], threads: "1" },
      versions: { v8: "2" },
      backend: { name: "native", device: "CPU", version: "2.22.0" },
    }),
  );
  assert.equal(agrees, false);
  assert.deepEqual(text.split("\n"), [
    `Not the same: recorded 12.5 %; here ${
      12.5 + 2 ** -40
    } %; these differ and may explain it, the first ones most`,
    "  TensorFlow: 2.21.0; here 2.22.0",
    "  processor's instructions: fma avx2; here avx512f",
    "  threads: 2; here 1",
    "  V8: 1; here 2",
  ]);
});

Deno.test("compareRecords() tells what an old record does not hold, and a result from a failure", () => {
  const { agrees, differences, text } = compareRecords(
    recordOf({ value: 1 }),
    recordOf({ failure: "the loss is NaN", circumstances: CIRCUMSTANCES }),
  );
  assert.equal(agrees, false);
  assert.deepEqual(differences.map(({ recorded }) => recorded), Array(4).fill("not recorded"));
  assert.match(text, /^Not the same: recorded 1 %; here failed: the loss is NaN; these differ/);
});
