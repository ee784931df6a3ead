import assert from "node:assert/strict";
import type { Classification, Regression } from "../base/contracts.ts";
import { chanceError, chanceWarning } from "./chance.ts";

const PETS: Classification = { kind: "classification", classes: 3, classNames: ["a", "b", "c"] };
const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [1, 60],
};

Deno.test("chanceError() is that of the most frequent class, and of the median label", () => {
  const classes = { labels: Float32Array.of(0, 2, 2, 1, 2, 0, 2, 1), task: PETS };
  assert.equal(chanceError(classes), 50);
  // |1 − 4| + |3 − 4| + 0 + |5 − 4| + |42 − 4| over five.
  const ages = { labels: Float32Array.of(42, 1, 5, 3, 4), task: AGES };
  assert.equal(chanceError(ages), (3 + 1 + 0 + 1 + 38) / 5);
});

Deno.test("chanceWarning() speaks within two standard errors of chance, and not below", () => {
  const test = { labels: Float32Array.from({ length: 300 }, (_, i) => i % 3), task: PETS };
  // 2 / 3 of 300 images: a standard error is 100 sqrt(2 / 9 / 300) = 2.72 %.
  const chance = 100 * 2 / 3;
  for (const error of [chance, chance - 5.4, 99]) {
    assert.match(chanceWarning(error, test)!, /^at chance level: .* has 66\.7 %; train it longer/);
  }
  assert.equal(chanceWarning(chance - 5.5, test), undefined);
  const ages = { labels: Float32Array.of(10, 20, 30), task: AGES };
  assert.match(chanceWarning(6.4, ages)!, /test error is 6\.4 years, .* has 6\.67 years/);
  assert.equal(chanceWarning(6.3, ages), undefined);
});

Deno.test("chanceWarning() says nothing of a network that is hardly ever wrong, of however few images", () => {
  const test = { labels: Float32Array.of(0, 1, 0, 1), task: { ...PETS, classes: 2 } };
  // A standard error is 25 %.
  assert.equal(chanceWarning(0, test), undefined);
  assert.match(chanceWarning(25, test)!, /^at chance level: its test error is 25 %/);
});
