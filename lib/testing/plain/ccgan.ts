/**
 * SNGAN and SAGAN once more in stock operations, one by one and at full size: what tests compare the fast
 * forms of `lib/gan/layers/ccgan_networks.ts` with, values and gradients.
 */
import type { Mode, ParameterSet } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";

/** Layers read from stored arrays by name, in stock operations at full size: nothing folded. */
function stock(parameters: ParameterSet) {
  const arrays = new Map(parameters.entries());
  const get = (name: string): tf.Tensor => {
    const array = arrays.get(name);
    if (array === undefined) throw new RangeError(`Cannot find "${name}" in the stored arrays`);
    return array;
  };
  const weight = (name: string) => {
    const w = get(`${name}/weight`);
    const u = arrays.get(`${name}/u`) as tf.Tensor2D | undefined;
    if (u === undefined) return w;
    const matrix = w.reshape<tf.Tensor2D>([-1, u.size]);
    const direction = tf.matMul(matrix, u);
    // Read back, so that no gradient flows through it.
    const v = tf.tensor2d(direction.div(tf.norm(direction)).dataSync(), [matrix.shape[0], 1]);
    return w.div(tf.norm(tf.matMul(matrix, v, true)));
  };
  const conv = (name: string, x: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, weight(name) as tf.Tensor4D, 1, "same").add(get(`${name}/bias`));
  const attend = (x: tf.Tensor) => {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const pool = (map: tf.Tensor) => tf.maxPool(map as tf.Tensor4D, 2, 2, "valid");
    const rows = (map: tf.Tensor) =>
      map.reshape<tf.Tensor3D>([batch, map.shape[1]! * map.shape[2]!, map.shape[3]!]);
    const scores = tf.matMul(
      rows(conv("attention/query", x)),
      rows(pool(conv("attention/key", x))),
      false,
      true,
    );
    const seen = tf.matMul(tf.softmax(scores), rows(pool(conv("attention/value", x))));
    const out = conv("attention/output", seen.reshape([batch, height, width, channels / 2]));
    return x.add(out.mul(get("attention/gain")));
  };
  return { get, weight, conv, attend, has: (name: string) => arrays.has(name) };
}

/**
 * Scores `[batch, 1]` of the discriminator of method specification 2.6 and 2.7 in inference, step by step.
 *
 * @param shortcutInput Q13.
 */
export function slowScore(
  parameters: ParameterSet,
  images: tf.Tensor4D,
  condition: tf.Tensor2D,
  shortcutInput: "relu" | "raw",
): tf.Tensor {
  const { conv, weight, attend, has, get } = stock(parameters);
  let x: tf.Tensor = images;
  for (const block of [1, 2, 3, 4, 5]) {
    const pool = (map: tf.Tensor) =>
      block === 5 ? map : tf.avgPool(map as tf.Tensor4D, 2, 2, "valid");
    const active = block === 1 ? x : tf.relu(x);
    const hidden = tf.relu(conv(`block${block}/conv1`, active));
    const kept = shortcutInput === "relu" ? active : x;
    x = pool(conv(`block${block}/conv2`, hidden))
      .add(pool(conv(`block${block}/shortcut`, kept)));
    if (block === 1 && has("attention/gain")) x = attend(x);
  }
  const f = tf.relu(x).reshape<tf.Tensor2D>([images.shape[0], -1]);
  const embedding = tf.matMul(condition, weight("projection") as tf.Tensor2D);
  return tf.matMul(f, weight("score") as tf.Tensor2D).add(get("score/bias"))
    .add(tf.sum(f.mul(embedding), 1, true));
}

/**
 * Images of the generator of method specification 2.6 and 2.7, step by step. In training mode norms use the
 * batch; vectors of power iterations stay.
 */
export function slowImages(
  parameters: ParameterSet,
  latent: tf.Tensor2D,
  condition: tf.Tensor2D,
  mode: Mode,
): tf.Tensor {
  const { conv, weight, get, attend, has } = stock(parameters);
  const up = (x: tf.Tensor) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x.shape[1]!, 2 * x.shape[2]!]);
  const normalise = (name: string, x: tf.Tensor) => {
    const [mean, variance] = mode.training
      ? [tf.moments(x, [0, 1, 2]).mean, tf.moments(x, [0, 1, 2]).variance]
      : [get(`${name}/running_mean`), get(`${name}/running_variance`)];
    return x.sub(mean).div(tf.sqrt(variance.add(1e-5)));
  };
  const norm = (name: string, x: tf.Tensor) => {
    const map = (table: string) =>
      tf.matMul(condition, get(`${name}/${table}/weight`) as tf.Tensor2D)
        .reshape([x.shape[0]!, 1, 1, x.shape[3]!]);
    return normalise(name, x).mul(map("gain").add(1)).add(map("shift"));
  };
  let x: tf.Tensor = tf.matMul(latent, weight("linear") as tf.Tensor2D).add(get("linear/bias"));
  x = x.reshape([latent.shape[0]!, 4, 4, x.shape[1]! / 16]);
  for (const block of [1, 2, 3, 4]) {
    const wide = conv(`block${block}/conv1`, up(tf.relu(norm(`block${block}/norm1`, x))));
    const main = conv(`block${block}/conv2`, tf.relu(norm(`block${block}/norm2`, wide)));
    x = main.add(conv(`block${block}/shortcut`, up(x)));
    if (block === 3 && has("attention/gain")) x = attend(x);
  }
  const last = normalise("norm", x).mul(get("norm/scale")).add(get("norm/offset"));
  return tf.tanh(conv("image", tf.relu(last)));
}
