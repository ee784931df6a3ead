/** BigGAN for 32 x 32 images in stock operations, step by step: what tests hold the fast one to. */
import assert from "node:assert/strict";
import type { ParameterSet } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";

/** Layers read from stored arrays by name, in stock operations at full size: nothing folded. */
export function stock(parameters: ParameterSet) {
  const arrays = new Map(parameters.entries());
  const get = (name: string): tf.Tensor => {
    const array = arrays.get(name);
    assert.ok(array, `${name} is missing`);
    return array;
  };
  const weight = (name: string) => {
    const w = get(`${name}/weight`);
    const u = get(`${name}/u`) as tf.Tensor2D;
    const matrix = w.reshape<tf.Tensor2D>([w.size / u.size, u.size]);
    const direction = tf.matMul(matrix, u);
    // Read back, so that no gradient flows through it.
    const v = tf.tensor2d(direction.div(tf.norm(direction)).dataSync(), [matrix.shape[0], 1]);
    // One power iteration in evaluation too, as in the authors' code: u need not have unit length.
    return w.div(tf.norm(tf.matMul(matrix, v, true)));
  };
  return {
    get,
    weight,
    conv: (name: string, x: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, weight(name) as tf.Tensor4D, 1, "same")
        .add(get(`${name}/bias`)) as tf.Tensor4D,
    linear: (name: string, x: tf.Tensor) =>
      tf.matMul(x as tf.Tensor2D, weight(name) as tf.Tensor2D).add(get(`${name}/bias`)),
    normalise: (name: string, x: tf.Tensor) =>
      x.sub(get(`${name}/running_mean`))
        .div(tf.sqrt(get(`${name}/running_variance`).add(1e-5))),
  };
}

/** The discriminator of method specification 2.2, step by step. */
export function slowScore(
  parameters: ParameterSet,
  images: tf.Tensor4D,
  condition: tf.Tensor2D,
  shortcutInput: (x: tf.Tensor4D) => tf.Tensor4D = (x) => x,
): tf.Tensor {
  const { conv, weight, linear } = stock(parameters);
  const pool = (x: tf.Tensor4D) => tf.avgPool(x, 2, 2, "valid");
  const main = (name: string, x: tf.Tensor4D) =>
    conv(`${name}/conv2`, tf.relu(conv(`${name}/conv1`, x)));
  let x: tf.Tensor4D = pool(main("block1", images))
    .add<tf.Tensor4D>(conv("block1/shortcut", pool(images)));
  x = pool(main("block2", tf.relu(x)))
    .add<tf.Tensor4D>(pool(conv("block2/shortcut", shortcutInput(x))));
  x = main("block3", tf.relu(x)).add<tf.Tensor4D>(shortcutInput(x));
  x = main("block4", tf.relu(x)).add<tf.Tensor4D>(shortcutInput(x));
  const h = tf.sum(tf.relu(x), [1, 2]);
  const embedding = tf.matMul(condition, weight("projection") as tf.Tensor2D);
  return linear("score", h).add(tf.sum(h.mul(embedding), 1, true));
}

/** The generator of method specification 2.2 in inference, step by step. */
export function slowImages(parameters: ParameterSet, latent: tf.Tensor, condition: tf.Tensor2D) {
  const { conv, linear, get, normalise } = stock(parameters);
  const up = (x: tf.Tensor) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x.shape[1]!, 2 * x.shape[2]!]);
  const norm = (name: string, x: tf.Tensor) => {
    const map = (table: string) =>
      tf.matMul(condition, get(`${name}/${table}/weight`) as tf.Tensor2D)
        .reshape([x.shape[0]!, 1, 1, x.shape[3]!]);
    return normalise(name, x).mul(map("gain").add(1)).add(map("shift"));
  };
  let x: tf.Tensor = linear("linear", latent);
  x = x.reshape([latent.shape[0]!, 4, 4, x.shape[1]! / 16]);
  for (const block of ["block1", "block2", "block3"]) {
    const wide = conv(`${block}/conv1`, up(tf.relu(norm(`${block}/norm1`, x))));
    const main = conv(`${block}/conv2`, tf.relu(norm(`${block}/norm2`, wide)));
    x = main.add(conv(`${block}/shortcut`, up(x)));
  }
  const last = normalise("norm", x).mul(get("norm/scale")).add(get("norm/offset"));
  return tf.tanh(conv("image", tf.relu(last)));
}
