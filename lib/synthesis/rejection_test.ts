import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { type Propose, type RejectionOptions, rejectionSample } from "./rejection.ts";

/** Draws of x ~ U(0, 1) with a ratio that is a function of x; accepted ones are collected. */
function proposals(ratio: (x: number) => number) {
  const accepted: number[] = [];
  const propose: Propose = (count, kind, address) => {
    const rng = rngOf(1, kind, address);
    const xs = Array.from({ length: count }, () => rng.uniform());
    return Promise.resolve({
      ratios: Float32Array.from(xs, ratio),
      accept(positions) {
        for (const position of positions) accepted.push(xs[position]!);
      },
    });
  };
  return { propose, accepted };
}

const OPTIONS: RejectionOptions = { target: 4000, burnIn: 2000, batch: 500, name: "class 1" };

Deno.test("rejectionSample() turns the proposal into the target of a known ratio", async () => {
  // p_r(x) = 2x against p_g = U(0, 1): r(x) = 2x, and the share that passes is 1 / max r = 1/2.
  const { propose, accepted } = proposals((x) => 2 * x);
  const count = await rejectionSample(propose, OPTIONS, rngOf(3));
  assert.equal(accepted.length, 4000);
  assert.equal(count.accepted, 4000);
  assert.ok(Math.abs(count.acceptanceRate - 0.5) < 0.03, `rate ${count.acceptanceRate}`);
  assert.ok(count.greatestRatio > 1.99 && count.greatestRatio <= 2);
  // Kolmogorov-Smirnov against F(x) = x²; 1.63 / √n is the 1 % point.
  const sorted = accepted.sort((a, b) => a - b);
  let distance = 0;
  for (const [i, x] of sorted.entries()) {
    distance = Math.max(distance, Math.abs(x * x - i / 4000), Math.abs(x * x - (i + 1) / 4000));
  }
  assert.ok(distance < 1.63 / Math.sqrt(4000), `distance ${distance}`);
  // The same draws without rejection are far off, so the test can fail.
  assert.ok(sorted.reduce((sum, x) => sum + x, 0) / 4000 > 0.64);
});

Deno.test("rejectionSample() accepts kinds as often as their ratio says", async () => {
  // Four equally likely kinds with ratios 0, 1/2, 1 and 5/2.
  const ratios = [0, 0.5, 1, 2.5];
  const { propose, accepted } = proposals((x) => ratios[Math.floor(4 * x)]!);
  await rejectionSample(propose, OPTIONS, rngOf(4));
  const counts = [0, 0, 0, 0];
  for (const x of accepted) counts[Math.floor(4 * x)]!++;
  assert.equal(counts[0], 0);
  let chiSquare = 0;
  for (const kind of [1, 2, 3]) {
    const expected = 4000 * ratios[kind]! / 4;
    chiSquare += (counts[kind]! - expected) ** 2 / expected;
  }
  // 99 % point of chi-square with 2 degrees of freedom.
  assert.ok(chiSquare < 9.21, `chi-square ${chiSquare} of ${counts}`);
});

Deno.test("rejectionSample() keeps every draw when the ratio is constant", async () => {
  const { propose, accepted } = proposals(() => 0.7);
  const count = await rejectionSample(propose, { ...OPTIONS, target: 1200 }, rngOf(1));
  assert.equal(count.acceptanceRate, 1);
  assert.equal(count.drawn, 1500);
  assert.equal(accepted.length, 1200);
});

Deno.test("rejectionSample() gives the same draws for the same stream", async () => {
  const run = async (seed: number) => {
    const { propose, accepted } = proposals((x) => x);
    await rejectionSample(propose, { ...OPTIONS, target: 100 }, rngOf(seed));
    return accepted;
  };
  assert.deepEqual(await run(1), await run(1));
  assert.notDeepEqual(await run(1), await run(2));
});

Deno.test("rejectionSample() repeats a burn-in of zeros and gives up after ten", async () => {
  const options = { ...OPTIONS, target: 10, burnIn: 50, batch: 50 };
  const { propose } = proposals((x) => x);
  // The first two burn-ins see nothing.
  let calls = 0;
  const late: Propose = async (count, kind, address) => {
    const candidates = await propose(count, kind, address);
    return calls++ < 2 ? { ...candidates, ratios: new Float32Array(count) } : candidates;
  };
  const count = await rejectionSample(late, options, rngOf(1));
  assert.equal(count.burnInsRedrawn, 2);
  await assert.rejects(rejectionSample(proposals(() => 0).propose, options, rngOf(1)), {
    name: "RangeError",
    message:
      "Cannot subsample class 1: found ratio 0 for all of 500 fakes, want some above 0; fit " +
      "the density ratio again from another seed",
  });
});

Deno.test("rejectionSample() aborts at its limit of draws, guarded or not", async () => {
  const options = { ...OPTIONS, target: 100, burnIn: 500, batch: 50, drawsPerAccepted: 2 };
  const rare = proposals((x) => x > 0.8 ? 10 : 0.001);
  await assert.rejects(rejectionSample(rare.propose, options, rngOf(1)), {
    name: "RangeError",
    message:
      /^Cannot subsample class 1: found \d+ of 100 fakes accepted after 200 draws at a greatest ratio of 10, want all of them; train the generator longer, fit the density ratio again from another seed, or take the missing ones as they come with synthesis\.whenStuck=plain$/,
  });
  const unguarded = { ...options, zeroRatioGuard: false };
  await assert.rejects(rejectionSample(proposals(() => 0).propose, unguarded, rngOf(1)), {
    message: /found 0 of 100 fakes accepted after 50 draws/,
  });
});

Deno.test("rejectionSample() gives a label up early whose acceptance is far below what is allowed", async () => {
  // One ratio in the burn-in is a million times the others: two draws in a million would be accepted.
  const outlier = proposals((x) => x > 0.999 ? 1e6 : 1);
  let judged = 0;
  const counting: Propose = (count, kind, address) => {
    if (kind === "draw") judged += count;
    return kind === "draw"
      ? proposals(() => 1).propose(count, kind, address)
      : outlier.propose(count, kind, address);
  };
  const options = { ...OPTIONS, target: 5000, burnIn: 5000, batch: 500 };
  await assert.rejects(rejectionSample(counting, options, rngOf(1)), {
    message:
      /found 0 of 5000 fakes accepted after 10000 draws at a greatest ratio of 1000000, want/,
  });
  assert.equal(judged, 10_000);
  // At twice the rate that is allowed it goes on.
  const rare = proposals((x) => x > 0.998 ? 1 : 0);
  const count = await rejectionSample(rare.propose, { ...options, target: 30 }, rngOf(1));
  assert.equal(count.accepted, 30);
});

Deno.test("rejectionSample() refuses ratios and options that mean nothing", async () => {
  for (const ratio of [NaN, Infinity, -1]) {
    await assert.rejects(rejectionSample(proposals(() => ratio).propose, OPTIONS, rngOf(1)), {
      name: "RangeError",
      message: `Cannot subsample class 1: found ratio ${ratio}, want a finite number of at least 0`,
    });
  }
  const { propose } = proposals((x) => x);
  await assert.rejects(rejectionSample(propose, { ...OPTIONS, target: 0 }, rngOf(1)), {
    message: "Cannot use perLabel = 0: want an integer of at least 1",
  });
  await assert.rejects(rejectionSample(propose, { ...OPTIONS, drawsPerAccepted: 0 }, rngOf(1)), {
    message: "Cannot subsample with drawsPerAccepted = 0: want at least 1",
  });
});

Deno.test("rejectionSample() takes draws as they come where it is stuck, if asked to", async () => {
  const options = { ...OPTIONS, target: 70, burnIn: 50, batch: 50, whenStuck: "plain" } as const;
  const dead = proposals(() => 0);
  const count = await rejectionSample(dead.propose, options, rngOf(5));
  assert.deepEqual(count, {
    accepted: 70,
    drawn: 0,
    acceptanceRate: 0,
    greatestRatio: 0,
    burnInsRedrawn: 10,
    plain: 70,
  });
  assert.equal(dead.accepted.length, 70);
  assert.equal(new Set(dead.accepted).size, 70);
  // One draw of a hundred thousand is likelier than the others by far: the limit is reached.
  const rare = proposals((x) => x < 0.01 ? 1 : 1e-9);
  const limited = await rejectionSample(
    rare.propose,
    { ...options, drawsPerAccepted: 5 },
    rngOf(5),
  );
  assert.equal(limited.drawn, 350);
  assert.ok(limited.plain! > 40 && limited.plain! < 70, `${limited.plain} taken`);
  assert.equal(rare.accepted.length, 70);
  const alive = proposals((x) => x);
  assert.equal((await rejectionSample(alive.propose, options, rngOf(5))).plain, undefined);
});
