/**
 * Trains a student for some steps on images that lie in a file, as a process of its own, and prints what it took:
 * `train_process.ts JSON` with a `TrainProcess`.
 */
import { residentBytes } from "../../base/memory.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { lossAndGradients, sgd } from "../../base/training/optimisers.ts";
import { batchTensors, makeBatch } from "../../data/batches/batches.ts";
import { openImageFile } from "../../data/files/disk_images.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { NETWORKS } from "../../registry.ts";
import type { TrainProcess, TrainProcessResult } from "./peak.ts";

const CLASSES = 10;

const { network: name, width, side, batch, images: count, steps, path }: TrainProcess = JSON.parse(
  Deno.args[0]!,
);
const shape = { height: side, width: side, channels: 3 };
using images = openImageFile(path, shape, count);
const rng = rngOf(1, "bench", "memory");
const train = {
  images,
  labels: Float32Array.from({ length: count }, (_, i) => i % CLASSES),
  task: {
    kind: "classification",
    classes: CLASSES,
    classNames: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
  },
  origin: "toy",
} as const;
const normalisation = { mean: [0.5], std: [0.25] };
const student = NETWORKS[name].build({
  outputs: CLASSES,
  head: "classification",
  imageSize: side,
  width,
  rng,
});
const optimiser = sgd(student.parameters, { momentum: 0.9, weightDecay: 1e-4 });
const start = performance.now();
for (let step = 0; step < steps; step++) {
  const loss = tf.tidy(() => {
    const draws = rng.child("step", step);
    const indices = Uint32Array.from({ length: batch }, () => draws.integer(count));
    const options = { normalisation, crop: 4, flip: true, rng: draws.child("augment") };
    const { x, labels } = batchTensors(makeBatch(train, indices, options));
    const { loss, gradients } = lossAndGradients(
      student.parameters,
      () => crossEntropy(student.forward(x, { training: true, rng: draws }).output, labels),
    );
    optimiser.apply(gradients, 0.01);
    return loss;
  });
  await loss.data();
  loss.dispose();
}
const result: TrainProcessResult = {
  ms: (performance.now() - start) / steps,
  parameters: student.parameters.size,
  peakBytes: residentBytes("VmHWM") ?? null,
};
console.log(JSON.stringify(result));
