import assert from "node:assert/strict";
import type { Distiller } from "../../distill/distiller.ts";
import { at } from "../../distill/methods/at.ts";
import { blkd } from "../../distill/methods/blkd.ts";
import { pkt } from "../../distill/methods/pkt.ts";
import { TOY_CLASSES, toyImages, toyRun } from "../../testing/distill.ts";
import { Store } from "../../base/disk/store.ts";
import { toyAngles } from "../../data/toy/angles.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import { rc49 } from "../../experiments/rc49.ts";
import { choiceOf } from "../../testing/stages.ts";
import { Chain } from "../chain.ts";
import type { Context } from "./context.ts";
import { studentStage } from "./student_stage.ts";
import type { NetworkJob, TrainedNetwork } from "./network_job.ts";
import { teacherAnswers } from "./teacher_answers.ts";

Deno.test("teacherAnswers() are shared by all methods of a run with one teacher and one training set", async () => {
  const contextOf = (teacherInput: "mixed" | "teacher") =>
    ({ specification: { compat: { teacherInput } } }) as unknown as Context;
  const run = toyRun({ distiller: blkd(), train: toyImages(100, TOY_CLASSES) });
  const { train, normalisation, teacher: network } = run;
  const training = { ...run.training, batch: 64 };
  const teacher = {
    artifact: { id: "teacher-1" },
    normalisation: { mean: [0.2], std: [0.3] },
  } as unknown as TrainedNetwork;
  const job = (distiller: Distiller, changes: Partial<NetworkJob> = {}) => ({
    role: "student",
    seed: 1,
    sized: { network: "vgg11", width: 1 },
    train,
    training: { ...training, epochs: 3 },
    inputs: { real: "a" },
    teacher,
    distiller,
    ...changes,
  } as NetworkJob);
  const context = contextOf("mixed");
  const ask = (from: Context, of: NetworkJob) =>
    teacherAnswers(from, of, { network, normalisation });
  const first = await ask(context, job(blkd()));
  assert.ok(first);
  assert.equal(await ask(context, job(pkt(), { seed: 2 })), first);
  assert.notEqual(await ask(context, job(blkd(), { inputs: { real: "a", fake: "b" } })), first);
  const noMirror = await ask(context, job(blkd(), { training: { ...training, flip: false } }));
  assert.equal(noMirror!.output.values.length, first.output.values.length / 2);
  // In the teacher's own constants it sees other numbers.
  const own = await ask(contextOf("teacher"), job(blkd()));
  assert.notDeepEqual(own, first);
  assert.equal(await ask(context, job(at())), undefined);
  assert.equal(await ask(context, job(blkd(), { teacher: undefined })), undefined);
  assert.equal(
    await ask(context, job(blkd(), { training: { ...training, crop: true } })),
    undefined,
  );
});

Deno.test("studentStage() asks a frozen teacher before the training, and then about short batches only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const recipe = {
      batch: 64,
      learningRate: 1e-3,
      milestones: [],
      momentum: 0.9,
      weightDecay: 1e-4,
    };
    const training = { ...recipe, crop: false, flip: false };
    const chain = new Chain({
      specification: {
        ...resolve(rc49, "smoke"),
        teacherTraining: { ...training, epochs: 1 },
        studentTraining: { ...training, epochs: 2 },
      },
      setting: "toy",
      dataset: toyAngles({ angles: 10, perAngle: 20, testPerAngle: 1 }),
      store: new Store(folder),
    });
    const asked: number[] = [];
    const counting = (distiller: Distiller): Distiller => ({
      ...distiller,
      name: `counted_${distiller.name}`,
      prepare(context) {
        const method = distiller.prepare(context);
        const teacher = context.teacher!;
        const { forward } = teacher;
        Object.assign(teacher, {
          forward(...args: Parameters<typeof forward>) {
            asked.push(args[0].shape[0]);
            return forward(...args);
          },
        });
        return method;
      },
    });
    const train = async (distiller: Distiller) => {
      asked.length = 0;
      await studentStage(chain, choiceOf(counting(distiller), { task: "regression" }));
      return [...asked];
    };
    // Two epochs of 100 images.
    assert.deepEqual(await train(blkd()), [36, 36]);
    assert.deepEqual(await train(pkt()), [36, 36]);
    // Maps are not kept.
    assert.deepEqual(await train(at()), [64, 36, 64, 36]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
