import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../../../data/batches/batches.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import { TOY_CLASSES, toyImages, waves } from "../../../testing/distill.ts";
import { stagesOf } from "../../stages.ts";
import { keptRows, ranksOf, selectiveKd } from "./ranking.ts";
import { ownImages, viewSimilarity } from "./similarity.ts";
import { sskd } from "./sskd.ts";
import { rotatedViews, turnImage } from "./views.ts";

const RECIPE = {
  epochs: 240,
  batch: 64,
  learningRate: 0.1,
  milestones: [150],
  momentum: 0.9,
  weightDecay: 5e-4,
  crop: true,
  flip: true,
};

function close(found: tf.Tensor, wanted: number[], tolerance = 1e-5) {
  const values = found.dataSync();
  assert.equal(values.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(values[i]! - value) < tolerance, `${values}`));
}

Deno.test("turnImage() turns counter-clockwise, and four turns are none", () => {
  const image = Uint8Array.of(1, 2, 3, 4);
  const turned = [0, 1, 2, 3].map((turns) => [...turnImage(image, { side: 2, turns })]);
  assert.deepEqual(turned, [[1, 2, 3, 4], [2, 4, 1, 3], [4, 3, 2, 1], [3, 1, 4, 2]]);
  let again: Uint8Array = image;
  for (let i = 0; i < 4; i++) again = turnImage(again, { side: 2, turns: 1 });
  assert.deepEqual(again, image);
  // Mirrored first, then turned.
  assert.deepEqual([...turnImage(image, { side: 2, turns: 1, mirrored: true })], [1, 3, 2, 4]);
});

Deno.test("rotatedViews() are the four rotations of each image where nothing else is on", () => {
  const train = toyImages(5, TOY_CLASSES);
  tf.tidy(() => {
    const views = rotatedViews(train, [3, 1], {
      normalisation: MINUS_ONE_TO_ONE,
      crop: false,
      flip: false,
      flipsViews: true,
      rng: rngOf(1),
    });
    assert.deepEqual(views.shape, [8, 8, 8, 3]);
    const image = new Uint8Array(192);
    [3, 1].forEach((index, i) => {
      train.images.read(index, image, 0);
      for (let turns = 0; turns < 4; turns++) {
        const wanted = Array.from(turnImage(image, { side: 8, turns }), (v) => v / 127.5 - 1);
        close(views.slice([4 * i + turns, 0, 0, 0], [1, -1, -1, -1]).flatten(), wanted, 1e-6);
      }
    });
  });
});

Deno.test("rotatedViews() mirrors an image once for its views, or each view again; windows are each view's own", () => {
  const train = toyImages(6, TOY_CLASSES);
  const every = [0, 1, 2, 3, 4, 5];
  const options = { normalisation: MINUS_ONE_TO_ONE, flip: true, rng: rngOf(2) };
  tf.tidy(() => {
    const turnedBack = (x: tf.Tensor4D) => {
      const views = x.reshape([6, 4, 8, 8, 3]);
      const [first, second, third, fourth] = tf.unstack(views, 1) as tf.Tensor4D[];
      const flat = (map: tf.Tensor4D) => tf.transpose(map, [0, 2, 1, 3]);
      return [
        first!,
        flat(tf.reverse(second!, 1)),
        tf.reverse(third!, [1, 2]),
        tf.reverse(flat(fourth!), 1),
      ];
    };
    const gaps = (x: tf.Tensor4D) => {
      const [upright, ...others] = turnedBack(x);
      return others.map((other) => tf.max(tf.abs(other.sub(upright!))).dataSync()[0]!);
    };
    const once = rotatedViews(train, every, { ...options, crop: false, flipsViews: false });
    assert.deepEqual(gaps(once), [0, 0, 0]);
    const again = rotatedViews(train, every, { ...options, crop: false, flipsViews: true });
    assert.ok(gaps(again).every((gap) => gap > 0));
    const cropped = rotatedViews(train, every, { ...options, crop: true, flipsViews: false });
    assert.ok(gaps(cropped).every((gap) => gap > 0));
    // The same draws, the same views.
    const same = rotatedViews(train, every, { ...options, crop: true, flipsViews: false });
    assert.deepEqual(same.dataSync(), cropped.dataSync());
  });
});

Deno.test("SSKD's similarities, ranks and losses equal the stored values of the method's specification", () => {
  tf.tidy(() => {
    const [student, teacher] = (["student", "teacher"] as const).map((kind) =>
      viewSimilarity(waves(kind, [8, 3]) as tf.Tensor2D)
    );
    const own = ownImages(2);
    close(student!.reshape([12]), [
      ...[-0.99081, -0.92007, 0.96371, 0.96431, -0.9194, -0.99104],
      ...[-0.78213, -0.99097, 0.69072, 0.96374, -0.58538, -0.91822],
    ]);
    close(crossEntropy(student!, own).reshape([1]), [0.72047396]);
    const ranks = ranksOf(teacher!, own);
    close(ranks, [1, 0, 0, 1, 1, 0]);
    const kept = keptRows(ranks, 0.75);
    close(kept, [1, 1, 1, 1, 0, 1]);
    close(
      selectiveKd(student!, teacher!, { temperature: 0.5, kept }).reshape([1]),
      [0.096087542],
      1e-6,
    );
    const [s, t] = (["student", "teacher"] as const).map((kind) =>
      waves(kind, [2, 3], 5) as tf.Tensor2D
    );
    close(selectiveKd(s!, t!, { temperature: 4 }).reshape([1]), [0.687844321]);
  });
});

Deno.test("keptRows() keeps right rows alone at ratio 0, all at 1, and drops none where all are right", () => {
  tf.tidy(() => {
    const ranks = tf.tensor1d([2, 0, 1, 1, 0, 3], "int32");
    close(keptRows(ranks, 0), [0, 1, 0, 0, 1, 0]);
    close(keptRows(ranks, 0.5), [0, 1, 1, 1, 1, 0]);
    // ⌊0.25 · 4⌋ = 1: of equal ranks the first.
    close(keptRows(ranks, 0.25), [0, 1, 1, 0, 1, 0]);
    close(keptRows(ranks, 1), [1, 1, 1, 1, 1, 1]);
    close(keptRows(tf.zerosLike(ranks), 0), [1, 1, 1, 1, 1, 1]);
  });
});

Deno.test("ranksOf() puts equal scores in order of their columns, and takes a single column", () => {
  tf.tidy(() => {
    const scores = tf.tensor2d([[1, 2, 2, 0], [1, 2, 2, 0]]);
    close(ranksOf(scores, tf.tensor1d([1, 2], "int32")), [0, 1]);
    close(ranksOf(tf.tensor2d([[0.5]]), tf.tensor1d([0], "int32")), [0]);
  });
});

Deno.test("selectiveKd() is 0 without kept rows and for equal scores; finite differences give its slope", () => {
  tf.tidy(() => {
    const [s, t] = (["student", "teacher"] as const).map((kind) =>
      waves(kind, [3, 4]) as tf.Tensor2D
    );
    const none = tf.zeros<tf.Rank.R1>([3]);
    close(selectiveKd(s!, t!, { temperature: 2, kept: none }).reshape([1]), [0]);
    close(selectiveKd(t!, t!, { temperature: 2 }).reshape([1]), [0], 1e-12);
    const kept = tf.tensor1d([1, 0, 1]);
    const loss = (x: tf.Tensor) => selectiveKd(x as tf.Tensor2D, t!, { temperature: 2, kept });
    const slope = tf.grad(loss)(s!).dataSync();
    for (const at of [0, 5, 9]) {
      const step = tf.oneHot(tf.tensor1d([at], "int32"), 12).cast("float32").reshape([3, 4]).mul(
        1e-2,
      );
      const [up, down] = [loss(s!.add(step)), loss(s!.sub(step))].map((value) =>
        value.dataSync()[0]!
      );
      assert.ok(Math.abs((up! - down!) / 2e-2 - slope[at]!) < 1e-4, `${at}`);
    }
  });
});

Deno.test("sskd() trains its head for a quarter of the student's epochs, at the paper's milestones", () => {
  const [head, student] = stagesOf(sskd());
  assert.deepEqual([head!.name, head!.trains, student!.teacher], [
    "sskd_head",
    "teacher",
    "teacher",
  ]);
  assert.equal(head!.distiller.needs.trainsStudent, false);
  const { epochs, milestones, learningRate, weightDecay } = head!.training(RECIPE);
  assert.deepEqual([epochs, milestones, learningRate, weightDecay], [60, [30, 45], 0.05, 5e-4]);
  const [own] = stagesOf(sskd({ headEpochs: 7, headRate: 0.01 }));
  const changed = own!.training(RECIPE);
  assert.deepEqual([changed.epochs, changed.learningRate], [7, 0.01]);
  // A training of one epoch still has a head.
  assert.deepEqual(head!.training({ ...RECIPE, epochs: 1 }).epochs, 1);
});
