/** TAKD: a teacher assistant of a size in between learns first and then teaches the student. */
import { blkd, BLKD_OPTIONS, type BlkdOptions } from "./blkd.ts";
import type { Distiller } from "../distiller.ts";

/** Options of `takd`: those of its links. */
export const TAKD_OPTIONS = BLKD_OPTIONS;

/**
 * Two trainings with the loss of BLKD, both from scratch: teacher to assistant, assistant (at its last
 * epoch) to student. Students of one teacher and one training set share the assistant.
 *
 * Source: Mirzadeh et al., AAAI 2020; constants of cGAN-KD (α = 0.5, T = 5; VGG13 assists on CIFAR-10,
 * MobileNetV2 on Tiny-ImageNet).
 */
export function takd(options: BlkdOptions = {}): Distiller {
  const link = blkd(options);
  return {
    ...link,
    name: "takd",
    title: "TAKD",
    needs: { teacher: "frozen", teacherFrom: "assistant" },
    before: [{ name: "assistant", trains: "assistant", distiller: link }],
  };
}
