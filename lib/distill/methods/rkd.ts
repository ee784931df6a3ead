/** RKD: relational distillation by distances and angles (Park et al., CVPR 2019). */
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { unitRows } from "../losses.ts";
import { featureEntries, type FeatureOptions, settled } from "../options.ts";
import { absolute } from "../../native/maps/absolute.ts";

/** Options of `rkd`. */
export const RKD_OPTIONS = group("Options of RKD.", featureEntries(1));

/** Smooth L1 with δ = 1, mean over all entries. */
function huber(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  const gap = absolute(a.sub(b));
  // ½ q² + (gap − q) with q = min(gap, 1): the quadratic and the linear part in one.
  const inner = tf.minimum(gap, 1);
  return tf.mean(tf.square(inner).mul(0.5).add(gap.sub(inner)));
}

/**
 * Huber loss between the matrices of pairwise Euclidean distances, each divided by the mean of its
 * positive entries. Squared distances have a floor of 1e−12 below the root; the diagonal is 0.
 *
 * @param student `[batch, features]`.
 * @param teacher `[batch, features]`, its own number of features.
 */
export function distanceLoss(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  return huber(relativeDistances(student), relativeDistances(teacher));
}

function relativeDistances(rows: tf.Tensor2D): tf.Tensor2D {
  const batch = rows.shape[0];
  const squares = tf.sum(tf.square(rows), 1, true);
  const products = tf.matMul(rows, rows, false, true);
  const squared = squares.add(tf.transpose(squares)).sub(products.mul(2));
  const offDiagonal = tf.sub(1, tf.eye(batch));
  const distances = tf.sqrt(tf.maximum(squared, 1e-12)).mul<tf.Tensor2D>(offDiagonal);
  // Floors keep every off-diagonal entry positive, so the positive ones are counted beforehand.
  const mean = tf.sum(distances).div(Math.max(1, batch * (batch - 1)));
  return distances.div(tf.maximum(mean, 1e-12));
}

/**
 * Huber loss between the cosines ⟨ê_ij, ê_ik⟩, ê_ij = n(e_j − e_i), over all triples, degenerate ones
 * (0) included.
 *
 * @param student `[batch, features]`.
 * @param teacher `[batch, features]`, its own number of features.
 */
export function angleLoss(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  return huber(angles(student), angles(teacher));
}

function angles(rows: tf.Tensor2D): tf.Tensor3D {
  const edges = tf.sub<tf.Tensor3D>(tf.expandDims(rows, 0), tf.expandDims(rows, 1));
  const unit = unitRows(edges);
  return tf.matMul(unit, unit, false, true);
}

/** CE + β · (25 · `distanceLoss` + 50 · `angleLoss`) of the feature vectors, β = 1. */
export function rkd(options: FeatureOptions = {}): Distiller {
  return featureDistiller({
    name: "rkd",
    title: "RKD",
    taps: false,
    prepare: () => (student, teacher) => ({
      value: tf.add(
        distanceLoss(student.features, teacher.features).mul(25),
        angleLoss(student.features, teacher.features).mul(50),
      ),
    }),
  }, settled(RKD_OPTIONS, options));
}
