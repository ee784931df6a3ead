import assert from "node:assert/strict";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Rng, rngOf } from "../base/rng.ts";
import { frechetDistance } from "./frechet.ts";
import { FeatureMoments } from "./moments.ts";

/** 2 d points whose mean is `mean` and whose sample covariance is V diag(variances) Vᵀ exactly. */
function pointsOf(mean: number[], variances: number[], basis = Matrix.eye(mean.length)): number[] {
  const count = 2 * mean.length;
  return variances.flatMap((variance, k) =>
    [1, -1].flatMap((sign) =>
      mean.map((centre, i) =>
        centre + sign * Math.sqrt(variance * (count - 1) / 2) * basis.get(i, k)
      )
    )
  );
}

function momentsOf(size: number, rows: number[]): FeatureMoments {
  const moments = new FeatureMoments(size);
  moments.add(rows);
  return moments;
}

function noise(count: number, size: number, rng: Rng): FeatureMoments {
  return momentsOf(size, Array.from({ length: count * size }, () => rng.normal()));
}

function checkClose(found: number, wanted: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(found - wanted) < tolerance, `found ${found}, want ${wanted}`);
}

/** A rotation of three dimensions. */
function rotation(): Matrix {
  const [a, b] = [0.6, 0.8];
  const first = new Matrix([[a, -b, 0], [b, a, 0], [0, 0, 1]]);
  return first.mmul(new Matrix([[1, 0, 0], [0, b, -a], [0, a, b]]));
}

// Commuting covariances: Tr = Σ (√λ − √κ)² = (1 − 2)² + (2 − 3)² + (3 − 1)² = 6; ‖μ‖² = 9 + 16.
for (const [what, basis] of [["axes", Matrix.eye(3)], ["turned axes", rotation()]] as const) {
  Deno.test(`frechetDistance() is the closed form of Gaussians on ${what}`, () => {
    const real = momentsOf(3, pointsOf([0, 0, 0], [1, 4, 9], basis));
    const fake = momentsOf(3, pointsOf([3, 4, 0], [4, 9, 1], basis));
    for (const [first, second] of [[real, fake], [fake, real]] as const) {
      const { distance, mean, trace } = frechetDistance(first, second);
      checkClose(mean, 25);
      checkClose(trace, 6);
      checkClose(distance, 31);
    }
  });
}

Deno.test("frechetDistance() adds the norm without its square under the reference's rule", () => {
  const real = momentsOf(3, pointsOf([0, 0, 0], [1, 4, 9]));
  const fake = momentsOf(3, pointsOf([3, 4, 0], [4, 9, 1]));
  const { distance, mean } = frechetDistance(real, fake, { meanTerm: "norm" });
  checkClose(mean, 5);
  checkClose(distance, 11);
});

// Tr((ΣΩ)^½) of 2 x 2 matrices is √(Tr ΣΩ + 2 √det ΣΩ).
Deno.test("frechetDistance() is the closed form of covariances that do not commute", () => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
  const turned = new Matrix([[c, -s], [s, c]]);
  const product = new Matrix([[5, 0], [0, 2]]).mmul(
    turned.mmul(new Matrix([[1, 0], [0, 7]])).mmul(turned.transpose()),
  );
  const root = Math.sqrt(product.trace() + 2 * Math.sqrt(5 * 2 * 7));
  const { trace } = frechetDistance(
    momentsOf(2, pointsOf([0, 0], [5, 2])),
    momentsOf(2, pointsOf([0, 0], [1, 7], turned)),
  );
  checkClose(trace, 5 + 2 + 1 + 7 - 2 * root);
});

/** Σ_r^½, then the root of Σ_r^½ Σ_g Σ_r^½: the textbook's way, d x d throughout. */
function slowTrace(real: FeatureMoments, fake: FeatureMoments): number {
  const rootOf = (matrix: Matrix) => {
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
      assumeSymmetric: true,
    });
    const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
    return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
  };
  const root = rootOf(real.covariance());
  const middle = root.mmul(fake.covariance()).mmul(root);
  return real.covariance().trace() + fake.covariance().trace() - 2 * rootOf(middle).trace();
}

Deno.test("frechetDistance() is the same for few and many images on either side", () => {
  const rng = rngOf(1, "frechet");
  for (const [real, fake] of [[4, 6], [6, 4], [4, 40], [40, 4], [40, 30]] as const) {
    const first = noise(real, 8, rng);
    const second = noise(fake, 8, rng);
    checkClose(frechetDistance(first, second).trace, slowTrace(first, second), 1e-6);
  }
});

Deno.test("frechetDistance() between a set and itself is zero", () => {
  for (const count of [3, 9, 50]) {
    const rows = Array.from({ length: count * 8 }, (_, i) => 10 * Math.sin(i * i));
    const distance = frechetDistance(momentsOf(8, rows), momentsOf(8, rows));
    assert.ok(distance.distance >= 0 && distance.distance < 1e-5, `found ${distance.distance}`);
    assert.equal(distance.mean, 0);
  }
});

Deno.test("frechetDistance() sees two samples of one Gaussian come closer as they grow", () => {
  const rng = rngOf(2, "frechet growth");
  const at = (count: number) => frechetDistance(noise(count, 6, rng), noise(count, 6, rng));
  const few = at(10).distance;
  const many = at(1000).distance;
  assert.ok(many < 0.1 && few > 10 * many, `found ${few} and ${many}`);
});

Deno.test("frechetDistance() refuses other sizes and single images", () => {
  const two = noise(5, 2, rngOf(3));
  assert.throws(() => frechetDistance(two, noise(5, 3, rngOf(3))), /found 2 and 3 features/);
  assert.throws(
    () => frechetDistance(two, momentsOf(2, [1, 2])),
    /found 1 images, want at least 2/,
  );
});
