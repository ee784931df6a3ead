/** Distillers trained as a run trains them: through their stages and a store, on toys. */
import assert from "node:assert/strict";
import type { History } from "../base/disk/checkpoint.ts";
import { join } from "../base/disk/path.ts";
import { type Artifact } from "../base/disk/artifact.ts";
import { Store } from "../base/disk/store.ts";
import { tf } from "../base/tf.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { toyAngles } from "../data/toy/angles.ts";
import type { Distiller, EarlierStage, PreparedDistiller } from "../distill/distiller.ts";
import { Chain } from "../chain/chain.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { rc49 } from "../experiments/rc49.ts";
import type { StudentChoice } from "../chain/stages/student_choice.ts";
import { studentStage, type TrainedStudent } from "../chain/stages/student_stage.ts";
import type { Network } from "../networks/network.ts";

/** Epochs of two steps, the second on a short batch. */
const RECIPE = {
  batch: 32,
  milestones: [],
  momentum: 0.9,
  weightDecay: 1e-4,
  crop: false,
  flip: true,
};

/** What a method is trained with. */
export interface StageTestOptions {
  /** Default: four classes of toy shapes. */
  readonly task?: "classification" | "regression";
  /** Default: 1. */
  readonly seed?: number;
  /** A method that runs the teacher itself does not train it; default: false. */
  readonly keepsTeacher?: boolean;
}

/**
 * Trains a student by a method of one's own, twice in stores of their own: undisturbed, and killed after every step.
 * Both end with the same bits; no tensor is left; what is frozen stays as it is at every step.
 *
 * @param look Sees the student of the undisturbed run, and all results in its store, while the store is there.
 */
export async function trainThroughStages(
  distiller: Distiller,
  look: (student: TrainedStudent, artifacts: ReadonlyMap<string, Artifact>) => void | Promise<void>,
  options: StageTestOptions = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const tensors = tf.memory().numTensors;
    const guarded = withGuards(distiller, options.keepsTeacher);
    const whole = chainIn(join(folder, "whole"), options);
    const student = await studentStage(whole, choiceOf(guarded, options));
    assert.equal(tf.memory().numTensors, tensors, "tensors were left");
    const wanted = await artifactsIn(whole.context.store);
    await look(student, wanted);

    let kills = 0;
    for (;;) {
      const killed = chainIn(join(folder, "killed"), options, AbortSignal.abort());
      try {
        await studentStage(killed, choiceOf(guarded, options));
        const found = await artifactsIn(killed.context.store);
        assert.deepEqual([...found.keys()], [...wanted.keys()]);
        for (const [id, { arrays, notes }] of wanted) {
          assert.deepEqual(found.get(id)!.arrays, arrays, `other bits in ${id}`);
          assert.deepEqual(found.get(id)!.notes.history, notes.history, `another history of ${id}`);
        }
        break;
      } catch (error) {
        if (!(error instanceof TrainingStopped)) throw error;
        kills++;
      }
    }
    // The last step of a training is not followed by a kill; a network that died had a training of its own.
    const expected = [...wanted.values()].map(({ notes }) => {
      const { history, deadNetworks = 0 } = notes as { history: History; deadNetworks?: number };
      return (1 + deadNetworks) * (history.at(-1)!.step - 1);
    });
    assert.equal(kills, expected.reduce((sum, count) => sum + count, 0));
    assert.equal(tf.memory().numTensors, tensors, "tensors were left after kills");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A chain on toys whose filter's teacher is of another kind than the students'. */
export function chainIn(
  work: string,
  { task = "classification" }: StageTestOptions = {},
  signal?: AbortSignal,
): Chain {
  const isClassifier = task === "classification";
  // Regressors die at more.
  const recipe = { ...RECIPE, learningRate: isClassifier ? 0.05 : 0.001 };
  return new Chain({
    specification: {
      ...resolve(isClassifier ? cifar10 : rc49, "smoke"),
      teacherTraining: { ...recipe, epochs: 1 },
      studentTraining: { ...recipe, epochs: 2 },
    },
    setting: "toy",
    dataset: isClassifier
      ? toyShapes({ perClass: 12, testPerClass: 5 })
      : toyAngles({ angles: 7, perAngle: 12, testPerAngle: 2 }),
    store: new Store(work),
    signal,
  });
}

/** A narrow student from a narrow ResNet-18, which is not the teacher of the filter. */
export function choiceOf(
  distiller: StudentChoice["distiller"],
  { seed = 1, task }: StageTestOptions = {},
): StudentChoice {
  return {
    // Narrow regressors of other families die within a few steps.
    student: task === "regression"
      ? { network: "mobilenet_v2", width: 0.125 }
      : { network: "vgg11", width: 0.0625 },
    teacher: { network: "resnet18", width: 0.0625 },
    distiller,
    trainOn: "real",
    seed,
  };
}

async function artifactsIn(store: Store): Promise<Map<string, Artifact>> {
  const artifacts = new Map<string, Artifact>();
  const names = (await Array.fromAsync(Deno.readDir(store.work))).map(({ name }) => name).sort();
  for (const name of names) {
    const artifact = await store.find(name);
    if (artifact) artifacts.set(name, artifact);
  }
  return artifacts;
}

/** The same method, whose frozen networks are compared with their first bits after every step. */
function withGuards(distiller: Distiller, keepsTeacher = false): Distiller {
  const { needs: { teacher: access, trainsStudent = true }, before } = distiller;
  return {
    ...distiller,
    ...(before && {
      before: before.map((stage): EarlierStage => ({
        ...stage,
        distiller: withGuards(stage.distiller, keepsTeacher),
      })),
    }),
    prepare(context): PreparedDistiller {
      const method = distiller.prepare(context);
      const frozen = [
        ...(access === "frozen" || (access === "own" && keepsTeacher) ? [context.teacher!] : []),
        ...(trainsStudent ? [] : [context.student]),
      ];
      const wanted = frozen.map(bitsOf);
      return {
        ...method,
        afterStep(batch) {
          method.afterStep?.(batch);
          assert.deepEqual(frozen.map(bitsOf), wanted, "a frozen network moved");
        },
      };
    },
  };
}

function bitsOf({ parameters }: Network): Record<string, ArrayLike<number>> {
  return Object.fromEntries(
    [...parameters.entries()].map(([name, variable]) => [name, variable.dataSync().slice()]),
  );
}
