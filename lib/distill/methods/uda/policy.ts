/** AutoAugment's policy for CIFAR-10: which operations, how likely and how strong. */

/** What can be done to an image; see `operations.ts`. */
export type OperationName =
  | "shearX"
  | "shearY"
  | "translateX"
  | "translateY"
  | "rotate"
  | "color"
  | "contrast"
  | "brightness"
  | "sharpness"
  | "posterize"
  | "solarize"
  | "autocontrast"
  | "equalize"
  | "invert";

/** An operation, its probability, and its level 0 to 9. */
export type PolicyEntry = readonly [OperationName, probability: number, level: number];

/**
 * The 25 sub-policies; an image gets one of them, all being as likely, and of it each operation by its own probability.
 *
 * Source: Cubuk et al., CVPR 2019, as the code of the cGAN-KD paper has it (method specification 6.4).
 */
export const CIFAR10_POLICY: readonly (readonly [PolicyEntry, PolicyEntry])[] = [
  [["invert", 0.1, 7], ["contrast", 0.2, 6]],
  [["rotate", 0.7, 2], ["translateX", 0.3, 9]],
  [["sharpness", 0.8, 1], ["sharpness", 0.9, 3]],
  [["shearY", 0.5, 8], ["translateY", 0.7, 9]],
  [["autocontrast", 0.5, 8], ["equalize", 0.9, 2]],
  [["shearY", 0.2, 7], ["posterize", 0.3, 7]],
  [["color", 0.4, 3], ["brightness", 0.6, 7]],
  [["sharpness", 0.3, 9], ["brightness", 0.7, 9]],
  [["equalize", 0.6, 5], ["equalize", 0.5, 1]],
  [["contrast", 0.6, 7], ["sharpness", 0.6, 5]],
  [["color", 0.7, 7], ["translateX", 0.5, 8]],
  [["equalize", 0.3, 7], ["autocontrast", 0.4, 8]],
  [["translateY", 0.4, 3], ["sharpness", 0.2, 6]],
  [["brightness", 0.9, 6], ["color", 0.2, 8]],
  [["solarize", 0.5, 2], ["invert", 0, 3]],
  [["equalize", 0.2, 0], ["autocontrast", 0.6, 0]],
  [["equalize", 0.2, 8], ["equalize", 0.8, 4]],
  [["color", 0.9, 9], ["equalize", 0.6, 6]],
  [["autocontrast", 0.8, 4], ["solarize", 0.2, 8]],
  [["brightness", 0.1, 3], ["color", 0.7, 0]],
  [["solarize", 0.4, 5], ["autocontrast", 0.9, 3]],
  [["translateY", 0.9, 9], ["translateY", 0.7, 9]],
  [["autocontrast", 0.9, 2], ["solarize", 0.8, 3]],
  [["equalize", 0.8, 8], ["invert", 0.1, 3]],
  [["translateY", 0.7, 9], ["autocontrast", 0.9, 1]],
];

/** Levels go from 0 to this one. */
export const TOP_LEVEL = 9;
