import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { sameArrays, toyNetwork, toyRun } from "../../testing/distill.ts";
import { distillTrainee } from "../trainee.ts";
import { trainStudent } from "../train_student.ts";
import { dml } from "./dml.ts";

const network = (seed: number) => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(seed) });

Deno.test("dml() of equal students has no mutual term and moves both alike", async () => {
  const run = toyRun({ distiller: dml(), student: network(1), teacher: undefined });
  const peer = network(1);
  const trainee = distillTrainee({ ...run, peers: [peer] });
  const { mutual } = tf.tidy(() => {
    const row = trainee.step(0);
    return { mutual: row.mutual!.dataSync()[0]! };
  });
  assert.equal(mutual, 0);
  const weightsOf = async ({ parameters }: typeof peer) => {
    const all = await parameters.read();
    return Object.fromEntries(
      Object.entries(all).filter(([name]) => parameters.trainable.has(name)),
    );
  };
  assert.ok(sameArrays(await weightsOf(run.student), await weightsOf(peer)));
  trainee.dispose();
});

Deno.test("dml() draws the outputs of its students together", async () => {
  const gaps: number[] = [];
  for (const weight of [0, 3]) {
    const run = toyRun({ distiller: dml({ weight, peers: 2 }), teacher: undefined });
    const peers = [network(11), network(12)];
    const { history } = await trainStudent({
      ...run,
      peers,
      training: { ...run.training, epochs: 8 },
    });
    gaps.push(history.at(-1)!.mutual!);
  }
  assert.ok(gaps[1]! < 0.7 * gaps[0]!, `${gaps}`);
});

Deno.test("dml() asks for as many peers as its option says", () => {
  assert.deepEqual(dml({ peers: 3 }).needs.peers, ["student", "student", "student"]);
  assert.throws(() => dml({ peers: 8 }), RangeError);
});
