import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { imagesFromTensor } from "../../data/batches/batches.ts";
import { toyShapes } from "../../data/toy/shapes.ts";
import { diffusion } from "../../gan/diffusion/diffusion.ts";
import { drawImages, oneHotCondition } from "../../gan/sample.ts";
import { shake } from "../../testing/diffusion.ts";
import { redraw } from "./redraw.ts";

Deno.test("redraw() gives the bytes of accepted draws of a diffusion model again", async () => {
  const { task } = toyShapes({ classes: 3, perClass: 1, testPerClass: 1 }).train;
  const rng = rngOf(3, "pool");
  const { generator } = diffusion.build({
    conditionSize: 3,
    imageSize: 32,
    width: 1 / 64,
    blocks: 1,
    attention: [8],
    dropout: 0,
    sampling: { steps: 3, guidance: { weight: 1.5, rescaling: 0.7 } },
    rng,
  });
  shake(generator.parameters);
  // More images than one pass of the network takes, and no multiple of it.
  const batch = 131;
  const label = 2;
  const condition = oneHotCondition(3);
  const drawn: Uint8Array[] = [];
  for (const k of [0, 1]) {
    const images = tf.tidy(() =>
      drawImages(
        generator,
        condition(new Float32Array(batch).fill(label)),
        rng.child("label", label).child("draw", k),
      )
    );
    drawn.push(await imagesFromTensor(images, "round"));
    images.dispose();
  }
  const draws = Int32Array.of(0, 65, 66, 130, batch + 1, batch + 99);
  const { bytes } = await redraw({ generator, task }, { label, draws }, { batch }, rng);
  for (const [i, draw] of draws.entries()) {
    const place = 3072 * (draw % batch);
    const wanted = drawn[Math.floor(draw / batch)]!.subarray(place, place + 3072);
    assert.deepEqual(bytes.subarray(3072 * i, 3072 * (i + 1)), wanted, `draw ${draw}`);
  }
  generator.parameters.dispose();
});
