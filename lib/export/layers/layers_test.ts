import assert from "node:assert/strict";
import hdf5 from "h5wasm/node";
import { join } from "../../base/disk/path.ts";
import { tf } from "../../base/tf.ts";
import { everyOperation } from "../../testing/every_operation.ts";
import type { Constant, Graph } from "../graph.ts";
import { kerasFile } from "./keras_file.ts";
import { layerList } from "./layer_list.ts";
import { layersModel, weightsOf } from "./layers_model.ts";
import { openLayersModel } from "./open_layers_model.ts";

const list = layerList(everyOperation());

Deno.test("layers of every operation give what Keras 3.15 and onnxruntime 1.32 give", async () => {
  const model = await openLayersModel(layersModel(list, { name: "all", metadata: {} }));
  const pixels = Float32Array.from({ length: 2 * 192 }, (_, i) => i * 29 % 97 / 48 - 1);
  const inputs = [tf.tensor4d(pixels, [2, 8, 8, 3]), tf.tensor2d([0.5, -1.25], [2, 1])];
  const outputs = model.predict(inputs) as tf.Tensor;
  // Read off both libraries by check_export.py.
  const want = [-0.98992, 0.90017, 0.89628, -0.92057, 0.36116, 0.87399];
  outputs.dataSync().forEach((value, i) =>
    assert.ok(Math.abs(value - want[i]!) < 1e-4, `${value}`)
  );
  model.dispose();
  tf.dispose([...inputs, outputs]);
});

for (const shape of [[2, 2, 3], [3]]) {
  Deno.test(`constants of the input stay while an exported network is trained on, shape [${shape}]`, async () => {
    const numbers = (...values: number[]): Constant => ({
      shape: [3],
      values: Float32Array.from(values),
    });
    const graph: Graph = {
      inputs: [{ name: "x", value: 0, shape }],
      nodes: [{
        op: "affine",
        scale: numbers(2, 4, -0.5),
        offset: numbers(1, -1, 0.25),
        inputs: [0],
        output: 1,
        shape,
      }],
      output: 1,
    };
    const model = await openLayersModel(
      layersModel(layerList(graph), { name: "affine", metadata: {} }),
    );
    assert.equal(model.trainableWeights.length, 0);
    const x = tf.range(0, 2 * shape.reduce((a, b) => a * b)).reshape([2, ...shape]);
    const before = await Promise.all(model.getWeights().map((weight) => weight.data()));
    // As `fit` calls a model.
    const outputs = model.apply(x, { training: true }) as tf.Tensor;
    const want = tf.tidy(() => x.mul([2, 4, -0.5]).add([1, -1, 0.25]));
    assert.deepEqual(outputs.dataSync(), want.dataSync());
    const after = await Promise.all(model.getWeights().map((weight) => weight.data()));
    assert.deepEqual(after, before);
    model.dispose();
    tf.dispose([x, outputs, want]);
  });
}

Deno.test("layerList() uses layers of both libraries alone, and each reads those before it", () => {
  const seen = new Set<string>();
  for (const { name, inbound } of list.layers) {
    for (const from of inbound) {
      assert.ok(seen.has(from), `${name} reads ${from} before it is made`);
    }
    assert.ok(!seen.has(name), name);
    seen.add(name);
  }
  assert.ok(seen.has(list.output) && list.inputs.every((name) => seen.has(name)));
});

Deno.test("kerasFile() keeps configuration and weights where Keras looks for them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.h5");
    await Deno.writeFile(path, await kerasFile(list, { name: "all", metadata: { stage: "none" } }));
    await hdf5.ready;
    const file = new hdf5.File(path, "r");
    const { class_name, config } = JSON.parse(file.attrs.model_config!.value as string);
    assert.equal(class_name, "Functional");
    const names = list.layers.map(({ name }) => name);
    assert.deepEqual(config.layers.map(({ name }: { name: string }) => name), names);
    assert.equal(file.attrs.stage!.value, "none");
    const root = file.get("model_weights") as InstanceType<typeof hdf5.Group>;
    assert.deepEqual(root.attrs.layer_names!.value, names);
    for (const weight of weightsOf(list)) {
      const [layer] = weight.name.split("/");
      const stored = root.get(`${layer}/${weight.name}:0`) as InstanceType<typeof hdf5.Dataset>;
      assert.deepEqual(stored.shape, weight.shape, weight.name);
      assert.deepEqual(stored.value, weight.values, weight.name);
    }
    file.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
