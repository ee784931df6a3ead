/** Training steps and inference of the networks, at the paper's width and at that of `desk`. */
import { lossAndGradients, sgd } from "../../base/training/optimisers.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { type Precision, whyNoBf16 } from "../../native/tensorflow/precision.ts";
import type { NetworkOptions } from "../../networks/network.ts";
import { crossEntropy, squaredError } from "../../networks/supervised.ts";
import { type NetworkName, NETWORKS } from "../../registry.ts";
import { countFlops } from "../kernels/flops.ts";
import { atBf16 } from "./at_bf16.ts";
import { normalInput, timed } from "./timed_steps.ts";
import type { OurWork, Work } from "./work.ts";

/** A network and what is done with it. */
export interface NetworkWork {
  readonly network: NetworkName;
  readonly width: number;
  readonly imageSize: number;
  readonly head: NetworkOptions["head"];
  readonly training: boolean;
  readonly batch: number;
  /** Of a training step's products; default: float32. */
  readonly precision?: Precision;
}

/** Networks of the CIFAR-10 experiment with the channels of `desk`, relative to the paper's. */
const CLASSIFIERS: readonly (readonly [NetworkName, number])[] = [
  ["vgg11", 0.25],
  ["vgg16", 0.25],
  ["resnet18", 0.375],
  ["densenet121", 0.25],
  ["mobilenet_v2", 0.25],
  ["shufflenet_v2", 0.25],
  ["efficientnet_b0", 0.25],
];
const REGRESSORS: readonly (readonly [NetworkName, number])[] = [
  ["vgg16", 0.25],
  ["mobilenet_v2", 0.25],
  ["shufflenet_v2", 0.25],
  ["efficientnet_b0", 0.25],
];
const BATCH = 128;
const LEARNING_RATE = 0.01;

/** Every network row, the ones of the default set first in each group. */
export function networkWorks(): Work[] {
  const works: Work[] = [];
  for (const training of [true, false]) {
    for (
      const [list, head, imageSize] of [
        [CLASSIFIERS, "classification", 32],
        [REGRESSORS, "regression", 64],
      ] as const
    ) {
      for (const [network, desk] of list) {
        for (const width of [1, desk]) {
          works.push(networkWork({ network, width, imageSize, head, training, batch: BATCH }));
        }
      }
    }
  }
  return whyNoBf16() === undefined ? [...works, ...bf16Works()] : works;
}

/** Training steps at bfloat16, each beside the same at float32. */
function bf16Works(): Work[] {
  return CLASSIFIERS.flatMap(([network, desk]) =>
    [1, desk].map((width) => {
      const plain: NetworkWork = {
        network,
        width,
        imageSize: 32,
        head: "classification",
        training: true,
        batch: BATCH,
      };
      return atBf16(networkWork(plain), () => prepareNetwork({ ...plain, precision: "bf16" }));
    })
  );
}

/** One row. */
export function networkWork(options: NetworkWork): Work {
  const { network, width, imageSize, head, training, batch } = options;
  const { title } = NETWORKS[network];
  const what = training ? "training step" : "inference";
  const size = `width ${width}, ${imageSize} x ${imageSize}`;
  return {
    name: `${what}, ${title}, ${size}`,
    group: `${what}, ${head}, ${imageSize} x ${imageSize}, batch ${batch}`,
    // What decides an experiment's hours is training at 32 x 32; the rest is asked for.
    full: !(training && head === "classification" && width === 1),
    peer: {
      kind: "network",
      network,
      width,
      image_size: imageSize,
      head,
      outputs: outputsOf(head),
      training,
      batch,
    },
    prepare: () => Promise.resolve(prepareNetwork(options)),
  };
}

function outputsOf(head: NetworkOptions["head"]): number {
  return head === "classification" ? 10 : 1;
}

/** Our side: a network on fixed random images and labels. */
export function prepareNetwork(options: NetworkWork): OurWork {
  const { network: name, width, imageSize, head, training, batch, precision } = options;
  const rng = rngOf(1, "bench");
  const outputs = outputsOf(head);
  const network = NETWORKS[name].build({ outputs, head, imageSize, width, rng });
  const x = normalInput([batch, imageSize, imageSize, 3], rng) as tf.Tensor4D;
  const forwardFlops = countFlops(() => network.forward(x, { training: false }));
  const parameters = network.parameters.size;
  if (!training) {
    const run = timed(() => network.forward(x, { training: false }).output);
    const dispose = () => {
      network.parameters.dispose();
      x.dispose();
    };
    return { parameters, flops: forwardFlops, images: batch, run, dispose };
  }
  const labels = head === "classification"
    ? tf.tensor1d(Int32Array.from({ length: batch }, () => rng.integer(outputs)), "int32")
    : tf.tensor1d(Float32Array.from({ length: batch }, () => rng.uniform()));
  const optimiser = sgd(network.parameters, { momentum: 0.9, weightDecay: 1e-4 });
  let step = 0;
  const run = timed(() => {
    const mode = { training: true, rng: rng.child("step", step++), precision };
    const { loss, gradients } = lossAndGradients(network.parameters, () => {
      const { output } = network.forward(x, mode);
      return head === "classification"
        ? crossEntropy(output, labels)
        : squaredError(output, labels);
    });
    optimiser.apply(gradients, LEARNING_RATE);
    return loss;
  });
  return {
    parameters,
    // Backward: one product for the inputs' gradient and one for the weights', each as large as forward.
    flops: forwardFlops === undefined ? undefined : 3 * forwardFlops,
    images: batch,
    run,
    dispose() {
      network.parameters.dispose();
      optimiser.state.dispose();
      tf.dispose([x, labels]);
    },
  };
}
