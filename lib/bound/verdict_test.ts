import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { TOY_TASK } from "../testing/density_ratio.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import type { IntervalEstimate } from "./estimators.ts";
import { predictEffect, type VerdictOptions } from "./verdict.ts";

/** 100 fakes of class 1, of which the teacher confirms some. */
function fakes(confirmed: number): { set: LabelledImages; opinion: TeacherOpinion } {
  const shape = { height: 1, width: 1, channels: 1 };
  return {
    set: {
      images: imagesInMemory(new Uint8Array(100), shape),
      labels: new Float32Array(100).fill(1),
      task: TOY_TASK,
      origin: "fake",
    },
    opinion: {
      predicted: Float32Array.from({ length: 100 }, (_, i) => i < confirmed ? 1 : 0),
      scores: new Float32Array(100),
      confidence: new Float32Array(100).fill(0.75),
    },
  };
}

/** The bound allows 0.057 for this M^g and 0.09 for any. */
const OPTIONS: VerdictOptions = {
  realCount: 10_000,
  fakeCount: 20_000,
  areAdjusted: true,
  teacherError: 0.18,
  totalVariation: exactly(0.3),
  labelTerm: exactly(0.1),
  judgeError: 0.2,
  b: 18,
};

/** An estimate without doubt. */
function exactly(value: number): IntervalEstimate {
  return { value, low: value, high: value };
}

function near(actual: number | undefined, expected: number, tolerance = 1e-6) {
  assert.ok(Math.abs(actual! - expected) < tolerance, `found ${actual}, want ${expected}`);
}

Deno.test("predictEffect() promises nothing where the measured gap is above what the bound allows", () => {
  // However much the teacher likes the labels: images may differ all the same.
  const verdict = predictEffect(fakes(99), OPTIONS);
  assert.deepEqual([verdict.expectation, verdict.basis], ["unclear", "none"]);
  near(verdict.greatestGap, 0.4);
  assert.equal(verdict.leastGap, 0);
  assert.equal(
    verdict.sentence,
    "These fakes may help or hurt. They differ from real images by up to 0.4 (images 0.3, labels 0.1); the " +
      "bound promises a gain only below 0.057. The teacher confirms 99.0 % of their labels, and 82.0 % of real ones. Next: train " +
      "one student with them and one without, for equal steps.",
  );
});

Deno.test("predictEffect() promises help where the measured gap is small", () => {
  const small = predictEffect(fakes(99), {
    ...OPTIONS,
    totalVariation: exactly(0.03),
    labelTerm: exactly(0.02),
  });
  assert.deepEqual([small.expectation, small.basis], ["help", "bound"]);
  near(small.greatestGap, 0.05);
  assert.match(
    small.sentence,
    /^These fakes are likely to help\. .*; the bound promises a gain below 0\.057\. /,
  );
  // A gap of the threshold itself promises nothing.
  const { threshold } = small;
  const nearly = { ...OPTIONS, labelTerm: exactly(0) };
  const at = (totalVariation: IntervalEstimate) =>
    predictEffect(fakes(99), { ...nearly, totalVariation }).basis;
  assert.equal(at(exactly(threshold - 1e-9)), "bound");
  assert.notEqual(at(exactly(threshold + 1e-9)), "bound");
  // Nor one that may be above it.
  assert.notEqual(at({ value: threshold / 2, low: 0, high: threshold + 1e-9 }), "bound");
});

Deno.test("predictEffect() warns of fakes whose labels the teacher denies", () => {
  // The prototype: 23 % agreement of a teacher at 18.4 % error.
  const verdict = predictEffect(fakes(23), { ...OPTIONS, teacherError: 0.184 });
  assert.deepEqual([verdict.expectation, verdict.basis], ["hurt", "agreement"]);
  near(verdict.agreement, 0.23);
  assert.match(
    verdict.sentence,
    /only below 0\.057\. The teacher confirms 23\.0 % of their labels/,
  );
  assert.equal(predictEffect(fakes(60), OPTIONS).expectation, "unclear");
  // With their conditioning labels the cost is known: 0.77 − 0.184.
  const unadjusted = predictEffect(fakes(23), {
    ...OPTIONS,
    areAdjusted: false,
    teacherError: 0.184,
  });
  assert.deepEqual([unadjusted.expectation, unadjusted.basis], ["hurt", "labels"]);
  near(unadjusted.leastGap, 0.77 - 0.184);
});

Deno.test("predictEffect() warns of labels that networks deny twice as often as real ones", () => {
  // 0.45 − 0.2: whoever learns them is taught more errors than the judge makes.
  const verdict = predictEffect(fakes(90), { ...OPTIONS, labelTerm: exactly(0.45) });
  assert.deepEqual([verdict.expectation, verdict.basis], ["hurt", "labels"]);
  near(verdict.leastGap, 0.25);
  assert.match(
    verdict.sentence,
    /hurt\. A network is off their labels by more than twice its error on real images \(at least 0\.25 more\)\. They differ /,
  );
  // A judge that makes no errors finds a few: the bound may fall with so few.
  const few = { ...OPTIONS, teacherError: 0, judgeError: 0, labelTerm: exactly(0.02) };
  assert.notEqual(predictEffect(fakes(90), few).expectation, "hurt");
  // The bound rises with less, 0.15, and forbids nothing by it.
  const costly = predictEffect(fakes(90), { ...OPTIONS, labelTerm: exactly(0.35) });
  assert.ok(costly.change.low > 0);
  assert.deepEqual([costly.expectation, costly.basis], ["unclear", "none"]);
  // The interval of Λ reaches down to 0.39.
  const labelTerm = { value: 0.45, low: 0.39, high: 0.5 };
  assert.equal(predictEffect(fakes(90), { ...OPTIONS, labelTerm }).expectation, "unclear");
});

Deno.test("predictEffect() expects help of fakes that look like real images under labels as good", () => {
  const alike = { ...OPTIONS, totalVariation: exactly(0.09), labelTerm: exactly(0.29) };
  const verdict = predictEffect(fakes(90), alike);
  // The bound would rise: a judge that is wrong on 0.2 of real images makes Λ no less than that.
  assert.ok(verdict.change.high > 0);
  assert.deepEqual([verdict.expectation, verdict.basis], ["help", "likeness"]);
  assert.match(
    verdict.sentence,
    /^These fakes are likely to help\. Few can be told from real images, and networks are off their labels by at most 1\.5 times their error on real ones\. They differ .*; the bound promises a gain only below 0\.057\. /,
  );
  const basisOf = (changes: Partial<VerdictOptions>, confirmed = 90) =>
    predictEffect(fakes(confirmed), { ...alike, ...changes }).basis;
  // More than half of the judge's error; images that may be told; labels that the teacher denies.
  assert.equal(basisOf({ labelTerm: { value: 0.29, low: 0.28, high: 0.31 } }), "none");
  assert.equal(basisOf({ totalVariation: { value: 0.09, low: 0.08, high: 0.11 } }), "none");
  assert.equal(basisOf({}, 30), "agreement");
  // They look real because training images do.
  const varied = predictEffect(fakes(90), { ...alike, areVariations: true });
  assert.deepEqual([varied.expectation, varied.basis], ["unclear", "none"]);
  assert.match(varied.sentence, /They vary training images, so that they look real says nothing/);
  assert.equal(
    basisOf({ areVariations: true, totalVariation: exactly(0), labelTerm: exactly(0) }),
    "bound",
  );
  // Nor are their labels wrong where networks, which misread them, deny them.
  for (const denied of [{ areAdjusted: false }, { labelTerm: exactly(0.9) }]) {
    assert.equal(basisOf({ ...denied, areVariations: true }, 30), "none");
    assert.notEqual(basisOf(denied, 30), "none");
  }
  // With conditioning labels the teacher's word counts as well: it denies 0.3, and is wrong on 0.18.
  assert.equal(basisOf({ areAdjusted: false }, 70), "none");
});

Deno.test("predictEffect() judges scalar labels by distance", () => {
  const task: Task = {
    kind: "regression",
    minimum: 0,
    maximum: 90,
    scale: 90,
    unit: "degrees",
    labels: [1, 2, 3],
  };
  const { set, opinion } = fakes(0);
  const input = {
    set: { ...set, task, labels: new Float32Array(100).fill(45) },
    opinion: { scores: opinion.scores, predicted: new Float32Array(100).fill(54) },
  };
  const options = { ...OPTIONS, teacherError: 0.01, b: 10 };
  const open = predictEffect(input, options);
  near(open.labelDistance, 0.1);
  assert.equal(open.expectation, "unclear");
  const hurt = predictEffect(input, { ...options, areAdjusted: false });
  assert.equal(hurt.expectation, "hurt");
  near(hurt.leastGap, 0.09);
  assert.ok(
    hurt.sentence.includes("is off their labels by 9 degrees, and off real ones by 0.9 degrees."),
    hurt.sentence,
  );
});

Deno.test("predictEffect() gives the change of the bound by the ends of the intervals", () => {
  const { change, evidence } = predictEffect(fakes(90), {
    ...OPTIONS,
    totalVariation: { value: 0.3, low: 0.28, high: 0.33 },
    labelTerm: { value: 0.3, low: 0.28, high: 0.31 },
  });
  // n = 30,000: what more images bring, and 2 · 2/3 of the gap.
  const images = 18 / Math.sqrt(30_000) - 18 / Math.sqrt(10_000);
  near(change.low, images + 4 / 3 * (0.28 - 0.2));
  near(change.high, images + 4 / 3 * (0.33 + 0.31));
  near(evidence.labelDistance, 0.1);
  assert.equal(evidence.areClasses, true);
});

Deno.test("predictEffect() refuses numbers that are no shares", () => {
  const refuse = (change: Partial<VerdictOptions>, message: string) =>
    assert.throws(() => predictEffect(fakes(50), { ...OPTIONS, ...change }), {
      name: "RangeError",
      message,
    });
  refuse({ teacherError: 18 }, "Cannot use teacherError = 18: want a number in [0, 1]");
  refuse(
    { totalVariation: exactly(-1) },
    "Cannot use totalVariation = -1: want a number in [0, 1]",
  );
  refuse({ realCount: 0 }, "Cannot use N = 0: want an integer of at least 1");
  refuse({ b: 0 }, "Cannot use b = 0: want a number in (0, Infinity]");
});
