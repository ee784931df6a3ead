/** What lies between the GAN and the students: density ratio, sampling with its filters, batches. */
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import {
  batchTensors,
  imagesFromTensor,
  makeBatch,
  type Normalisation,
} from "../../data/batches/batches.ts";
import { densityRatio } from "../../density_ratio/density_ratio.ts";
import { classifierFeatures } from "../../density_ratio/features.ts";
import { ratioTrainee } from "../../density_ratio/fit.ts";
import { buildRatioNet, hiddenWidths } from "../../density_ratio/ratio_net.ts";
import { drawImages, oneHotCondition } from "../../gan/sample.ts";
import { GANS, NETWORKS } from "../../registry.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { countFlops } from "../kernels/flops.ts";
import { peerForm } from "./gans.ts";
import { prepareNetwork } from "./networks.ts";
import { timed } from "./timed_steps.ts";
import type { OurWork, Work } from "./work.ts";

const CLASSES = 10;
const NORMALISATION: Normalisation = { mean: [0.5], std: [0.25] };
const TASK = {
  kind: "classification",
  classes: CLASSES,
  classNames: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
} as const;

/** Every row of this file. */
export function chainWorks(): Work[] {
  return [
    ratioWork({ features: 3072, width: 1, batch: 512 }),
    ratioWork({ features: 192, width: 0.25, batch: 256 }),
    samplingWork(),
    batchWork(32),
    batchWork(64),
  ];
}

/** One step of the density-ratio fit on features that are there. */
function ratioWork(size: { features: number; width: number; batch: number }): Work {
  const { features, width, batch } = size;
  return {
    name: `density-ratio training step, width ${width}, ${features} features, batch ${batch}`,
    group: "chain",
    compile: false,
    peer: {
      kind: "ratio",
      features,
      hidden: hiddenWidths(width),
      condition_size: CLASSES,
      batch,
    },
    prepare() {
      const rng = rngOf(1, "bench", "ratio");
      const net = buildRatioNet({
        featureSize: features,
        conditionSize: CLASSES,
        embedding: "trainable",
        width,
        rng,
      });
      const rows = () => tf.randomUniform<tf.Rank.R2>([batch, features]);
      const labels = Float32Array.from({ length: batch }, () => rng.integer(CLASSES));
      const [real, fake, condition] = [rows(), rows(), oneHotCondition(CLASSES)(labels)];
      const data = { stepsPerEpoch: 100, batch: () => ({ real, fake, condition }) };
      const trainee = ratioTrainee({ net, data }, {
        epochs: 1,
        learningRate: 1e-4,
        milestones: [],
        weightDecay: 1e-4,
        penalty: 1e-3,
      }, rng);
      const flops = countFlops(() => trainee.step(0));
      let step = 1;
      return Promise.resolve({
        parameters: net.parameters.size,
        flops,
        images: batch,
        run: timed(() => trainee.step(step++).loss!),
        dispose() {
          trainee.dispose();
          net.parameters.dispose();
          tf.dispose([real, fake, condition]);
        },
      });
    },
  };
}

/** Candidates through generator, density ratio and teacher, at the widths of `desk`. */
function samplingWork(): Work {
  const batch = 500;
  const [extractorWidth, teacherWidth, ratioWidth, features] = [0.375, 0.375, 0.25, 192];
  const gan = {
    family: "biggan",
    imageSize: 32,
    width: 0.5,
    taper: true,
    conditionSize: CLASSES,
    labels: "classes",
  } as const;
  const network = { head: "classification", outputs: CLASSES, image_size: 32 };
  return {
    name: `sampling + subsampling + filtering, desk widths, ${batch} candidates`,
    group: "chain",
    compile: false,
    peer: {
      kind: "sampling",
      batch,
      gan: peerForm(gan),
      extractor: { ...network, network: "vgg11", width: extractorWidth },
      teacher: { ...network, network: "resnet18", width: teacherWidth },
      ratio: { features, hidden: hiddenWidths(ratioWidth), condition_size: CLASSES },
    },
    prepare() {
      const rng = rngOf(1, "bench", "sampling");
      const { generator, discriminator } = GANS.biggan.build({ ...gan, rng });
      discriminator.parameters.dispose();
      const options = { head: "classification", outputs: CLASSES, imageSize: 32, rng } as const;
      const extractor = NETWORKS.vgg11.build({ ...options, width: extractorWidth });
      const teacher = NETWORKS.resnet18.build({ ...options, width: teacherWidth });
      const net = buildRatioNet({
        featureSize: features,
        conditionSize: CLASSES,
        embedding: "trainable",
        width: ratioWidth,
        rng,
      });
      const ratio = densityRatio({
        extractor: classifierFeatures(extractor, {
          imageSize: 32,
          extractorInput: "standardized",
          normalisation: NORMALISATION,
        }),
        net,
      });
      const conditionOf = oneHotCondition(CLASSES);
      const labels = Float32Array.from({ length: batch }, () => rng.integer(CLASSES));
      const draw = (address: number) => {
        const condition = conditionOf(labels);
        const images = drawImages(generator, condition, rng.child("draw", address));
        return [images, ratio.ratios(images, condition)] as const;
      };
      const flops = countFlops(() => {
        const [images] = draw(0);
        teacher.forward(images, { training: false });
      });
      let address = 0;
      const parts = [
        generator.parameters,
        extractor.parameters,
        teacher.parameters,
        net.parameters,
      ];
      return Promise.resolve({
        parameters: parts.reduce((sum, { size }) => sum + size, 0),
        flops,
        images: batch,
        async run(steps) {
          const start = performance.now();
          for (let i = 0; i < steps; i++) {
            const [images, phi] = tf.tidy(() => draw(address++) as [tf.Tensor4D, tf.Tensor1D]);
            await phi.data();
            const bytes = await imagesFromTensor(images);
            tf.dispose([images, phi]);
            await askTeacher(teacher, fakesOf(bytes, labels), { normalisation: NORMALISATION });
          }
          return performance.now() - start;
        },
        dispose: () => parts.forEach((set) => set.dispose()),
      });
    },
  };
}

function fakesOf(bytes: Uint8Array, labels: Float32Array): LabelledImages {
  const images = imagesInMemory(bytes, { height: 32, width: 32, channels: 3 });
  return { images, labels, task: TASK, origin: "fake" };
}

/** Gather, crop, flip, normalise; beside the training step of the quickest student. */
function batchWork(side: number): Work {
  const size = 128;
  const head = side === 32 ? "classification" : "regression";
  const network = side === 32 ? "vgg11" : "shufflenet_v2";
  return {
    name: `batch making, crop + flip, ${side} x ${side}, batch ${size}`,
    group: "chain",
    reference: {
      name: `training step, ${NETWORKS[network].title}, width 0.25`,
      prepare: () =>
        Promise.resolve(
          prepareNetwork({
            network,
            width: 0.25,
            imageSize: side,
            head,
            training: true,
            batch: size,
          }),
        ),
    },
    prepare: () => Promise.resolve(prepareBatches(side, size)),
  };
}

function prepareBatches(side: number, size: number): OurWork {
  const rng = rngOf(1, "bench", "batches");
  const count = 2000;
  const bytes = Uint8Array.from(
    { length: count * side * side * 3 },
    (_, i) => (i * 2654435761) >>> 24,
  );
  const set: LabelledImages = {
    images: imagesInMemory(bytes, { height: side, width: side, channels: 3 }),
    labels: Float32Array.from({ length: count }, (_, i) => i % CLASSES),
    task: TASK,
    origin: "toy",
  };
  let step = 0;
  return {
    images: size,
    run: timed(() => {
      const draws = rng.child(step++);
      const indices = Uint32Array.from({ length: size }, () => draws.integer(count));
      const batch = makeBatch(set, indices, {
        normalisation: NORMALISATION,
        crop: 4,
        flip: true,
        rng: draws.child("augment"),
      });
      return batchTensors(batch).x;
    }),
    dispose: () => {},
  };
}
