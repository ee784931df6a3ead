/** Trainings of thousands of steps: nothing may grow with them, neither tensors nor memory. */
import { inFolder, runVictim } from "./siege.ts";
import type { Said } from "./job.ts";

/** A soak. */
export interface SoakOptions {
  /** Steps of the cGAN; students, teachers and the ratio take as many as their epochs give. */
  readonly steps: number;
}

/** A stage that was soaked. */
export interface SoakedStage {
  readonly stage: string;
  readonly steps: number;
  /** Most tensors at one time in its second half, beyond those in its first half. */
  readonly tensorGrowth: number;
  /** Most bytes in its last quarter, beyond the most in its second. */
  readonly memoryGrowth: number;
}

/** What came of it. */
export interface SoakReport {
  readonly stages: readonly SoakedStage[];
  readonly faults: readonly string[];
}

/** Growth of memory that is none: the allocator keeps some pages of what was freed. */
const TOLERATED = 32 << 20;
/** Scalars of the steps since the last row, which wait on the device to be read; a leak of one a step is more. */
const PENDING = 100;
/** Steps from which a stage counts. */
const LONG = 500;

/** Runs the smallest chain with long trainings, and looks at what it held on the way. */
export async function soak({ steps }: SoakOptions): Promise<SoakReport> {
  // Two steps an epoch; the ratio takes four.
  const epochs = String(Math.ceil(steps / 2));
  const changes = {
    "gan.steps.toy": String(steps),
    "ratio.epochs": String(Math.ceil(steps / 4)),
    "teacherTraining.epochs": epochs,
    "studentTraining.epochs": epochs,
    distillers: '["nokd"]',
    trainOn: '["real+fake"]',
    curveEvery: "50",
  };
  const { said } = await inFolder((folder) => runVictim({ work: "chain", folder, changes }));
  const stages = [...new Set(said.map(({ stage }) => stage))].flatMap((stage) => {
    const soaked = growthOf(said.filter((line) => line.stage === stage));
    return soaked === undefined ? [] : [soaked];
  });
  const faults = stages.flatMap(({ stage, tensorGrowth, memoryGrowth }) => [
    ...(tensorGrowth > PENDING ? [`${stage} ends with ${tensorGrowth} tensors more`] : []),
    ...(memoryGrowth > TOLERATED
      ? [`${stage} ends with ${(memoryGrowth / 2 ** 20).toFixed(0)} MiB more`]
      : []),
  ]);
  return { stages, faults };
}

/** What grew in a stage; undefined where it is too short to tell. */
export function growthOf(lines: readonly Said[]): SoakedStage | undefined {
  const trained = lines.filter(({ state }) => state === "training");
  const { stage, total: steps } = trained.at(-1) ?? { stage: "", total: 0 };
  if (steps < LONG) return undefined;
  const most = (what: "memory" | "tensors", from: number, to: number) =>
    Math.max(
      ...trained.filter(({ step }) => step > from * steps && step <= to * steps)
        .map((line) => line[what] ?? 0),
    );
  return {
    stage,
    steps,
    tensorGrowth: most("tensors", 0.5, 1) - most("tensors", 0, 0.5),
    memoryGrowth: most("memory", 0.75, 1) - most("memory", 0.25, 0.5),
  };
}
