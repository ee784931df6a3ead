import assert from "node:assert/strict";
import { numberText, signedText } from "./numbers.ts";

Deno.test("numberText() has three digits, and no exponent between a thousandth and a million", () => {
  const texts = [0.00123, 0.5, 9.996, 999.4, 999.6, 1000.4, 12_345].map(numberText);
  assert.deepEqual(texts, ["0.00123", "0.500", "10.0", "999", "1,000", "1,000", "12,345"]);
  assert.equal(numberText(-999.6), "-1,000");
  assert.equal(numberText(NaN), "–");
  assert.equal(signedText(-999.7), "−1,000");
});
