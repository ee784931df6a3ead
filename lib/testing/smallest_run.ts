/** The smallest run that makes every stage of the chain, for tests of whole runs. */
import type { ProgressEvent, ProgressSink } from "../base/progress.ts";
import { ExperimentRun } from "../chain/run.ts";
import type { PlannedRun, RunOptions } from "../chain/run_options.ts";
import type { Session } from "../chain/session.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";

/** As little as keeps every stage busy, as changes of CIFAR-10's preset smoke. */
export const SMALLEST = {
  "filterTeacher.width": "0.0625",
  "teacherTraining.epochs": "1",
  "teacherTraining.milestones": "[]",
  "studentTraining.epochs": "1",
  "studentTraining.milestones": "[]",
  teachers: '[{"network": "vgg11", "width": 0.0625}]',
  "gan.steps.toy": "4",
  // Long enough that no class has ratio 0 throughout, which the sampler refuses.
  "ratio.epochs": "10",
  "ratio.batch": "32",
  "ratio.learningRate": "1e-3",
  "synthesis.perLabel": "12",
  "synthesis.burnIn": "12",
  "synthesis.batch": "24",
  "synthesis.fakes": "24",
  // A teacher of one epoch may see one class everywhere.
  "compat.shortfall": "refill",
};
const SETTING = "toy";
const dataset = toyShapes({ perClass: 32, testPerClass: 10 });

/** A run, and what it told whoever watches. */
export interface SmallestRun {
  readonly run: ExperimentRun;
  readonly events: ProgressEvent[];
}

/** CIFAR-10's chain at preset smoke, on a still smaller toy set. */
export function openSmallest(
  options: RunOptions & { readonly results: string; readonly progress?: ProgressSink },
): SmallestRun {
  const events: ProgressEvent[] = [];
  const session: Session = {
    progress(event) {
      events.push(event);
      options.progress?.(event);
    },
    signal: new AbortController().signal,
    live: (work) => work,
  };
  const { changes = {} } = options;
  const planned: PlannedRun = {
    experiment: cifar10,
    preset: "smoke",
    setting: SETTING,
    specification: resolve(cifar10, "smoke", { ...SMALLEST, ...changes }),
    changes,
  };
  return { run: new ExperimentRun(planned, dataset, { ...options, session }), events };
}
