import assert from "node:assert/strict";
import hdf5, { type Group } from "h5wasm/node";
import { join } from "../../base/disk/path.ts";
import { tf } from "../../base/tf.ts";
import { kerasJudge } from "./keras_judge.ts";

await hdf5.ready;

/** Red, green and blue of each pixel of 2 x 1 images, to three classes. */
const KERNEL = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const BIAS = [0, 0, 0.5];

interface FileChanges {
  readonly layer?: string;
  readonly units?: number;
  readonly weightName?: string;
  readonly hasConfig?: boolean;
}

/** What Keras 3 writes of a layer's type and of an initial value. */
const DTYPE = {
  module: "keras",
  class_name: "DTypePolicy",
  config: { name: "float32" },
  registered_name: null,
};
const ZEROS = {
  module: "keras.initializers",
  class_name: "Zeros",
  config: {},
  registered_name: null,
};

/** Writes a file as Keras does: flatten, then a dense layer. Names of weights without a layer are those of Keras 3. */
function writeFile(path: string, changes: FileChanges = {}): void {
  const { layer = "Dense", units = 3, weightName = "scores/kernel:0", hasConfig = true } = changes;
  const dense = { name: "scores", units, activation: "linear", use_bias: true };
  const repeated = { name: "flat", batch_input_shape: [null, 9, 9, 3] };
  const configs = weightName.includes("/")
    ? [{ batch_input_shape: [null, 2, 1, 3], name: "pixels" }, repeated, dense]
    : [
      { batch_shape: [null, 2, 1, 3], dtype: "float32", sparse: false, name: "pixels" },
      { name: "flat", dtype: DTYPE, data_format: "channels_last" },
      { ...dense, dtype: DTYPE, kernel_initializer: ZEROS, bias_initializer: ZEROS },
    ];
  const layers = ["InputLayer", "Flatten", layer].map((class_name, i) => ({
    class_name,
    config: configs[i],
  }));
  const file = new hdf5.File(path, "w");
  if (hasConfig) {
    const model = { class_name: "Sequential", config: { name: "judge", layers } };
    file.create_attribute("model_config", JSON.stringify(model));
  }
  const root = file.create_group("model_weights");
  root.create_attribute("layer_names", ["flat", "scores"]);
  root.create_group("flat").create_attribute("weight_names", new Float32Array(0), [0]);
  const scores = root.create_group("scores");
  const names = [weightName, weightName.replace("kernel", "bias")];
  scores.create_attribute("weight_names", names);
  const folder = weightName.includes("/") ? scores.create_group("scores") as Group : scores;
  const [kernel, bias] = names.map((name) => name.split("/").at(-1)!) as [string, string];
  folder.create_dataset({
    name: kernel,
    data: Float32Array.from(KERNEL.flatMap((row) => row.slice(0, units))),
    shape: [6, units],
  });
  folder.create_dataset({
    name: bias,
    data: Float32Array.from(BIAS.slice(0, units)),
    shape: [units],
  });
  file.close();
}

async function withFile(changes: FileChanges, work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    writeFile(join(folder, "judge.h5"), changes);
    await work(join(folder, "judge.h5"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SHAPE = { count: 2, height: 2, width: 1 };

for (const weightName of ["scores/kernel:0", "kernel"]) {
  Deno.test(`kerasJudge() answers by the greatest sum of a colour, as Keras 2 or 3 writes it, weights called "${weightName}"`, async () => {
    await withFile({ weightName }, async (path) => {
      const { numTensors } = tf.memory();
      const judge = await kerasJudge({ path });
      assert.equal(judge.title, "judge.h5");
      // Sums of red, green and blue: 30, 50, 40.5, then 9, 2, 9.5: the bias decides.
      const pixels = Uint8Array.of(10, 50, 0, 20, 0, 40, 9, 2, 0, 0, 0, 9);
      assert.deepEqual([...await judge.predict(pixels, SHAPE)], [1, 2]);
      judge.dispose();
      assert.equal(tf.memory().numTensors, numTensors);
    });
  });
}

Deno.test("kerasJudge() shows the network byte · scale + offset", async () => {
  await withFile({}, async (path) => {
    // At the scale -1 the colour with the least of it wins.
    const judge = await kerasJudge({ path, scale: -1, offset: 255 });
    const pixels = Uint8Array.of(10, 50, 60, 20, 0, 60, 200, 2, 30, 200, 3, 30);
    assert.deepEqual([...await judge.predict(pixels, SHAPE)], [0, 1]);
    judge.dispose();
  });
});

Deno.test("kerasJudge() answers with no class where a score is no number", async () => {
  await withFile({}, async (path) => {
    const judge = await kerasJudge({ path, scale: Infinity });
    const pixels = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    assert.deepEqual([...await judge.predict(pixels, SHAPE)], [NaN, NaN]);
    judge.dispose();
  });
});

Deno.test("kerasJudge() refuses what is no judge of these images, and says why", async () => {
  await withFile({}, async (path) => {
    const judge = await kerasJudge({ path });
    await assert.rejects(
      judge.predict(new Uint8Array(12), { count: 1, height: 2, width: 2 }),
      /^RangeError: Cannot judge images of 2 x 2 pixels and 3 channels by judge\.h5: it takes 2 x 1 and 3$/,
    );
    judge.dispose();
  });
  await withFile({ hasConfig: false }, async (path) => {
    await assert.rejects(
      kerasJudge({ path }),
      /^SyntaxError: .* found no configuration of a network/,
    );
  });
  await withFile({ layer: "Telepathy" }, async (path) => {
    await assert.rejects(
      kerasJudge({ path }),
      /^RangeError: Cannot run the network of .*Telepathy/,
    );
  });
  await withFile({ units: 1 }, async (path) => {
    await assert.rejects(
      kerasJudge({ path }),
      /^RangeError: Cannot use .* as a judge: .* 1 outputs of 2, 1 numbers an image; want .* two classes or more$/,
    );
  });
  const text = await Deno.makeTempFile();
  await Deno.writeTextFile(text, "<html>not found</html>");
  await assert.rejects(kerasJudge({ path: text }), /^SyntaxError: .*found no HDF5 signature/);
  await Deno.remove(text);
  await assert.rejects(
    kerasJudge({ path: "judge.h5", scales: 1 } as Parameters<typeof kerasJudge>[0]),
    /^RangeError: Cannot use option "scales" of kerasJudge\(\)/,
  );
});
