import assert from "node:assert/strict";
import { calibration, fidelity } from "./fidelity.ts";

/** Logits of probabilities: their logarithms, moved by a constant that a softmax does not see. */
const logitsOf = (rows: readonly (readonly number[])[], shift = 0) =>
  Float32Array.from(rows.flat(), (p) => Math.log(p) + shift);

const near = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) < 1e-5, `found ${found}, want ${wanted}`);

Deno.test("fidelity() of a network with itself is whole, whatever constant its logits carry", () => {
  const rows = [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]];
  const found = fidelity(logitsOf(rows), logitsOf(rows, 5), 3);
  assert.equal(found.agreement, 100);
  near(found.divergence, 0);
});

Deno.test("fidelity() is KL(teacher ‖ student), not the other way round", () => {
  const student = logitsOf([[0.5, 0.5], [0.25, 0.75]]);
  const teacher = logitsOf([[0.9, 0.1], [0.6, 0.4]]);
  const { agreement, divergence } = fidelity(student, teacher, 2);
  // The first student is undecided, and the first of equals counts.
  assert.equal(agreement, 50);
  const first = 0.9 * Math.log(0.9 / 0.5) + 0.1 * Math.log(0.1 / 0.5);
  const second = 0.6 * Math.log(0.6 / 0.25) + 0.4 * Math.log(0.4 / 0.75);
  near(divergence, (first + second) / 2);
});

Deno.test("fidelity() stays finite where the teacher excludes a class", () => {
  const { divergence } = fidelity(Float32Array.of(0, 0), Float32Array.of(2000, 0), 2);
  near(divergence, Math.LN2);
});

Deno.test("fidelity() refuses logits that do not fit", () => {
  assert.throws(
    () => fidelity(new Float32Array(4), new Float32Array(6), 2),
    /found 4 and 6 logits/,
  );
  assert.throws(() => fidelity(new Float32Array(5), new Float32Array(5), 2), /want whole rows/);
  assert.throws(() => fidelity(new Float32Array(0), new Float32Array(0), 2), /at least one/);
});

Deno.test("calibration() of a network that is right as often as it says is 0", () => {
  // 0.75 four times, three times right.
  const logits = logitsOf(Array.from({ length: 4 }, () => [0.75, 0.25]));
  const found = calibration(logits, [0, 0, 0, 1], { classes: 2 });
  near(found.expectedError, 0);
  near(found.negativeLogLikelihood, -(3 * Math.log(0.75) + Math.log(0.25)) / 4);
  assert.equal(found.bins, 15);
});

Deno.test("calibration() adds bins by their share, and each from inside its bin only", () => {
  // Confidences 0.9 (right) and 0.6 (wrong): apart in five bins, together in one.
  const logits = logitsOf([[0.9, 0.1], [0.4, 0.6]]);
  const labels = [0, 0];
  near(calibration(logits, labels, { classes: 2, bins: 5 }).expectedError, 100 * (0.1 + 0.6) / 2);
  near(calibration(logits, labels, { classes: 2, bins: 1 }).expectedError, 100 * (0.75 - 0.5));
});

Deno.test("calibration() puts a confidence of 1 into the last bin", () => {
  const found = calibration(Float32Array.of(1000, 0, 1000, 0), [0, 1], { classes: 2 });
  near(found.expectedError, 50);
  near(found.negativeLogLikelihood, 500);
});

Deno.test("calibration() takes confidences of exactly 1 together with others of the last bin", () => {
  // Of 20 images one is wrong at confidence 1 and nine are right at it; ten are right at 0.95.
  const logits = [
    ...Array.from({ length: 10 }, () => [1000, 0]),
    ...Array.from({ length: 10 }, () => [Math.log(0.95), Math.log(0.05)]),
  ];
  const labels = [1, ...Array(19).fill(0)];
  const share = calibration(Float32Array.from(logits.flat()), labels, { classes: 2 }).expectedError;
  // In one bin the gaps, +1 and ten times -0.05, cancel in part; in a bin of its own 1 would add up.
  const [together, apart] = [(1 - 0.5) / 20, (1 + 0.5) / 20];
  assert.deepEqual([together, apart], [0.025, 0.075]);
  near(share, 100 * together);
});

Deno.test("calibration() refuses other numbers of labels, and no bin", () => {
  assert.throws(
    () => calibration(new Float32Array(4), [0], { classes: 2 }),
    /found 1 labels for 2/,
  );
  assert.throws(
    () => calibration(new Float32Array(2), [0], { classes: 2, bins: 0 }),
    /found 0 bins/,
  );
});
