/** One discriminator and one generator step of each conditional GAN, with DiffAugment. */
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { GanFamily } from "../../gan/gan.ts";
import { type Precision, whyNoBf16 } from "../../native/tensorflow/precision.ts";
import { type CganData, cganTrainee } from "../../gan/train_cgan.ts";
import { GANS } from "../../registry.ts";
import { countFlops } from "../kernels/flops.ts";
import { atBf16 } from "./at_bf16.ts";
import { normalInput, timed } from "./timed_steps.ts";
import type { OurWork, PeerWork, Work } from "./work.ts";

/** A GAN and the size of its step. */
export interface GanWork {
  readonly family: string;
  readonly imageSize: number;
  readonly width: number;
  /** Channels that halve at each up-sampling, as in `desk`. */
  readonly taper: boolean;
  readonly batch: number;
  readonly conditionSize: number;
  /** One-hot classes, or embeddings of scalar labels. */
  readonly labels: "classes" | "scalars";
  readonly full: boolean;
}

const CIFAR = { family: "biggan", imageSize: 32, conditionSize: 10, labels: "classes" } as const;
const SCALAR = { imageSize: 64, conditionSize: 128, labels: "scalars", taper: false } as const;

/** Rows; those of a family that the registry lacks are left out. */
const GAN_WORKS: readonly GanWork[] = [
  { ...CIFAR, width: 0.5, taper: true, batch: 64, full: false },
  { ...CIFAR, width: 0.25, taper: false, batch: 64, full: true },
  { ...CIFAR, width: 1, taper: false, batch: 16, full: true },
  { ...SCALAR, family: "sngan", width: 0.25, batch: 64, full: false },
  { ...SCALAR, family: "sagan", width: 0.25, batch: 64, full: false },
  { ...SCALAR, family: "sngan", width: 1, batch: 16, full: true },
  { ...SCALAR, family: "sagan", width: 1, batch: 16, full: true },
];

/** Every GAN row. */
export function ganWorks(): Work[] {
  const families: Readonly<Record<string, GanFamily>> = GANS;
  return GAN_WORKS.flatMap((options) => {
    const family = families[options.family];
    if (family === undefined) return [];
    const plain = ganWork(family, options);
    return whyNoBf16() === undefined
      ? [plain, atBf16(plain, () => prepareGan(family, options, "bf16"))]
      : [plain];
  });
}

/** One row. */
function ganWork(family: GanFamily, options: GanWork): Work {
  const { imageSize, width, taper, batch, full } = options;
  const shape = taper ? `width ${width} tapered` : `width ${width}`;
  return {
    name: `G + D iteration, ${family.title}, ${shape}, ${imageSize} x ${imageSize}, batch ${batch}`,
    group: "G + D iteration with DiffAugment",
    full,
    peer: { kind: "gan", ...peerForm(options), batch },
    // The goal is a share of eager; compilations of such graphs take several minutes each.
    compile: false,
    prepare: () => Promise.resolve(prepareGan(family, options)),
  };
}

/** What the peer has to know of a family. */
export function peerForm(options: Omit<GanWork, "batch" | "full">): Omit<PeerWork, "kind"> {
  const { family, imageSize, width, taper, conditionSize, labels } = options;
  return { family, width, taper, image_size: imageSize, condition_size: conditionSize, labels };
}

/** A pair of networks, and an iteration of both. */
export function prepareGan(
  family: GanFamily,
  options: Omit<GanWork, "family" | "full">,
  precision: Precision = "float32",
): OurWork {
  const { imageSize, width, taper, batch, conditionSize, labels } = options;
  const rng = rngOf(1, "bench", "gan");
  const pair = family.build({ conditionSize, imageSize, width, taper, rng });
  const real = tf.tidy(() =>
    normalInput([batch, imageSize, imageSize, 3], rng).clipByValue(-1, 1) as tf.Tensor4D
  );
  const conditions = (name: string, address: number): tf.Tensor2D => {
    const stream = rng.child(name, address);
    if (labels === "scalars") {
      const values = Float32Array.from({ length: batch * conditionSize }, () => stream.uniform());
      return tf.tensor2d(values, [batch, conditionSize]);
    }
    const classes = Int32Array.from({ length: batch }, () => stream.integer(conditionSize));
    return tf.oneHot(tf.tensor1d(classes, "int32"), conditionSize).cast<tf.Tensor2D>("float32");
  };
  const data: CganData = {
    discriminatorBatch: (draw) => ({
      real,
      realCondition: conditions("real", draw),
      fakeCondition: conditions("fake", draw),
    }),
    generatorBatch(step) {
      const condition = conditions("generator", step);
      return { condition, target: condition };
    },
  };
  const trainee = cganTrainee(pair, data, {
    batch,
    discriminatorSteps: 1,
    generatorRate: 2e-4,
    discriminatorRate: 2e-4,
    beta1: 0,
    beta2: 0.999,
    diffAugment: true,
    precision,
  }, rng);
  const flops = countFlops(() => trainee.step(0));
  let step = 1;
  return {
    parameters: pair.generator.parameters.size + pair.discriminator.parameters.size,
    flops,
    images: batch,
    run: timed(() => trainee.step(step++).generatorLoss!),
    dispose() {
      for (const set of Object.values(trainee.state)) set.dispose();
      real.dispose();
    },
  };
}
