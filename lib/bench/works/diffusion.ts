/** A training step of the conditional diffusion model, as the presets that use it have it. */
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { diffusionTrainee } from "../../gan/diffusion/train_diffusion.ts";
import type { AttentionSize } from "../../gan/diffusion/unet.ts";
import type { PatchSize } from "../../gan/layers/patches.ts";
import { type Precision, whyNoBf16 } from "../../native/tensorflow/precision.ts";
import { DIFFUSIONS } from "../../registry.ts";
import { countFlops } from "../kernels/flops.ts";
import { atBf16 } from "./at_bf16.ts";
import { normalInput, timed } from "./timed_steps.ts";
import type { OurWork, Work } from "./work.ts";

interface DiffusionWork {
  readonly imageSize: number;
  readonly patch: PatchSize;
  readonly width: number;
  readonly attention: readonly AttentionSize[];
  readonly batch: number;
  readonly full: boolean;
}

/** R-5's generator at `desk`, UTKFace's, and the preset for classes of 32 x 32. */
const WORKS: readonly DiffusionWork[] = [
  { imageSize: 64, patch: 2, width: 0.25, attention: [], batch: 32, full: false },
  { imageSize: 64, patch: 1, width: 0.25, attention: [8], batch: 32, full: true },
  { imageSize: 32, patch: 1, width: 0.375, attention: [8], batch: 64, full: true },
];

/** Length of the condition: an embedding of scalar labels. */
const CONDITION = 128;

/** Every row of diffusion models. */
export function diffusionWorks(): Work[] {
  return WORKS.flatMap((options) => {
    const plain = diffusionWork(options);
    return whyNoBf16() === undefined
      ? [plain, atBf16(plain, () => prepareDiffusion(options, "bf16"))]
      : [plain];
  });
}

function diffusionWork(options: DiffusionWork): Work {
  const { imageSize, patch, width, attention, batch, full } = options;
  const shape = patch === 1 ? `width ${width}` : `width ${width}, patches of ${patch} x ${patch}`;
  const side = `${imageSize} x ${imageSize}`;
  return {
    name: `training step, diffusion model, ${shape}, ${side}, batch ${batch}`,
    group: "training step, diffusion model",
    full,
    peer: {
      kind: "diffusion",
      image_size: imageSize,
      patch,
      width,
      attention,
      batch,
      condition_size: CONDITION,
    },
    // As for the GANs: such graphs take minutes to compile.
    compile: false,
    prepare: () => Promise.resolve(prepareDiffusion(options)),
  };
}

function prepareDiffusion(
  { imageSize, patch, width, attention, batch }: DiffusionWork,
  precision: Precision = "float32",
): OurWork {
  const rng = rngOf(1, "bench", "diffusion");
  const model = DIFFUSIONS.diffusion.build({
    conditionSize: CONDITION,
    imageSize,
    patch,
    width,
    blocks: 1,
    attention,
    dropout: 0,
    sampling: { steps: 2, guidance: { weight: 1, rescaling: 0 } },
    rng,
  });
  const images = tf.tidy(() =>
    normalInput([batch, imageSize, imageSize, 3], rng).clipByValue(-1, 1) as tf.Tensor4D
  );
  const condition = normalInput([batch, CONDITION], rng) as tf.Tensor2D;
  const trainee = diffusionTrainee(model, { realBatch: () => ({ images, condition }) }, {
    batch,
    rate: 1e-3,
    warmUp: 0,
    beta1: 0.9,
    beta2: 0.999,
    conditionDrop: 0.1,
    noise: { mean: 0, deviation: 1.4 },
    precision,
  }, rng);
  const flops = countFlops(() => trainee.step(0));
  let step = 1;
  return {
    parameters: model.network.parameters.size,
    flops,
    images: batch,
    run: timed(() => trainee.step(step++).loss!),
    dispose() {
      for (const set of Object.values(trainee.state)) set.dispose();
      tf.dispose([images, condition]);
    },
  };
}
