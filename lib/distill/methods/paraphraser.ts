/** The paraphraser of FT and KTA: an autoencoder of the teacher's last map, trained before the student. */
import { type Mode, ParameterSet, Scope } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { batchNorm, conv2d, type Layer } from "../../networks/layers.ts";
import type { DistillContext, Distiller, EarlierStage } from "../distiller.ts";
import { meanSquared } from "../losses.ts";
import { shapesOf } from "../shapes.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** What differs between the two methods. */
export interface ParaphraserOptions {
  /** Of the stage: "ft_paraphraser". */
  readonly name: string;
  readonly title: string;
  /** Epochs; default: `share` of the student's. */
  readonly epochs?: number;
  /** Share of the student's epochs, by the papers' lengths. */
  readonly share: number;
  /** Batch norm after each convolution. */
  readonly norm: boolean;
  /** Weight of the L1 norm of the factors. */
  readonly sparsity: number;
}

/** Learning rate for ResNets in the public code, for every teacher here: others train at the student's. */
const RATE = 0.01;

/** Channels of a teacher's factors: half of its last map's. */
export function factorChannels(channels: number): number {
  return Math.max(1, Math.round(channels / 2));
}

/** 3 x 3 convolutions with LeakyReLU 0.1, from the first number of channels to the last; batch norm if wanted. */
export function factorLayers(
  scope: Scope,
  channels: readonly number[],
  { norm }: { norm: boolean },
): Layer {
  const layers = channels.slice(1).map((out, i) => {
    const place = scope.at(`layer${i + 1}`);
    const conv = conv2d(place.at("conv"), { in: channels[i]!, out, kernel: 3 });
    return { conv, norm: norm ? batchNorm(place.at("norm"), { channels: out }) : undefined };
  });
  return (x: tf.Tensor4D, mode: Mode) =>
    layers.reduce((map, { conv, norm }) => {
      const y = conv(map, mode);
      return tf.leakyRelu(norm?.(y, mode) ?? y, 0.1);
    }, x);
}

/** Encoder C → C → C/2 → C/2. */
function encoderIn(parameters: ParameterSet, rng: Rng, { from, norm }: {
  from: number;
  norm: boolean;
}): Layer {
  const half = factorChannels(from);
  const scope = new Scope(parameters, rng.child("encoder"));
  return factorLayers(scope, [from, from, half, half], { norm });
}

/**
 * Trains encoder and decoder on mse(decode(encode(f)), f) + sparsity · ‖encode(f)‖₁, f the last map of a frozen copy
 * of the teacher after its activation; leaves the encoder. Transposed convolutions of stride 1, which decoders are
 * published with, are convolutions with turned kernels.
 */
export function paraphraserStage(options: ParaphraserOptions): EarlierStage {
  const { name, title, epochs, share, norm, sparsity } = options;
  const distiller: Distiller = {
    name,
    title,
    tasks: ["classification", "regression"],
    needs: { teacher: "none", startsFrom: "teacher", trainsStudent: false, taps: "after" },
    prepare({ student, train, rng }) {
      const from = shapesOf(student, train).taps.at(-1)![2];
      const [encoder, decoder] = [new ParameterSet(), new ParameterSet()];
      const encode = encoderIn(encoder, rng, { from, norm });
      const half = factorChannels(from);
      const place = new Scope(decoder, rng.child("decoder"));
      const decode = factorLayers(place, [half, half, from, from], { norm });
      return {
        adapters: ParameterSet.join({ encoder, decoder }),
        leaves: { encoder },
        loss({ taps }) {
          const map = taps.at(-1)!.post;
          // The network infers here, and its paraphraser trains.
          const factors = encode(map, { training: true });
          const value = meanSquared(decode(factors, { training: true }), map);
          return {
            reconstruction: { weight: 1, value },
            ...(sparsity > 0 && {
              sparsity: { weight: sparsity, value: tf.sum<tf.Scalar>(absolute(factors)) },
            }),
          };
        },
      };
    },
  };
  return {
    name,
    trains: "teacher",
    distiller,
    training: (student) => ({
      ...student,
      epochs: epochs ?? Math.max(1, Math.round(share * student.epochs)),
      learningRate: Math.min(RATE, student.learningRate),
      milestones: [],
    }),
  };
}

/** The frozen encoder that the stage left: teacher maps to factors, in inference mode; free its parameters. */
export function trainedEncoder(
  { earlier, rng }: Pick<DistillContext, "earlier" | "rng">,
  { name, from, norm }: { name: string; from: number; norm: boolean },
): { encode(map: tf.Tensor4D): tf.Tensor4D; parameters: ParameterSet } {
  const parameters = new ParameterSet();
  const encode = encoderIn(parameters, rng, { from, norm });
  parameters.write(earlier[name]!.encoder!);
  return { encode: (map) => encode(map, { training: false }), parameters };
}
