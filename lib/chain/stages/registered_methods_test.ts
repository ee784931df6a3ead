/** Methods of the registry that own more than a loss, trained as a run trains them: through a store, with kills. */
import assert from "node:assert/strict";
import type { Distiller } from "../../distill/distiller.ts";
import { crd } from "../../distill/methods/crd.ts";
import { cgdd } from "../../distill/methods/data_free/cgdd.ts";
import { dfad } from "../../distill/methods/data_free/dfad.ts";
import { dml } from "../../distill/methods/dml.ts";
import { ffsd } from "../../distill/methods/ffsd/ffsd.ts";
import { fsp } from "../../distill/methods/fsp.ts";
import { ft } from "../../distill/methods/ft.ts";
import { hkd } from "../../distill/methods/hkd.ts";
import { kdUda } from "../../distill/methods/kd_uda/kd_uda.ts";
import { reviewKd } from "../../distill/methods/review_kd.ts";
import { ugan } from "../../distill/methods/ugan/ugan.ts";
import { trainThroughStages } from "../../testing/stages.ts";

/** The same under a name that the registry does not have: results of one's own methods are told apart by code. */
const renamed = (distiller: Distiller): Distiller => ({ ...distiller, name: "tried" });

for (
  const [distiller, task, stages] of [
    [crd({ negatives: 20 }), "classification", ["student"]],
    [hkd({ negatives: 20 }), "classification", ["student"]],
    [dfad({ imitationSteps: 1, generatorWidth: 4 }), "regression", ["student"]],
    [cgdd({ imitationSteps: 1, generatorWidth: 4 }), "classification", ["student"]],
    [ugan({ generatorWidth: 4 }), "classification", ["student"]],
    [dml(), "classification", ["student"]],
    [dml(), "regression", ["student"]],
    [ffsd(), "classification", ["student"]],
    [kdUda(), "classification", ["student"]],
    [ft(), "classification", ["ft_paraphraser", "student"]],
    [fsp(), "regression", ["fsp_init", "student"]],
    [reviewKd({ warmUpEpochs: 0 }), "regression", ["student"]],
  ] as const
) {
  Deno.test(`${distiller.title} ends with the same bits after a kill at every step, ${task}`, async () => {
    await trainThroughStages(renamed(distiller), ({ network, teacher, earlier }, artifacts) => {
      assert.deepEqual([...Object.keys(earlier), "student"], stages);
      const hasTeacher = !["DML", "FFSD", "UGAN"].includes(distiller.title);
      assert.equal(teacher !== undefined, hasTeacher);
      assert.equal(artifacts.size, stages.length + (hasTeacher ? 1 : 0));
      assert.ok(Number.isFinite(network.test));
    }, { task });
  });
}
