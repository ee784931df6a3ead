import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { tf } from "../base/tf.ts";
import { networkWork } from "./works/networks.ts";
import { Peer } from "./peer/peer.ts";
import { allWorks, checkSameSize, chooseWorks, matmulContender, measureWork } from "./run.ts";

Deno.test("allWorks() has every network, GAN and link of the chain under a name of its own", async () => {
  const names = (await allWorks()).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (
    const wanted of [
      ...["VGG11", "VGG16", "ResNet-18", "DenseNet-121", "MobileNetV2", "ShuffleNetV2"].flatMap(
        (
          title,
        ) => [`training step, ${title}, width 1, 32 x 32`, `inference, ${title}, width 1, 32`],
      ),
      "training step, ResNet-18, width 0.375",
      "training step, EfficientNet-B0, width 0.25, 64 x 64",
      "iteration, BigGAN",
      "density-ratio training step",
      ...["BLKD", "ReviewKD", "CRD", "DML"].map((title) => `distillation step, ${title}, VGG11`),
      "sampling",
      "batch making",
      "start of a process",
    ]
  ) assert.ok(names.some((name) => name.includes(wanted)), `found no row "${wanted}"`);
});

Deno.test("chooseWorks() takes the default set, all with --full, or what --only names", () => {
  const prepare = () => Promise.reject(new Error("not run"));
  const works = [
    { name: "a", group: "g", prepare },
    { name: "b", group: "g", full: true, prepare },
  ];
  const names = (options: { full: boolean; only?: RegExp }) =>
    chooseWorks(works, { only: undefined, ...options }).map(({ name }) => name);
  assert.deepEqual(names({ full: false }), ["a"]);
  assert.deepEqual(names({ full: true }), ["a", "b"]);
  assert.deepEqual(names({ full: false, only: /b/ }), ["b"]);
});

Deno.test("checkSameSize() refuses a peer of another size", () => {
  checkSameSize({ name: "w" }, { parameters: 5 }, 5);
  checkSameSize({ name: "w" }, {}, 5);
  assert.throws(
    () => checkSameSize({ name: "w" }, { parameters: 6 }, 5),
    /Cannot compare "w": found 5 parameters in the peer, want 6 as ours/,
  );
});

for (const training of [true, false]) {
  const what = training ? "a training step" : "an inference";
  Deno.test(`measureWork() times ${what} beside a peer and leaves no tensor`, async () => {
    const work = networkWork({
      network: "vgg11",
      width: 0.0625,
      imageSize: 32,
      head: training ? "classification" : "regression",
      training,
      batch: 2,
    });
    const { numTensors } = tf.memory();
    const ours = await work.prepare();
    const { parameters } = ours;
    await ours.dispose();
    const command = [
      Deno.execPath(),
      "run",
      "--quiet",
      join(import.meta.dirname!, "..", "testing", "fake_peer.ts"),
    ];
    const { peer } = await Peer.start({ command, threads: 1, device: "cpu" });
    const matmul = matmulContender(16);
    try {
      const sized = { ...work, peer: { ...work.peer!, parameters } };
      const row = await measureWork(sized, { peer, matmul, repeat: 3, compile: true });
      assert.equal(row.work, work.name);
      assert.ok(row.ours_ms > 0 && row.ratio_eager! > 0 && row.share_of_matmul! > 0);
      assert.equal(row.eager_ms, 10);
      assert.equal(row.compile_ms, 20);
      assert.ok(row.repetitions >= 3);
      await assert.rejects(
        measureWork(work, { peer, matmul, repeat: 3, compile: false }),
        /found 7 parameters in the peer/,
      );
    } finally {
      matmul.dispose();
      await peer.stop();
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });
}
