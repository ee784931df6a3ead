import assert from "node:assert/strict";
import { optimisationError } from "./optimisation_error.ts";

Deno.test("optimisationError() lies between what others reached and the training error", () => {
  assert.deepEqual(optimisationError(0.3, [0.1, 0.4]), { low: 0.3 - 0.1, high: 0.3 });
  assert.deepEqual(optimisationError(0.3, [0.5]), { low: 0, high: 0.3 });
  assert.deepEqual(optimisationError(0.3), { low: 0, high: 0.3 });
  assert.throws(() => optimisationError(0.3, [NaN]), /found a loss of NaN/);
});
