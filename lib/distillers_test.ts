/** What every distiller of the registry must keep to, whatever its loss, in each of its stages. */
import assert from "node:assert/strict";
import { join } from "./base/disk/path.ts";
import { readSafetensors } from "./base/disk/safetensors.ts";
import { rngOf } from "./base/rng.ts";
import { tf } from "./base/tf.ts";
import type { Distiller } from "./distill/distiller.ts";
import { nokd } from "./distill/methods/nokd.ts";
import { ugan } from "./distill/methods/ugan/ugan.ts";
import { vkd } from "./distill/methods/vkd/vkd.ts";
import { trainStudent } from "./distill/train_student.ts";
import { distillTrainee } from "./distill/trainee.ts";
import { type DistillerEntry, DISTILLERS } from "./registry.ts";
import {
  sameArrays,
  TOY_ANGLES,
  TOY_CLASSES,
  TOY_TRAINING,
  toyNetwork,
  toyStages,
} from "./testing/distill.ts";

/** Options under which a method does at once what it does later in a training. */
const AT_ONCE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  review_kd: { warmUpEpochs: 0 },
  bss: { tolerance: 0.01 },
  uda: { consistency: 1, confidence: 0 },
  dfad: { imitationSteps: 1, generatorWidth: 8 },
  cgdd: { imitationSteps: 1, generatorWidth: 8 },
  introspective: { warmUpEpochs: 0 },
  ugan: { warmUpEpochs: 0, generatorWidth: 8 },
};
/** Methods whose options make other methods of them. */
const VARIANTS: readonly (readonly [string, Distiller])[] = [
  ...([
    { source: "table" },
    { beside: "dkd" },
    { from: "self", warmUpEpochs: 0 },
    { from: "peers", warmUpEpochs: 0 },
  ] as const).map((options) => [`vkd ${JSON.stringify(options)}`, vkd(options)] as const),
  ["ugan with two labels a class", ugan({ labelled: 2, warmUpEpochs: 0, generatorWidth: 8 })],
];
/** The ordinary loss, by the name of its term. */
const ORDINARY = ["crossEntropy", "squaredError"];

const methods = (Object.entries(DISTILLERS) as [string, DistillerEntry][]).map(
  ([name, entry]) => [name, entry.make(AT_ONCE[name])] as const,
);
for (const [name, distiller] of [...methods, ...VARIANTS]) {
  Deno.test(`${name}: stopped and resumed gives the bits of an undisturbed run; the teacher stays`, async () => {
    for (const { make } of await toyStages(distiller)) {
      const folder = await Deno.makeTempDir();
      try {
        const whole = make({ checkpointPath: join(folder, "whole.safetensors") });
        const before = await whole.teacher?.parameters.read() ?? {};
        const { weights, history } = await trainStudent(whole);
        if (whole.distiller.needs.teacher === "frozen") {
          assert.ok(sameArrays(before, await whole.teacher!.parameters.read()));
        }
        const checkpointPath = join(folder, "resumed.safetensors");
        // Stops after the first step.
        await assert.rejects(
          trainStudent(make({ checkpointPath, signal: AbortSignal.abort() })),
          /at step 1 of 3/,
        );
        const resumed = await trainStudent(make({ checkpointPath }));
        assert.equal(resumed.resumedAt, 1);
        assert.ok(sameArrays(weights, resumed.weights));
        assert.deepEqual(resumed.history, history);
        // Adapters, optimiser and state too.
        const [wanted, found] = await Promise.all(
          [whole.checkpointPath!, checkpointPath].map((path) => readSafetensors(path)),
        );
        assert.deepEqual(found!.arrays, wanted!.arrays);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  });

  Deno.test(`${name}: no tensor is left after a step, every adapter moves within three`, async () => {
    for (const { make } of await toyStages(distiller)) {
      const trainee = distillTrainee(make());
      const before = await trainee.adapters?.read() ?? {};
      const counts = [0, 1, 2].map((step) => {
        tf.tidy(() => {
          trainee.step(step);
        });
        return tf.memory().numTensors;
      });
      assert.equal(counts[1], counts[2]);
      const after = await trainee.adapters?.read() ?? {};
      for (const [key, { values }] of Object.entries(before)) {
        assert.ok(values.some((value, i) => value !== after[key]!.values[i]), `${key} stayed`);
      }
      trainee.dispose();
    }
  });

  Deno.test(`${name}: a batch of one has a finite loss`, async () => {
    for (const { make } of await toyStages(distiller)) {
      const trainee = distillTrainee(make({ training: { ...TOY_TRAINING, batch: 1 } }));
      const row = tf.tidy(() => trainee.step(0));
      assert.ok(Number.isFinite(row.loss!.dataSync()[0]!));
      trainee.dispose();
    }
  });

  Deno.test(`${name}: trains with every kind of label that it declares`, async () => {
    for (const task of [TOY_CLASSES, TOY_ANGLES]) {
      if (!distiller.tasks.includes(task.kind)) continue;
      const stages = await toyStages(distiller, { task });
      const { test } = await trainStudent(stages.at(-1)!.make());
      assert.ok(Number.isFinite(test));
    }
  });

  Deno.test(`${name}: every term is finite where student and teacher are the same network`, async () => {
    const stage = (await toyStages(distiller)).at(-1)!;
    const network = () => toyNetwork({ channels: 8, outputs: 3, rng: rngOf(3) });
    const run = stage.make({ student: network() });
    const trainee = distillTrainee({ ...run, ...(run.teacher && { teacher: network() }) });
    const row = tf.tidy(() => trainee.step(0));
    for (const value of Object.values(row)) assert.ok(Number.isFinite(value.dataSync()[0]!));
    trainee.dispose();
  });

  Deno.test(`${name}: with the labels' weight only, the student learns as without a method`, async () => {
    const stage = (await toyStages(distiller)).at(-1)!;
    // What a method hands its student is its own: views, generated images.
    const withoutMethod: Distiller = { ...stage.distiller, ...labelsOnly(stage.distiller) };
    const { weights, isPlain } = await trainedBy(withoutMethod);
    if (!isPlain) return;
    assert.ok(sameArrays(weights, (await trainedBy(nokd())).weights));

    async function trainedBy(method: Distiller) {
      let isPlain = true;
      const watched: Distiller = {
        ...method,
        prepare(context) {
          const prepared = method.prepare(context);
          return {
            ...prepared,
            beforeStep(batch) {
              const seen = prepared.beforeStep?.(batch) ?? batch;
              isPlain &&= seen.x === batch.x;
              return seen;
            },
            loss(student, batch) {
              return prepared.loss(student, batch);
            },
          };
        },
      };
      const { student, training, train, test, rng, normalisation, ...rest } = stage.make();
      const bare = { student, training, train, test, rng, normalisation, stage: "toy", seed: 1 };
      const run = method.name === "nokd" ? bare : { ...rest, ...bare };
      const { weights: all } = await trainStudent({ ...run, distiller: watched });
      // Further passes of a method move averages of batch norms.
      const names = Object.keys(all).filter((key) => student.parameters.trainable.has(key));
      return { weights: Object.fromEntries(names.map((key) => [key, all[key]!])), isPlain };
    }
  });
}

/** The same method whose every weight is 0, but for that of the ordinary loss. */
function labelsOnly(distiller: Distiller): Pick<Distiller, "prepare"> {
  return {
    prepare(context) {
      const method = distiller.prepare(context);
      return {
        ...method,
        loss: (student, batch) =>
          Object.fromEntries(
            Object.entries(method.loss(student, batch)).map(([term, { value }]) => [
              term,
              { weight: ORDINARY.includes(term) ? 1 : 0, value },
            ]),
          ),
      };
    },
  };
}
