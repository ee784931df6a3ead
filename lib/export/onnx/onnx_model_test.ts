import assert from "node:assert/strict";
import { shortHash } from "../../base/disk/identity.ts";
import { everyOperation } from "../../testing/every_operation.ts";
import { onnxModel } from "./onnx_model.ts";
import { permuted } from "./onnx_operators.ts";

Deno.test("onnxModel() writes the bytes that onnxruntime 1.32 ran with equal outputs", async () => {
  const bytes = onnxModel(everyOperation(), {
    name: "all",
    description: "every operation once",
    metadata: { stage: "none" },
    output: "result",
  });
  // Where these bytes are to change, run lib/chain/export/registered_test.ts with CGAN_KD_PYTHON, by which they are tried.
  assert.equal(await shortHash(bytes), "d5f48679b17d5e5e");
});

Deno.test("permuted() moves axes as a transposition does", () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  const turned = permuted({ shape: [2, 3, 4], values }, [2, 0, 1]);
  assert.deepEqual(turned.shape, [4, 2, 3]);
  // Entry [c, a, b] is entry [a, b, c].
  assert.deepEqual([...turned.values.slice(0, 7)], [0, 4, 8, 12, 16, 20, 1]);
});
