/** The search for boundary supporting samples: images moved until a network takes them for another class. */
import { tf } from "../../../base/tf.ts";

/** Any network as a function of images. */
export type Logits = (x: tf.Tensor4D) => tf.Tensor2D;

/** Where a search starts and where it wants to. */
export interface SearchGoal {
  /** The class that each image is taken for: `[batch]`, int32. */
  readonly base: tf.Tensor1D;
  /** The class that it shall be taken for: `[batch]`, int32. */
  readonly target: tf.Tensor1D;
  /** Smallest and largest value of each channel, normalised: `[channels]`. */
  readonly bounds: readonly [low: tf.Tensor1D, high: tf.Tensor1D];
}

/** How a search moves. */
export interface SearchRule {
  /** η: share of the logit gap that a step is to close. */
  readonly stepSize: number;
  /** How far past the boundary a step aims, in logits. */
  readonly overshoot: number;
  /** Steps at the most. */
  readonly searchSteps: number;
  /** "plain" divides the gradient by its norm, "newton" by the norm's square. */
  readonly stepRule: "plain" | "newton";
  /**
   * Ours: samples that came to be taken for the target are drawn back along their last step until the two logits
   * differ by less. Without it samples lie where the step ended, as published.
   */
  readonly tolerance?: number;
}

/** What a search found. */
export interface FoundSamples {
  /** `[batch, height, width, channels]`, normalised. */
  readonly images: tf.Tensor4D;
  /** `[batch]`, float32: 1 where the network takes the image for the target. */
  readonly isFound: tf.Tensor1D;
  /** `[batch]`, float32: 1 where it takes the image for a third class. */
  readonly isLost: tf.Tensor1D;
  /** g = z_target − z_base at the images: `[batch]`. */
  readonly gaps: tf.Tensor1D;
}

/** Halvings of the last step: 2⁻³⁰ of it is below the resolution of float32. */
const HALVINGS = 30;

/** g = z_target − z_base: `[batch]`, negative until the boundary is crossed. */
export function logitGaps(
  logits: tf.Tensor2D,
  { base, target }: Pick<SearchGoal, "base" | "target">,
): tf.Tensor1D {
  const [, classes] = logits.shape;
  const direction = tf.oneHot(target, classes).cast("float32").sub(tf.oneHot(base, classes));
  return tf.sum(logits.mul(direction), 1);
}

/**
 * Moves each image towards its target until it is no longer taken for its base:
 * x ← clip(x + η · (−g(x) + ε) · ∇g / ‖∇g‖), ‖∇g‖² in place of ‖∇g‖ for "newton". Images that have left their base stay
 * where they are, whatever class they came to; those that never leave are returned as they are after the last step.
 *
 * The plain step comes with the published figures; it closes the share η · ‖∇g‖ of the gap, so it crosses at once
 * where the slope is above 1 / η. The Newton step closes the share η on a linear network.
 *
 * Source: Heo et al., AAAI 2019, as their code does it (method specification 6.5).
 */
export function searchBoundary(
  logitsOf: Logits,
  start: tf.Tensor4D,
  goal: SearchGoal,
  rule: SearchRule,
): FoundSamples {
  return tf.tidy(() => ({ ...search(logitsOf, start, goal, rule) }));
}

function search(
  logitsOf: Logits,
  start: tf.Tensor4D,
  goal: SearchGoal,
  rule: SearchRule,
): FoundSamples {
  const slope = tf.grad((x) => tf.sum(logitGaps(logitsOf(x as tf.Tensor4D), goal)));
  const [low, high] = goal.bounds;
  let images = start;
  // Where each image was before the step that took it across.
  let inside = start;
  for (let step = 0; step < rule.searchSteps; step++) {
    const logits = logitsOf(images);
    const isBase = tf.equal(tf.argMax(logits, 1), goal.base).cast<tf.Tensor1D>("float32");
    if (tf.sum(isBase).dataSync()[0] === 0) break;
    const direction = slope(images) as tf.Tensor4D;
    const squared = tf.sum(tf.square(direction), [1, 2, 3]);
    const length = rule.stepRule === "plain" ? tf.sqrt(squared) : squared;
    const share = logitGaps(logits, goal).neg().add(rule.overshoot).mul(rule.stepSize)
      // A saturated path has no slope to follow.
      .mul(isBase).div(tf.maximum(length, 1e-7));
    const moved = images.add(direction.mul(perImage(share))) as tf.Tensor4D;
    const next = tf.minimum(tf.maximum(moved, low), high) as tf.Tensor4D;
    inside = mix(perImage(isBase), images, inside);
    images = next;
  }
  const outcome = outcomeOf(logitsOf, images, goal);
  if (rule.tolerance === undefined) return outcome;
  return drawnBack(logitsOf, inside, { goal, outcome, tolerance: rule.tolerance });
}

function outcomeOf(logitsOf: Logits, images: tf.Tensor4D, goal: SearchGoal): FoundSamples {
  const logits = logitsOf(images);
  const taken = tf.argMax(logits, 1);
  const isFound = tf.equal(taken, goal.target).cast<tf.Tensor1D>("float32");
  const isBase = tf.equal(taken, goal.base).cast<tf.Tensor1D>("float32");
  const isLost = tf.sub(1, isFound).sub(isBase) as tf.Tensor1D;
  return { images, isFound, isLost, gaps: logitGaps(logits, goal) };
}

/** Halves the last step of found samples, keeping the end that is across, until the gap is small enough. */
function drawnBack(
  logitsOf: Logits,
  start: tf.Tensor4D,
  { goal, outcome, tolerance }: { goal: SearchGoal; outcome: FoundSamples; tolerance: number },
): FoundSamples {
  let inside = start;
  let { images, gaps } = outcome;
  for (let i = 0; i < HALVINGS; i++) {
    const isFar = tf.greaterEqual(gaps, tolerance).cast<tf.Tensor1D>("float32")
      .mul<tf.Tensor1D>(outcome.isFound);
    if (tf.sum(isFar).dataSync()[0] === 0) break;
    const middle = inside.add(images).div<tf.Tensor4D>(2);
    const middleGaps = logitGaps(logitsOf(middle), goal);
    const isAcross = tf.greaterEqual(middleGaps, 0).cast<tf.Tensor1D>("float32");
    const goesBack = isFar.mul<tf.Tensor1D>(isAcross);
    inside = mix(perImage(isFar.mul(tf.sub(1, isAcross))), middle, inside);
    images = mix(perImage(goesBack), middle, images);
    gaps = mix(goesBack, middleGaps, gaps);
  }
  // A third class may be the likeliest between two.
  return outcomeOf(logitsOf, images, goal);
}

function perImage(values: tf.Tensor): tf.Tensor4D {
  return values.reshape([-1, 1, 1, 1]);
}

/** `a` where the mask is 1, `b` where it is 0, bit for bit. */
function mix<T extends tf.Tensor>(mask: tf.Tensor, a: T, b: T): T {
  return tf.where(tf.greater(mask, 0), a, b) as T;
}
