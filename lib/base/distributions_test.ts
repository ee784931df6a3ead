import assert from "node:assert/strict";
import { normalTails, studentQuantile, studentTails } from "./distributions.ts";

// With one and two degrees of freedom t has closed forms: tan(π (p − 1/2)), and (2 p − 1) / √(2 p (1 − p)).
Deno.test("studentQuantile() is right where there are closed forms", () => {
  for (const p of [0.6, 0.9, 0.975, 0.995]) {
    const forms = [Math.tan(Math.PI * (p - 0.5)), (2 * p - 1) / Math.sqrt(2 * p * (1 - p))];
    forms.forEach((wanted, i) => {
      assert.ok(Math.abs(studentQuantile(p, i + 1) - wanted) < 1e-7 * wanted, `${p}, ${i + 1}`);
    });
  }
});

Deno.test("studentTails() is a probability, 1 at a distance of 0", () => {
  for (const degrees of [1, 2, 9]) {
    const tails = studentTails(0, degrees);
    assert.ok(tails <= 1 && tails > 1 - 1e-7, `${tails} of ${degrees}`);
  }
});

// Abramowitz and Stegun, table 26.1: 2 Q(x).
Deno.test("normalTails() equals tabulated values", () => {
  const table = [[0, 1], [0.5, 0.6170750775], [1, 0.3173105079], [3, 0.0026997961]] as const;
  for (const [distance, wanted] of table) {
    for (const side of [distance, -distance]) {
      assert.ok(Math.abs(normalTails(side) - wanted) < 1e-10, String(side));
    }
  }
});
