/** BigGAN for 64 x 64 images in stock operations, step by step (method specification 2.3): what tests hold the fast one to. */
import type { ParameterSet } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { stock } from "./biggan.ts";

/** x + a · W_o(softmax(q kᵀ) v), keys and values max-pooled 2 x 2. */
function attention({ get, weight }: ReturnType<typeof stock>, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const project = (name: string, map: tf.Tensor4D) =>
    tf.conv2d(map, weight(`attention/${name}`) as tf.Tensor4D, 1, "same");
  const flat = (map: tf.Tensor4D) => map.reshape<tf.Tensor3D>([batch, -1, map.shape[3]]);
  const pooled = (name: string) => flat(tf.maxPool(project(name, x), 2, 2, "valid"));
  const scores = tf.matMul(flat(project("query", x)), pooled("key"), false, true);
  const seen = tf.matMul(tf.softmax(scores), pooled("value"));
  const maps = seen.reshape<tf.Tensor4D>([batch, height, width, -1]);
  return x.add(project("output", maps).mul(get("attention/gain")));
}

/** The discriminator. */
export function slowScore64(parameters: ParameterSet, images: tf.Tensor4D, condition: tf.Tensor2D) {
  const layers = stock(parameters);
  const { conv, weight, linear } = layers;
  const pool = (x: tf.Tensor4D) => tf.avgPool(x, 2, 2, "valid");
  const main = (name: string, x: tf.Tensor4D) =>
    conv(`${name}/conv2`, tf.relu(conv(`${name}/conv1`, x)));
  let x: tf.Tensor4D = pool(main("block1", images)).add(conv("block1/shortcut", pool(images)));
  x = attention(layers, x);
  for (const name of ["block2", "block3", "block4", "block5"]) {
    const sum: tf.Tensor4D = main(name, tf.relu(x)).add(conv(`${name}/shortcut`, x));
    x = name === "block5" ? sum : pool(sum);
  }
  const h = tf.sum(tf.relu(x), [1, 2]);
  const embedding = tf.matMul(condition, weight("projection") as tf.Tensor2D);
  return linear("score", h).add(tf.sum(h.mul(embedding), 1, true));
}

/** The generator in inference. */
export function slowImages64(
  parameters: ParameterSet,
  latent: tf.Tensor2D,
  condition: tf.Tensor2D,
) {
  const layers = stock(parameters);
  const { conv, linear, get, weight, normalise } = layers;
  const batch = latent.shape[0];
  const chunk = (k: number) => latent.slice([0, 24 * k], [batch, 24]);
  const embedded: tf.Tensor2D = tf.matMul(condition, get("embedding/weight") as tf.Tensor2D);
  const up = (x: tf.Tensor4D) =>
    tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
  const norm = (name: string, x: tf.Tensor4D, k: number) => {
    const seen = tf.concat2d([embedded, chunk(k)], 1);
    const map = (what: string) =>
      tf.matMul(seen, weight(`${name}/${what}`) as tf.Tensor2D).reshape([batch, 1, 1, x.shape[3]]);
    return normalise(name, x).mul(map("gain").add(1)).add(map("shift"));
  };
  const dense = linear("linear", chunk(0));
  let x: tf.Tensor4D = dense.reshape([batch, 4, 4, dense.shape[1]! / 16]);
  for (const k of [1, 2, 3, 4]) {
    const name = `block${k}`;
    const wide = conv(
      `${name}/conv1`,
      up(tf.relu(norm(`${name}/norm1`, x, k)) as tf.Tensor4D),
    );
    const main = conv(`${name}/conv2`, tf.relu(norm(`${name}/norm2`, wide, k)));
    x = main.add(conv(`${name}/shortcut`, up(x)));
    if (k === 3) x = attention(layers, x);
  }
  const last = normalise("norm", x).mul(get("norm/scale")).add(get("norm/offset"));
  return tf.tanh(conv("image", tf.relu(last)));
}
