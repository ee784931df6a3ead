import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { onnxJudge } from "../evaluation/outside/onnx_judge.ts";
import type { Constant, Graph } from "../export/graph.ts";
import { onnxModel } from "../export/onnx/onnx_model.ts";

/** ONNX Runtime is installed for it, so it runs where real programs are tried. */
const ignore = Deno.env.get("CGAN_KD_PYTHON") === undefined;

/** 2 x + 1 of images of 2 x 1 pixels, channels first. */
function doubled(): Graph {
  const number = (value: number): Constant => ({ shape: [1], values: Float32Array.of(value) });
  const shape = [3, 2, 1];
  return {
    inputs: [{ name: "x", value: 0, shape }],
    nodes: [{ op: "affine", scale: number(2), offset: number(1), inputs: [0], output: 1, shape }],
    output: 1,
  };
}

Deno.test({
  name: "onnxJudge() shows ONNX Runtime each channel less its mean, and hands on what it says",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = join(folder, "doubled.onnx");
    const options = { name: "doubled", description: "", metadata: {}, output: "y" };
    await Deno.writeFile(path, onnxModel(doubled(), options));
    const seen: number[][] = [];
    const judge = await onnxJudge({
      path,
      title: "doubled",
      remark: "",
      means: [1, 2, 3],
      scale: 0.5,
      answerOf(outputs) {
        seen.push([...outputs]);
        return outputs[0]!;
      },
    });
    try {
      const pixels = Uint8Array.of(1, 2, 3, 3, 6, 9, 255, 0, 0, 0, 255, 3);
      assert.deepEqual([...await judge.predict(pixels, { count: 2, height: 2, width: 1 })], [
        1,
        255,
      ]);
      // 2 (byte − mean) / 2 + 1, both pixels of red, then of green, then of blue.
      assert.deepEqual(seen, [[1, 3, 1, 5, 1, 7], [255, 0, -1, 254, -2, 1]]);
      await assert.rejects(
        judge.predict(new Uint8Array(9), { count: 1, height: 1, width: 3 }),
        /^RangeError: Cannot judge images by doubled: ONNX Runtime stopped and said ".*Got: 1 Expected: 2.*"$/,
      );
    } finally {
      judge.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
