/** Some steps of a student, as the chain trains it: batches from a file, crop, flip, SGD with momentum. */
import type { LabelledImages } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { lossAndGradients, sgd } from "../../base/training/optimisers.ts";
import { batchTensors, makeBatch } from "../../data/batches/batches.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { type NetworkName, NETWORKS } from "../../registry.ts";

/** What is trained, and for how long. */
export interface TrainSteps {
  readonly network: NetworkName;
  readonly width: number;
  readonly batch: number;
  readonly steps: number;
}

/**
 * Trains a network on images of classes.
 *
 * @returns Milliseconds of a step, and trainable scalars.
 */
export async function trainSteps(
  train: LabelledImages,
  { network: name, width, batch, steps }: TrainSteps,
  rng: Rng,
): Promise<{ ms: number; parameters: number }> {
  const { images, task } = train;
  if (task.kind !== "classification") {
    throw new TypeError(`Cannot train ${name}: found labels of kind "${task.kind}", want classes`);
  }
  const normalisation = { mean: [0.5], std: [0.25] };
  const student = NETWORKS[name].build({
    outputs: task.classes,
    head: "classification",
    imageSize: images.shape.height,
    width,
    rng,
  });
  const optimiser = sgd(student.parameters, { momentum: 0.9, weightDecay: 1e-4 });
  const start = performance.now();
  for (let step = 0; step < steps; step++) {
    const loss = tf.tidy(() => {
      const draws = rng.child("step", step);
      const indices = Uint32Array.from({ length: batch }, () => draws.integer(images.count));
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
  return { ms: (performance.now() - start) / steps, parameters: student.parameters.size };
}
