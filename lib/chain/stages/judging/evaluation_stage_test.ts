import assert from "node:assert/strict";
import { tf } from "../../../base/tf.ts";
import { openRun } from "../../open_run.ts";
import { rc49 } from "../../../experiments/rc49.ts";
import { walkthrough } from "../../../experiments/walkthrough.ts";

Deno.test("the generator of scalar labels is scored beside the chain", async (t) => {
  const results = await Deno.makeTempDir();
  const states = new Map<string, string>();
  const open = (changes: Record<string, string> = {}) =>
    openRun(rc49, {
      preset: "smoke",
      results,
      changes,
      session: {
        progress: ({ stage, state }) => void states.set(stage, state),
        signal: new AbortController().signal,
        live: (work) => work,
      },
    });
  try {
    const run = await open();
    // Twelve in training and four in test at every second angle.
    await run.pool();
    const { numTensors } = tf.memory();
    const { score, labels, reals, fakes } = await run.generatorScore();
    assert.equal(tf.memory().numTensors, numTensors);

    await t.step("at labels over the whole range, with the fakes of the pool", () => {
      assert.deepEqual(labels, [1, 23, 45, 67, 89]);
      assert.deepEqual([reals, fakes], [5 * 16, 5 * 4]);
      assert.deepEqual(score.intraFid.perLabel.map(({ label }) => label), labels);
      for (const { realCount, fakeCount, distance } of score.intraFid.perLabel) {
        assert.deepEqual([realCount, fakeCount], [16, 4]);
        assert.ok(distance > 0 && Number.isFinite(distance));
      }
      for (const { mean } of [score.labelScore, score.realLabelScore]) {
        assert.ok(mean >= 0 && mean <= 180, `${mean}`);
      }
      assert.equal(score.diversity, undefined, "needles have no kinds");
    });

    await t.step("reused when it is asked for again", async () => {
      states.clear();
      assert.deepEqual((await (await open()).generatorScore()).score, score);
      assert.deepEqual([...new Set(states.values())], ["reused"]);
    });

    await t.step("with the quirks of the reference on request", async () => {
      states.clear();
      const raw = await open({ "evaluation.compat.sampler": "raw" });
      const plain = await raw.generatorScore();
      assert.equal(states.get("fakes of toy"), "done", "plain samples are drawn");
      assert.equal(states.get("evaluation regressor on toy"), "reused");
      assert.notDeepEqual(plain.score.intraFid, score.intraFid);
      // Four fakes per label are no full batch of 49, so that all of them are zeros: no spread is left.
      const zeros = await (await open({ "evaluation.compat.remainder": "zeros" })).generatorScore();
      assert.notDeepEqual(zeros.score.intraFid, score.intraFid);
      assert.deepEqual(zeros.score.labelScore, score.labelScore);
    });

    await t.step("refused as it is opened where a number cannot be", async () => {
      for (
        const [change, message] of [
          [{ "evaluation.perLabel": "1" }, /evaluation\.perLabel/],
          [{ "evaluation.labels": "0" }, /evaluation\.labels/],
          [{ "evaluation.judges.epochs": "0.5" }, /evaluation\.judges\.epochs/],
        ] as const
      ) {
        states.clear();
        await assert.rejects(open(change), { name: "RangeError", message });
        assert.equal(states.size, 0);
      }
    });

    await t.step("and students are of the same specification however it is judged", async () => {
      const hash = async (changes: Record<string, string>) => {
        const other = await open({ trainOn: '["real"]', ...changes });
        return (await other.students())[0]!.record.specification;
      };
      assert.equal(await hash({}), await hash({ "evaluation.perLabel": "3" }));
    });
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("a generator of classes has no such score", async () => {
  const results = await Deno.makeTempDir();
  try {
    const run = await openRun(walkthrough, { preset: "smoke", results });
    await assert.rejects(run.generatorScore(), {
      name: "TypeError",
      message: /^Cannot score the generator of "Toy shapes": found no evaluation for scalar labels/,
    });
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
