import assert from "node:assert/strict";
import { asParameters } from "./context.ts";

Deno.test("asParameters() rounds numbers of 64 bits to float32 and refuses integers", () => {
  const stored = {
    "a:weight": { shape: [2], values: Float64Array.of(0.1, 2 ** 53) },
    "a:bias": { shape: [1], values: Float32Array.of(0.25) },
    "b:labels": { shape: [1], values: Int32Array.of(7) },
  };
  assert.deepEqual(asParameters(stored, "a:"), {
    weight: { shape: [2], values: Float32Array.of(0.1, 2 ** 53) },
    bias: { shape: [1], values: Float32Array.of(0.25) },
  });
  assert.throws(() => asParameters(stored), /Cannot load parameter "b:labels": found integers/);
});
