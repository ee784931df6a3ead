import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Network } from "../networks/network.ts";
import { toyNetwork, toyRun } from "../testing/distill.ts";
import type { Distiller } from "./distiller.ts";
import { bss } from "./methods/bss/bss.ts";
import { cgdd } from "./methods/data_free/cgdd.ts";
import { dfad } from "./methods/data_free/dfad.ts";
import { dml } from "./methods/dml.ts";
import { ffsd } from "./methods/ffsd/ffsd.ts";
import { kdUda } from "./methods/kd_uda/kd_uda.ts";
import { nokd } from "./methods/nokd.ts";
import { uda } from "./methods/uda/uda.ts";
import { vkd } from "./methods/vkd/vkd.ts";
import { distillTrainee } from "./trainee.ts";

/** What a layer of dropout draws its mask from, at each training pass of a step, by network. */
function masksOf(distiller: Distiller, step = 0): Record<string, number[]> {
  const masks: Record<string, number[]> = {};
  const recorded = (name: string, network: Network): Network => ({
    ...network,
    forward(x, mode) {
      if (mode.training) {
        (masks[name] ??= []).push(mode.rng!.child("dropout", "layer").nextUint32());
      }
      return network.forward(x, mode);
    },
  });
  const toy = (seed: number) => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(seed) });
  const run = toyRun({ distiller });
  const trainee = distillTrainee({
    ...run,
    student: recorded("student", run.student),
    teacher: recorded("teacher", run.teacher!),
    peers: (distiller.needs.peers ?? []).map((_, i) => recorded(`peer ${i + 1}`, toy(i))),
  });
  tf.tidy(() => void trainee.step(step));
  trainee.dispose();
  return masks;
}

const first = masksOf(nokd()).student![0]!;

for (
  const [distiller, passes] of [
    [uda(), { student: 2 }],
    [bss(), { student: 2 }],
    [kdUda(), { student: 2, teacher: 2 }],
    [dfad({ imitationSteps: 1 }), { student: 2 }],
    [cgdd({ imitationSteps: 1 }), { student: 2 }],
    [ffsd(), { student: 1, "peer 1": 1, "peer 2": 1 }],
    [vkd({ from: "peers" }), { student: 1, "peer 1": 1 }],
  ] as const
) {
  Deno.test(`${distiller.name}: each training pass of a step drops entries of its own`, () => {
    const masks = masksOf(distiller);
    const counts = Object.entries(masks).map(([name, drawn]) => [name, drawn.length]);
    assert.deepEqual(Object.fromEntries(counts), passes);
    const all = Object.values(masks).flat();
    assert.equal(new Set(all).size, all.length, JSON.stringify(masks));
    assert.equal(masks.student![0], first);
    // Addressed by step, so a resumed training draws the same.
    assert.deepEqual(masksOf(distiller), masks);
    assert.notDeepEqual(masksOf(distiller, 1), masks);
  });
}

Deno.test("dml: each student drops entries of its own, a peer the same ones when it answers and when it learns", () => {
  const { student, "peer 1": one, "peer 2": two } = masksOf(dml({ peers: 2 }));
  assert.deepEqual(student, [first]);
  for (const peer of [one!, two!]) assert.deepEqual(peer, [peer[0], peer[0]]);
  assert.equal(new Set([first, one![0], two![0]]).size, 3);
});
