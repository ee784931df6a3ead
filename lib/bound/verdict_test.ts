import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { TOY_TASK } from "../testing/density_ratio.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
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

const OPTIONS: VerdictOptions = {
  realCount: 10_000,
  fakeCount: 20_000,
  areAdjusted: true,
  teacherError: 0.18,
};

function near(actual: number | undefined, expected: number, tolerance = 1e-6) {
  assert.ok(Math.abs(actual! - expected) < tolerance, `found ${actual}, want ${expected}`);
}

Deno.test("predictEffect() puts the threshold where the bound with fakes equals that without", () => {
  const { threshold, limit } = predictEffect(fakes(90), { ...OPTIONS, b: 7 });
  // g(M) = b / √(N + M) + 2 Δ M / (N + M)
  const bound = (m: number, gap: number) => 7 / Math.sqrt(10_000 + m) + 2 * gap * m / (10_000 + m);
  near(bound(20_000, threshold!), bound(0, 0));
  near(limit, 7 / 200);
  near(predictEffect(fakes(90), { ...OPTIONS, b: 7, fakeCount: 1e12 }).threshold, 7 / 200, 1e-5);
});

Deno.test("predictEffect() warns of fakes whose labels the teacher denies", () => {
  // The prototype: 23 % agreement of a teacher at 18.4 % error.
  const verdict = predictEffect(fakes(23), { ...OPTIONS, teacherError: 0.184 });
  assert.equal(verdict.expectation, "hurt");
  assert.equal(verdict.basis, "agreement");
  near(verdict.agreement, 0.23);
  near(verdict.confidence, 0.75);
  assert.equal(
    verdict.sentence,
    "These fakes are likely to hurt: the teacher confirms 23.0 % of their labels at a mean " +
      "confidence of 75.0 %, against 81.6 % of real ones; their gap to real images is not known, and " +
      "with N = 10000 and the default b = 18 the bound allows 0.057 at M^g = 20000 and 0.09 at any; " +
      "the bound leaves it open, so the agreement decides. Next: train the generator longer, or lower " +
      "rho or M^g.",
  );
  // With their conditioning labels the cost is known: 0.77 − 0.184.
  const unadjusted = predictEffect(fakes(23), {
    ...OPTIONS,
    areAdjusted: false,
    teacherError: 0.184,
  });
  assert.equal(unadjusted.expectation, "hurt");
  assert.equal(unadjusted.basis, "bound");
  near(unadjusted.leastGap, 0.77 - 0.184);
});

Deno.test("predictEffect() trusts a judge before the agreement", () => {
  const judge = { realError: 0.2, disagreement: 0.35 };
  const verdict = predictEffect(fakes(90), { ...OPTIONS, judge });
  assert.equal(verdict.expectation, "hurt");
  assert.equal(verdict.basis, "bound");
  near(verdict.leastGap, 0.15);
  // Between the threshold of this M^g and the limit, more fakes might still do it.
  const costly = predictEffect(fakes(90), {
    ...OPTIONS,
    judge: { realError: 0.2, disagreement: 0.27 },
  });
  assert.equal(costly.expectation, "unclear");
  assert.equal(costly.basis, "none");
});

Deno.test("predictEffect() promises help where the gap is small or the labels agree", () => {
  const small = predictEffect(fakes(99), {
    ...OPTIONS,
    teacherError: 0.01,
    totalVariation: 0.01,
  });
  assert.equal(small.expectation, "help");
  assert.equal(small.basis, "bound");
  near(small.greatestGap, 0.03);
  const agreeing = predictEffect(fakes(80), { ...OPTIONS, totalVariation: 0.2 });
  assert.equal(agreeing.expectation, "help");
  assert.equal(agreeing.basis, "agreement");
  assert.match(agreeing.sentence, /gap to real images is between 0 and 0\.58,/);
  assert.equal(predictEffect(fakes(60), OPTIONS).expectation, "unclear");
});

Deno.test("predictEffect() judges scalar labels by distance and wants their b", () => {
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
  const options = { ...OPTIONS, teacherError: 0.01 };
  const open = predictEffect(input, options);
  near(open.labelDistance, 0.1);
  assert.equal(open.expectation, "unclear");
  assert.equal(open.threshold, undefined);
  const hurt = predictEffect(input, { ...options, areAdjusted: false, b: 10 });
  assert.equal(hurt.expectation, "hurt");
  near(hurt.leastGap, 0.09);
  assert.ok(
    hurt.sentence.includes(
      "the teacher is off their labels by 9 degrees (10.0 % of the label scale), against 0.9 degrees " +
        "for real images",
    ),
    hurt.sentence,
  );
});

Deno.test("predictEffect() refuses numbers that are no shares", () => {
  const refuse = (change: Partial<VerdictOptions>, message: string) =>
    assert.throws(() => predictEffect(fakes(50), { ...OPTIONS, ...change }), {
      name: "RangeError",
      message,
    });
  refuse({ teacherError: 18 }, "Cannot use teacherError = 18: want a number in [0, 1]");
  refuse({ totalVariation: -1 }, "Cannot use totalVariation = -1: want a number in [0, 1]");
  refuse({ realCount: 0 }, "Cannot use N = 0: want an integer of at least 1");
  refuse({ b: 0 }, "Cannot use b = 0: want a number in (0, Infinity]");
});
