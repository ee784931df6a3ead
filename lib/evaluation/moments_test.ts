import assert from "node:assert/strict";
import { type Rng, rngOf } from "../base/rng.ts";
import { FeatureMoments } from "./moments.ts";

/** Correlated features around 1000, where careless sums lose their digits. */
function sample(count: number, size: number, rng: Rng): number[][] {
  return Array.from({ length: count }, () => {
    const row = Array.from({ length: size }, () => rng.normal());
    return row.map((value, i) => 1000 + value + 0.5 * row[(i + 1) % size]!);
  });
}

/** Mean, then the sum of products of differences: two passes, as the formula reads. */
function twoPasses(rows: number[][]): { mean: number[]; covariance: number[][] } {
  const [first] = rows;
  const mean = first!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  const covariance = mean.map((_, i) =>
    mean.map((_, j) =>
      rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0) /
      (rows.length - 1)
    )
  );
  return { mean, covariance };
}

function momentsOf(rows: number[][], batch = rows.length): FeatureMoments {
  const moments = new FeatureMoments(rows[0]!.length);
  for (let i = 0; i < rows.length; i += batch) moments.add(rows.slice(i, i + batch).flat());
  return moments;
}

function checkClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs(found[i]! - wanted[i]!) < tolerance, `found ${found[i]}, want ${wanted[i]}`);
  }
}

for (const { count, what } of [{ count: 4, what: "few" }, { count: 60, what: "many" }]) {
  Deno.test(`FeatureMoments in batches equals two passes over ${what} vectors`, () => {
    const rows = sample(count, 5, rngOf(1, "moments", count));
    const wanted = twoPasses(rows);
    for (const batch of [1, 3, 7, count]) {
      const moments = momentsOf(rows, batch);
      assert.equal(moments.count, count);
      assert.equal(moments.isThin, count <= 5);
      checkClose(moments.mean(), wanted.mean, 1e-9);
      checkClose(moments.covariance().to1DArray(), wanted.covariance.flat(), 1e-9);
    }
  });

  Deno.test(`FeatureMoments.factor() times its transpose is the covariance of ${what}`, () => {
    const moments = momentsOf(sample(count, 5, rngOf(2, "factor", count)));
    const factor = moments.factor();
    assert.ok(factor.columns <= 5);
    const product = factor.mmul(factor.transpose());
    checkClose(product.to1DArray(), moments.covariance().to1DArray(), 1e-9);
  });

  Deno.test(`FeatureMoments does not depend on the order of ${what} vectors`, () => {
    const rows = sample(count, 5, rngOf(3, "order", count));
    const forward = momentsOf(rows, 2);
    const backward = momentsOf(rows.toReversed(), 2);
    checkClose(backward.mean(), forward.mean(), 1e-9);
    checkClose(backward.covariance().to1DArray(), forward.covariance().to1DArray(), 1e-9);
  });
}

Deno.test("FeatureMoments solves two points by hand", () => {
  const moments = momentsOf([[1, 0], [3, 4]]);
  assert.deepEqual([...moments.mean()], [2, 2]);
  checkClose(moments.covariance().to1DArray(), [2, 4, 4, 8], 1e-12);
});

Deno.test("FeatureMoments leaves the batch that it is given unchanged", () => {
  const batch = Float64Array.of(1, 2, 3);
  const moments = new FeatureMoments(1);
  moments.add(batch);
  assert.deepEqual([...batch], [1, 2, 3]);
});

Deno.test("FeatureMoments refuses what has no covariance", () => {
  const moments = new FeatureMoments(2);
  assert.throws(() => moments.mean(), /Cannot average features: found no images/);
  moments.add([1, 2]);
  assert.deepEqual([...moments.mean()], [1, 2]);
  for (const method of ["covariance", "factor"] as const) {
    assert.throws(() => moments[method](), /found 1 images, want at least 2/);
  }
  assert.throws(() => moments.add([1, 2, 3]), {
    name: "TypeError",
    message: "Cannot fit a Gaussian: found 3 features, want a multiple of 2",
  });
  assert.throws(() => moments.add([1, 2, 3, NaN]), {
    name: "RangeError",
    message: "Cannot fit a Gaussian: found NaN as feature 1 of image 2, want a finite number",
  });
  assert.throws(() => new FeatureMoments(0), RangeError);
});
