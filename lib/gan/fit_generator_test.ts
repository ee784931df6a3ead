import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "../base/disk/path.ts";
import type { NamedArrays } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { biggan } from "./biggan.ts";
import { classData } from "./class_data.ts";
import { fitGenerator, type GeneratorFit, loadGenerator } from "./fit_generator.ts";
import { ganRecipe } from "./gan_recipe.ts";
import type { GeneratorData } from "./recipe.ts";

const CLASSES = 2;
const { train } = toyShapes({ classes: CLASSES, perClass: 6, testPerClass: 1 });

function fitOf(
  changes: { data?: GeneratorData; loop?: Partial<GeneratorFit["loop"]> } = {},
): GeneratorFit {
  const rng = rngOf(9, "cgan");
  return {
    recipe: ganRecipe({
      family: biggan,
      options: { conditionSize: CLASSES, imageSize: 32, width: 1 / 64 },
      training: {
        batch: 2,
        discriminatorSteps: 1,
        generatorRate: 1e-3,
        discriminatorRate: 1e-3,
        beta1: 0.5,
        beta2: 0.999,
        diffAugment: true,
        average: { decay: 0.9, start: 2 },
      },
    }),
    data: changes.data ?? classData(train, rng.child("data")),
    rng,
    loop: { stage: "cgan", seed: 9, steps: 6, logEvery: 4, ...changes.loop },
  };
}

let whole: ReturnType<typeof fitGenerator> | undefined;

/** The same training without any disturbance, done once. */
function undisturbedFit(): ReturnType<typeof fitGenerator> {
  return whole ??= fitGenerator(fitOf());
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fitGenerator() resumes after an abort with the same bits and frees every tensor", async () => {
  const { numTensors } = tf.memory();
  const undisturbed = await undisturbedFit();
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(undisturbed.history.map(({ step }) => step), [4, 6]);
  await inFolder(async (folder) => {
    const checkpointPath = join(folder, "cgan.safetensors");
    // Within a row of the history, before and after the average sets in.
    for (const stopAt of [0, 2]) {
      const stop = new AbortController();
      const data = classData(train, rngOf(9, "cgan").child("data"));
      const stopping: GeneratorData = {
        ...data,
        generatorBatch(step, batch) {
          if (step === stopAt) stop.abort();
          return data.generatorBatch(step, batch);
        },
      };
      const loop = { checkpointPath, signal: stop.signal };
      await assert.rejects(fitGenerator(fitOf({ data: stopping, loop })), TrainingStopped);
      assert.equal(tf.memory().numTensors, numTensors);
    }
    const steps: number[] = [];
    const data = classData(train, rngOf(9, "cgan").child("data"));
    const counting: GeneratorData = {
      ...data,
      discriminatorBatch(draw, batch) {
        steps.push(draw);
        return data.discriminatorBatch(draw, batch);
      },
    };
    const resumed = await fitGenerator(fitOf({ data: counting, loop: { checkpointPath } }));
    assert.deepEqual(steps, [3, 4, 5]);
    assert.deepEqual(resumed.generator, undisturbed.generator);
    assert.deepEqual(resumed.history, undisturbed.history);
    assert.equal(tf.memory().numTensors, numTensors);
  });
});

Deno.test("fitGenerator() lets a judge see the generator to be sampled, without moving a bit", async () => {
  const plain = await undisturbedFit();
  const judged: NamedArrays[] = [];
  const fitted = await fitGenerator({
    ...fitOf(),
    judge: {
      every: 3,
      async measure(generator) {
        judged.push(structuredClone(await generator.parameters.read()));
        return { verdict: judged.length };
      },
    },
  });
  assert.deepEqual(fitted.generator, plain.generator);
  assert.equal(judged.length, 2);
  assert.notDeepEqual(judged[0], judged[1]);
  assert.deepEqual(judged[1], fitted.generator);
  const verdicts = fitted.history.filter((row) => "verdict" in row);
  assert.deepEqual(verdicts.map(({ step, verdict }) => [step, verdict]), [[3, 1], [6, 2]]);
});

Deno.test("loadGenerator() draws the images of the generator that was stored", async () => {
  const { generator: weights } = await fitGenerator(fitOf({ loop: { steps: 2 } }));
  const { numTensors } = tf.memory();
  // From another start, all of which the stored weights have to overwrite.
  const { recipe } = fitOf();
  const generator = loadGenerator(recipe, rngOf(1), weights);
  assert.deepEqual(await generator.parameters.read(), weights);
  const { ["norm/scale"]: _, ...fewer } = weights;
  generator.parameters.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
  assert.throws(() => loadGenerator(recipe, rngOf(1), fewer), {
    name: "RangeError",
    message: 'Cannot load parameters: "norm/scale" is missing from the stored arrays',
  });
});

/**
 * Trains in a process of its own; a line for each step that begins, in the end a file with the result.
 * `node:fs` writes lines at once, so that the watching process is never behind by a buffer.
 */
function scriptOf(): string {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  return `
import { writeSync } from "node:fs";
import { rngOf } from ${module("../base/rng.ts")};
import { toyShapes } from ${module("../data/toy/shapes.ts")};
import { biggan } from ${module("./biggan.ts")};
import { classData } from ${module("./class_data.ts")};
import { fitGenerator } from ${module("./fit_generator.ts")};
import { ganRecipe } from ${module("./gan_recipe.ts")};

const [checkpointPath, resultPath] = Deno.args;
const rng = rngOf(9, "cgan");
const { train } = toyShapes({ classes: 2, perClass: 6, testPerClass: 1 });
const data = classData(train, rng.child("data"));
const { generator, history } = await fitGenerator({
  recipe: ganRecipe({
    family: biggan,
    options: { conditionSize: 2, imageSize: 32, width: 1 / 64 },
    training: {
      batch: 2, discriminatorSteps: 1, generatorRate: 1e-3, discriminatorRate: 1e-3,
      beta1: 0.5, beta2: 0.999, diffAugment: true, average: { decay: 0.9, start: 2 },
    },
  }),
  data: {
    ...data,
    generatorBatch(step, batch) {
      writeSync(1, "step " + step + "\\n");
      return data.generatorBatch(step, batch);
    },
  },
  rng,
  loop: { stage: "cgan", seed: 9, steps: 9, logEvery: 4, checkpointPath, checkpointSeconds: 0 },
});
const arrays = Object.fromEntries(
  Object.entries(generator).map(([name, { shape, values }]) => [
    name,
    { shape, bits: Array.from(new Uint32Array(values.slice().buffer)) },
  ]),
);
await Deno.writeTextFile(resultPath, JSON.stringify({ arrays, history }));
`;
}

/** Runs the script; kills it when it begins step `killAt`. */
async function runScript(
  folder: string,
  name: string,
  killAt?: number,
): Promise<{ steps: number[]; signal: Deno.Signal | null; result?: unknown }> {
  const result = join(folder, `${name}.json`);
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-lock", "--no-check", "--quiet"],
      ...["--config", fileURLToPath(new URL("../../deno.json", import.meta.url))],
      join(folder, "script.ts"),
      join(folder, `${name}.safetensors`),
      result,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const steps: number[] = [];
  let rest = "";
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const step = /^step (\d+)$/.exec(line);
      if (step !== null) steps.push(Number(step[1]));
    }
    if (killAt !== undefined && (steps.at(-1) ?? -1) >= killAt) {
      process.kill("SIGKILL");
      break;
    }
  }
  const { success, signal } = await process.status;
  if (!success) return { steps, signal };
  return { steps, signal, result: JSON.parse(await Deno.readTextFile(result)) };
}

Deno.test("fitGenerator() survives kill -9 with the same bits", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "script.ts"), scriptOf());
    const disturbed = async () => {
      const killed = await runScript(folder, "killed", 4);
      assert.equal(killed.signal, "SIGKILL");
      assert.equal(killed.result, undefined);
      return { killed, resumed: await runScript(folder, "killed") };
    };
    const [undisturbed, { killed, resumed }] = await Promise.all([
      runScript(folder, "undisturbed"),
      disturbed(),
    ]);
    assert.deepEqual(undisturbed.steps, Array.from({ length: 9 }, (_, step) => step));
    assert.equal(killed.steps[0], 0);
    // It went on in the middle: what was saved is not repeated.
    assert.ok(resumed.steps[0]! > 0, `found a start at ${resumed.steps[0]}`);
    assert.equal(resumed.steps.at(-1), 8);
    assert.notEqual(undisturbed.result, undefined);
    assert.deepEqual(resumed.result, undisturbed.result);
  });
});
