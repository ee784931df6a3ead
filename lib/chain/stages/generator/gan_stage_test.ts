import assert from "node:assert/strict";
import { join } from "../../../base/disk/path.ts";
import type { ProgressSink } from "../../../base/progress.ts";
import { rngOf } from "../../../base/rng.ts";
import { Store } from "../../../base/disk/store.ts";
import { DIFFUSION_PRESETS } from "../../../experiments/presets/diffusion.ts";
import {
  type DiffusionSpecification,
  isGan,
} from "../../../experiments/specification/gan_schema.ts";
import { whyNoBf16 } from "../../../native/tensorflow/precision.ts";
import { sampleImages } from "../../../gan/sample.ts";
import { sameArrays } from "../../../testing/distill.ts";
import { chainIn } from "../../../testing/stages.ts";
import { Chain } from "../../chain.ts";
import { asParameters } from "../context.ts";
import type { TrainedGan } from "./gan_stage.ts";

/** A generator of six steps with an auxiliary classifier, which is released from it after some. */
function chainOf(
  work: string,
  release?: number,
  decay?: { readonly start: number; readonly halving: number },
): Chain {
  const { context } = chainIn(work);
  const { gan } = context.specification;
  assert.ok(isGan(gan));
  return new Chain({
    ...context,
    store: new Store(work),
    specification: {
      ...context.specification,
      gan: {
        ...gan,
        steps: { toy: 6 },
        auxiliary: { discriminator: 1, generator: 0.5 },
        judgeEvery: undefined,
        ...(release !== undefined && { release }),
        ...(decay !== undefined && { decay }),
      },
    },
  });
}

const weightsOf = ({ artifact }: TrainedGan) => asParameters(artifact.arrays);

Deno.test("ganStage() continues another training only as far as the two are the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const wanted = await chainOf(join(folder, "fresh"), 3).gan();
    const shared = join(folder, "shared");
    const pushed = await chainOf(shared).gan();
    // Six steps without a release are there, and no longer what a release at 3 begins with.
    const released = await chainOf(shared, 3).gan();
    assert.ok(sameArrays(weightsOf(released), weightsOf(wanted)));
    assert.ok(!sameArrays(weightsOf(released), weightsOf(pushed)));
    // A release at the end begins with all of it.
    const late = await chainOf(shared, 6).gan();
    assert.ok(sameArrays(weightsOf(late), weightsOf(pushed)));
    // So do rates that fall from the end on; those that fall before it are another training.
    const steady = await chainOf(shared, 3, { start: 6, halving: 1 }).gan();
    assert.ok(sameArrays(weightsOf(steady), weightsOf(released)));
    const falling = await chainOf(shared, 3, { start: 4, halving: 1 }).gan();
    assert.ok(!sameArrays(weightsOf(falling), weightsOf(released)));
    const alone = await chainOf(join(folder, "alone"), 3, { start: 4, halving: 1 }).gan();
    assert.ok(sameArrays(weightsOf(falling), weightsOf(alone)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ganStage() learns at gan.precision, or says that this machine cannot", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { context } = chainIn(folder);
    const at = (precision?: "float32" | "bf16") =>
      new Chain({
        ...context,
        store: new Store(folder),
        specification: {
          ...context.specification,
          gan: { ...context.specification.gan, ...(precision && { precision }) },
        },
      }).gan();
    if (whyNoBf16() !== undefined) {
      await assert.rejects(at("bf16"), /gan\.precision = "bf16".*want gan\.precision = "float32"/);
      return;
    }
    const plain = await at();
    assert.equal((await at("float32")).artifact.id, plain.artifact.id);
    assert.ok(!sameArrays(weightsOf(await at("bf16")), weightsOf(plain)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ganStage() samples the same weights in every way, and pools of each are others", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { context } = chainIn(folder);
    const { train } = context.dataset;
    const ofSampling = (sampling: Partial<DiffusionSpecification["sampling"]>) =>
      new Chain({
        ...context,
        store: new Store(folder),
        specification: {
          ...context.specification,
          synthesis: { ...context.specification.synthesis, steps: ["filter"] },
          gan: {
            family: "diffusion",
            ...DIFFUSION_PRESETS.smoke,
            steps: { toy: 3 },
            judgeEvery: undefined,
            sampling: { ...DIFFUSION_PRESETS.smoke.sampling, ...sampling },
          },
        },
      });
    const judging = new Set<string>();
    const plainChain = new Chain({
      ...ofSampling({}).context,
      progress: ({ stage, state }) => {
        if (stage.startsWith("fakes")) judging.add(`${stage}: ${state}`);
      },
    });
    const plain = await plainChain.gan();
    // A diffusion model takes its time to draw what it is judged by.
    assert.deepEqual([...judging], ["fakes that tell how good the generator of toy is: done"]);
    const told: string[] = [];
    const variedChain = new Chain({
      ...ofSampling({ variations: { noise: 0.003, neighbours: 1 } }).context,
      progress: ({ state, stage }) => told.push(`${state} ${stage}`),
    });
    const varied = await variedChain.gan();
    assert.ok(sameArrays(weightsOf(varied), weightsOf(plain)));
    assert.deepEqual(told.filter((line) => !line.startsWith("reused")), []);
    // Whoever comes with published weights has no checkpoint to go on from: they have to be found by name.
    assert.equal(varied.artifact.id, plain.artifact.id);
    const [drawn, asVaried] = [await plainChain.pool(), await variedChain.pool()];
    assert.notEqual(drawn.artifact.id, asVaried.artifact.id);
    const generator = varied.open();
    const { images, labels } = await sampleImages(generator, [1], {
      task: train.task,
      rng: rngOf(1, "variations"),
    });
    generator.parameters.dispose();
    const size = images.shape.height * images.shape.width * images.shape.channels;
    const [fake, real] = [new Uint8Array(size), new Uint8Array(size)];
    images.read(0, fake, 0);
    const isNear = [...train.labels.keys()].filter((i) => train.labels[i] === labels[0]).map(
      (i) => {
        train.images.read(i, real, 0);
        return fake.every((value, place) => Math.abs(value - real[place]!) <= 6);
      },
    );
    assert.equal(isNear.filter(Boolean).length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ganStage() waits for a shorter training of the same kind, and goes on from its end", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const ofSteps = (steps: number, work: string, progress?: ProgressSink) => {
      const { context } = chainOf(join(folder, work));
      const gan = { ...context.specification.gan, steps: { toy: steps } };
      const specification = { ...context.specification, gan } as typeof context.specification;
      return new Chain({ ...context, specification, progress });
    };
    const wanted = await ofSteps(5, "alone").gan();
    const told: string[] = [];
    const listen: ProgressSink = ({ state, remark = "" }) => told.push(`${state} ${remark}`);
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const short = ofSteps(3, "shared", () => begin()).gan();
    await begun;
    const long = await ofSteps(5, "shared", listen).gan();
    await short;
    assert.match(
      told[0]!,
      /^waiting waiting for process \d+, at work on cGAN BigGAN on toy since /,
    );
    assert.equal(told.find((text) => text.startsWith("resumed")), "resumed resumed at step 3");
    assert.ok(sameArrays(weightsOf(long), weightsOf(wanted)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
