import assert from "node:assert/strict";
import { cifar10 } from "../../experiments/cifar10.ts";
import { distillers } from "../../experiments/distillers.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import { NETWORKS } from "../../registry.ts";
import {
  distillerOf,
  methodTitle,
  type StudentChoice,
  studentChoices,
} from "../stages/student_choice.ts";
import { teacherPart } from "../../distill/stages.ts";
import { recordedChoice } from "./recorded_choice.ts";

function cellOf(specification: ReturnType<typeof resolve>, choice: StudentChoice) {
  const chosen = distillerOf(specification, choice.distiller);
  const { isChosen } = teacherPart(chosen.distiller);
  return {
    dataset: "CIFAR-10",
    setting: "toy",
    student: NETWORKS[choice.student.network].title,
    method: methodTitle(chosen, choice.trainOn),
    ...(isChosen && { teacher: NETWORKS[choice.teacher!.network].title }),
  };
}

Deno.test("recordedChoice() finds every student of every method again", () => {
  for (
    const specification of [
      resolve(distillers, "desk"),
      resolve(cifar10, "paper", {
        distillers: '["nokd", {"name": "dkd", "beta": 2}, {"name": "rkd"}]',
        trainOn: '["real", "real, equal steps", "real+fake"]',
        studentEpochs: '"all images"',
      }),
    ]
  ) {
    const choices = studentChoices(specification);
    assert.ok(choices.length > 20);
    for (const choice of choices) {
      const { seed } = choice;
      const cell = cellOf(specification, choice);
      const found = recordedChoice({ cell, seed }, specification);
      assert.deepEqual(
        { ...found, distiller: distillerOf(specification, found.distiller).options },
        {
          student: choice.student,
          trainOn: choice.trainOn,
          seed,
          ...(cell.teacher && { teacher: choice.teacher }),
          distiller: distillerOf(specification, choice.distiller).options,
        },
      );
      assert.equal(
        methodTitle(distillerOf(specification, found.distiller), found.trainOn),
        cell.method,
      );
    }
  }
});

Deno.test("recordedChoice() says what the specification has no more", () => {
  const specification = resolve(cifar10, "smoke");
  const cell = { dataset: "d", setting: "toy", student: "VGG11", method: "NOKD" };
  const refused = (
    changes: Partial<typeof cell> & { teacher?: string },
    seed: number,
    why: RegExp,
  ) =>
    assert.throws(
      () => recordedChoice({ cell: { ...cell, ...changes }, seed }, specification),
      { name: "RangeError", message: why },
    );
  const [seed] = specification.seeds;
  refused({ student: "LeNet" }, seed!, /^Cannot train LeNet, NOKD, again: found no such student/);
  refused({ teacher: "LeNet" }, seed!, /found no teacher "LeNet"/);
  refused({}, 12345, /found no seed 12345/);
  refused({ method: "logit matching" }, seed!, /its method is not in the registry/);
  refused({ method: "DKD (beta 2, of my own)" }, seed!, /no option|not in the registry|known/);
});
