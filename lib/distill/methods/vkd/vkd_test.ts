import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { toyStages, waves } from "../../../testing/distill.ts";
import { stagesOf, teacherPart } from "../../stages.ts";
import { distillTrainee } from "../../trainee.ts";
import { ab } from "../ab.ts";
import { bss } from "../bss/bss.ts";
import { ft } from "../ft.ts";
import { takd } from "../takd.ts";
import { withVirtualKnowledge } from "./combination.ts";
import { virtualKnowledge } from "./generator.ts";
import { imitation, meanKl } from "./imitation.ts";
import { storedKnowledge, virtualKd } from "./virtual_loss.ts";
import { BESIDE, vkd } from "./vkd.ts";

const OPTIONS = { adversarial: 1, moment: 1, generatorRate: 2e-4 };

Deno.test("virtualKnowledge() has 23,306 weights for ten classes, and gives distributions that T · g keeps", () => {
  const { parameters, draw } = virtualKnowledge(10, rngOf(1));
  assert.equal(parameters.size, 23_306);
  tf.tidy(() => {
    const logits = draw(tf.tensor1d([0, 9, 3], "int32"), rngOf(2));
    const q = tf.softmax(logits);
    for (const sum of tf.sum(q, 1).dataSync()) assert.ok(Math.abs(sum - 1) < 1e-6);
    assert.ok(tf.min(q).dataSync()[0]! > 0);
    const again = tf.softmax(logits.mul(4).div<tf.Tensor2D>(4));
    assert.ok(tf.max(tf.abs(again.sub(q))).dataSync()[0]! < 1e-6);
  });
  parameters.dispose();
});

Deno.test("virtual knowledge splits as stored: mean KL = KL of the mean + entropy gap", () => {
  tf.tidy(() => {
    const q = tf.softmax(
      tf.stack((["student", "teacher"] as const).map((kind) => waves(kind, [3], 2))),
    ) as tf.Tensor2D;
    const p = tf.softmax(tf.tensor2d([[0.3, -0.2, 0.5]]));
    const mean = tf.mean(q, 0, true) as tf.Tensor2D;
    const found = [
      meanKl(q, tf.tile(p, [2, 1])),
      meanKl(mean, p),
      meanKl(q, tf.tile(mean, [2, 1])),
    ];
    [0.357054608, 0.308544112, 0.048510496].forEach((wanted, i) =>
      assert.ok(Math.abs(found[i]!.dataSync()[0]! - wanted) < 1e-6, `${found[i]}`)
    );
  });
});

Deno.test("virtualKd() has in the mean over draws the gradient T · (p_s − mean q) of a class table", () => {
  tf.tidy(() => {
    const student = tf.tensor2d([[0.3, -0.2, 0.5]]);
    const draws = [0, 1, 2, 3].map((i) => waves("student", [1, 3], 1 + i) as tf.Tensor2D);
    const slopes = draws.map((g) =>
      tf.grad((x) => virtualKd(x as tf.Tensor2D, g.mul(4), 4))(student)
    );
    const mean = tf.addN(slopes).div(4);
    const table = tf.addN(draws.map((g) => tf.softmax(g))).div(4);
    const wanted = tf.softmax(student.div(4)).sub(table).mul(4);
    assert.ok(tf.max(tf.abs(mean.sub(wanted))).dataSync()[0]! < 1e-5);
  });
});

/** Softened outputs of four classes: noise about a mean of each class. */
function outputsOf(labels: readonly number[], seed: number): tf.Tensor2D {
  const rng = rngOf(seed);
  const rows = labels.map((y) =>
    [0, 1, 2, 3].map((c) => 2 * Number(c === y) + Number(c === 3 - y) + 0.5 * rng.normal())
  );
  return tf.softmax(tf.tensor2d(rows));
}

for (const adversarial of [0, 1]) {
  Deno.test(`imitation() reaches each class's mean output within 0.01 nats, ${adversarial === 0 ? "moments alone" : "with a critic"}`, () => {
    const { generator, means, state, update } = imitation(4, {
      adversarial,
      moment: 1,
      generatorRate: 2e-3,
      rng: rngOf(5),
    });
    const labels = Array.from({ length: 64 }, (_, i) => i % 4);
    for (let step = 0; step < 150; step++) {
      tf.tidy(() => update(outputsOf(labels, step), tf.tensor1d(labels, "int32"), rngOf(6, step)));
    }
    tf.tidy(() => {
      const table = means.buffers.get("means")! as unknown as tf.Tensor2D;
      const truth = [0, 1, 2, 3].map((y) => tf.mean(outputsOf(Array(4000).fill(y), 1000), 0, true));
      // The table itself: a running mean over about a hundred images of noise.
      assert.ok(meanKl(tf.concat(truth) as tf.Tensor2D, table).dataSync()[0]! < 0.01);
      for (let y = 0; y < 4; y++) {
        const drawn = tf.softmax(
          generator.draw(tf.fill([500], y, "int32") as tf.Tensor1D, rngOf(7)),
        );
        const gap = meanKl(table.slice([y, 0], [1, -1]), tf.mean(drawn, 0, true) as tf.Tensor2D);
        assert.ok(gap.dataSync()[0]! < 0.01, `class ${y}: ${gap.dataSync()[0]}`);
      }
    });
    Object.values(state).forEach((set) => set.dispose());
  });
}

Deno.test("imitation() is within 0.02 nats of each class's mean output after every step of a training", () => {
  const { generator, means, state, update } = imitation(4, { ...OPTIONS, rng: rngOf(5) });
  const labels = Array.from({ length: 64 }, (_, i) => i % 4);
  for (let step = 0; step < 12; step++) {
    tf.tidy(() => {
      update(outputsOf(labels, step), tf.tensor1d(labels, "int32"), rngOf(6, step));
      const table = means.buffers.get("means")! as unknown as tf.Tensor2D;
      const drawn = [0, 1, 2, 3].map((y) =>
        tf.mean(
          tf.softmax(generator.draw(tf.fill([200], y, "int32") as tf.Tensor1D, rngOf(7))),
          0,
          true,
        )
      );
      const gap = meanKl(table, tf.concat(drawn) as tf.Tensor2D).dataSync()[0]!;
      assert.ok(gap < 0.02, `${gap} after step ${step}`);
    });
  }
  // By then the table is most of the way from equal classes to the truth.
  tf.tidy(() => {
    const table = means.buffers.get("means")! as unknown as tf.Tensor2D;
    const truth = tf.concat(
      [0, 1, 2, 3].map((y) => tf.mean(outputsOf(Array(2000).fill(y), 1000), 0, true)),
    ) as tf.Tensor2D;
    const [far, near] = [tf.fill<tf.Rank.R2>([4, 4], 0.25), table].map((means) =>
      meanKl(truth, means).dataSync()[0]!
    );
    assert.ok(near! < far! / 10, `${near} of ${far}`);
  });
  Object.values(state).forEach((set) => set.dispose());
});

Deno.test("imitation() leaves classes that are not in a batch, and its rows are distributions", () => {
  const { means, state, update } = imitation(4, { ...OPTIONS, rng: rngOf(1) });
  tf.tidy(() => {
    update(outputsOf([1, 1, 3], 2), tf.tensor1d([1, 1, 3], "int32"), rngOf(3));
    const rows = (means.buffers.get("means")! as unknown as tf.Tensor2D).arraySync();
    assert.deepEqual(rows[0], [0.25, 0.25, 0.25, 0.25]);
    const mean = tf.mean(outputsOf([1, 1, 3], 2).slice([0, 0], [2, -1]), 0).dataSync();
    // Two images: 0.99² of the old mean.
    rows[1]!.forEach((p, c) => assert.ok(Math.abs(p - (0.9801 * 0.25 + 0.0199 * mean[c]!)) < 1e-6));
    for (const row of rows) assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
  });
  Object.values(state).forEach((set) => set.dispose());
});

Deno.test("VKD stays finite where outputs at a low temperature are 0 or 1 in float32", () => {
  const { generator, means, state, update } = imitation(3, { ...OPTIONS, rng: rngOf(1) });
  // As after a long training: what others had at the start is 0 too.
  const sure = { means: { shape: [3, 3], values: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) } };
  means.write(sure);
  tf.tidy(() => {
    for (let step = 0; step < 3; step++) {
      const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32");
      update(tf.oneHot(labels, 3).toFloat() as tf.Tensor2D, labels, rngOf(2, step));
    }
    const left = { generator: {}, means: sure };
    const stored = storedKnowledge("table", left, { classes: 3, temperature: 0.1, rng: rngOf(3) });
    const y = tf.tensor1d([0, 1, 2], "int32");
    for (const found of [generator.draw(y, rngOf(4)), stored.logits(y, rngOf(5))]) {
      assert.ok(found.dataSync().every(Number.isFinite), String(found));
      assert.deepEqual([...tf.argMax(found, 1).dataSync()], [0, 1, 2]);
    }
    stored.parameters.dispose();
  });
  Object.values(state).forEach((set) => set.dispose());
});

Deno.test("storedKnowledge() of a table gives logits whose softmax at T is the class mean", () => {
  const means = { means: { shape: [2, 2], values: Float32Array.of(0.75, 0.25, 0.1, 0.9) } };
  const { parameters, logits } = storedKnowledge("table", { generator: {}, means }, {
    classes: 2,
    temperature: 4,
    rng: rngOf(1),
  });
  tf.tidy(() => {
    const q = tf.softmax(logits(tf.tensor1d([1, 0], "int32"), rngOf(2)).div<tf.Tensor2D>(4))
      .dataSync();
    [0.1, 0.9, 0.75, 0.25].forEach((p, i) => assert.ok(Math.abs(q[i]! - p) < 1e-6));
  });
  parameters.dispose();
});

Deno.test("vkd() shares its teacher with variants that differ in the student's part only", () => {
  const identity = (options: Parameters<typeof vkd>[0]) => stagesOf(vkd(options))[0]!.options;
  const plain = identity({});
  assert.deepEqual(identity({ beside: "dkd", weight: 2 }), plain);
  assert.deepEqual(identity({ source: "table", labels: 1 }), plain);
  assert.notDeepEqual(identity({ temperature: 2 }), plain);
  assert.notDeepEqual(identity({ moment: 0.5 }), plain);
});

Deno.test("vkd() has the stages of each variant, and refuses what does not go together", () => {
  const stages = (distiller: ReturnType<typeof vkd>) =>
    stagesOf(distiller).map(({ name, teacher, peers }) => [name, teacher, peers.length]);
  assert.deepEqual(stages(vkd()), [["vkd_teacher", undefined, 0], ["student", undefined, 0]]);
  assert.deepEqual(stages(vkd({ beside: "blkd" })), [
    ["vkd_teacher", undefined, 0],
    ["student", "vkd_teacher", 0],
  ]);
  assert.deepEqual(stages(vkd({ beside: "takd" })), [
    ["vkd_teacher", undefined, 0],
    ["assistant", "vkd_teacher", 0],
    ["student", "assistant", 0],
  ]);
  assert.deepEqual(stages(vkd({ from: "self" })), [["student", undefined, 0]]);
  assert.deepEqual(stages(vkd({ from: "peers" })), [["student", undefined, 1]]);
  const combined = withVirtualKnowledge(bss(), {
    ...OPTIONS,
    temperature: 4,
    weight: 0.9,
    source: "generator",
  });
  assert.deepEqual([combined.name, combined.title], ["vkd_bss", "VKD+BSS"]);
  // No stage is left with the experiment's teacher.
  for (const other of [ab(), ft(), takd(), bss()]) {
    const whole = withVirtualKnowledge(other, {
      ...OPTIONS,
      temperature: 4,
      weight: 0.9,
      source: "table",
    });
    assert.deepEqual(teacherPart(whole), { isTrained: false, isChosen: true }, whole.name);
  }
  assert.throws(() => vkd({ from: "self", beside: "blkd" }), /found beside = "blkd"/);
  assert.throws(() => vkd({ from: "peers", source: "table" }), /source = "table"/);
  assert.throws(() => vkd({ beside: "blkd", labels: 1 }), /found labels = 1/);
});

Deno.test("vkd() beside any other method gives it VKD's teacher, and one teacher to both", () => {
  for (const beside of Object.keys(BESIDE) as (keyof typeof BESIDE)[]) {
    const stages = stagesOf(vkd({ beside }));
    const { teacher, reads } = stages.at(-1)!;
    assert.equal(teacher, beside === "takd" ? "assistant" : "vkd_teacher", beside);
    assert.deepEqual(reads, ["vkd_teacher"]);
    const own = stages.filter(({ name }) => name !== "vkd_teacher" && name !== "student");
    assert.deepEqual(own.map(({ name }) => name), beside === "takd" ? ["assistant"] : [], beside);
  }
});

for (const beside of ["bss", "crd", "uda"] as const) {
  Deno.test(`vkd() beside ${beside} keeps the method's terms and state, and adds its own`, async () => {
    const stage = (await toyStages(vkd({ beside }))).at(-1)!;
    const alone = (await toyStages(BESIDE[beside]())).at(-1)!;
    const [both, one] = [stage, alone].map(({ make }) => distillTrainee(make()));
    const rows = [both!, one!].map((trainee) =>
      tf.tidy(() => {
        const row = trainee.step(0);
        return Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v.dataSync()[0]!]));
      })
    );
    assert.deepEqual(Object.keys(rows[0]!), [...Object.keys(rows[1]!), "virtual"]);
    assert.ok(Object.values(rows[0]!).every(Number.isFinite));
    assert.deepEqual(
      Object.keys(both!.state).sort(),
      [...Object.keys(one!.state), "method.virtual"].sort(),
    );
    both!.dispose();
    one!.dispose();
  });
}
