import assert from "node:assert/strict";
import { bitsOf, bitsOfState, build, linearGuide, setUp } from "../testing/cgan.ts";

Deno.test("cganTrainee() averages all of G's state: a copy at first, then the decay", () => {
  const average = { decay: 0.75, start: 2 };
  const { trainee, pair, step, dispose } = setUp({ training: { average, generatorRate: 0.01 } });
  const target = build();
  const exported = () => {
    trainee.exportTo(target.generator);
    return bitsOf(target.generator.parameters.entries());
  };
  let expected: Record<string, number[]> = {};
  for (let k = 0; k < 4; k++) {
    step(k);
    const live = bitsOf(pair.generator.parameters.entries());
    if (k < average.start) {
      assert.deepEqual(exported(), live);
      expected = Object.fromEntries(Object.entries(live).map(([name, v]) => [name, [...v]]));
      continue;
    }
    const found = exported();
    assert.deepEqual(Object.keys(found), Object.keys(live));
    for (const [name, values] of Object.entries(live)) {
      expected[name] = expected[name]!.map((mean, i) => 0.75 * mean + 0.25 * values[i]!);
      for (const [i, value] of found[name]!.entries()) {
        const want: number = expected[name]![i]!;
        assert.ok(Math.abs(value - want) <= 1e-5 * Math.max(1, Math.abs(want)), name);
      }
    }
    // Weights and running statistics lag behind alike.
    for (const name of ["linear/weight", "block1/norm1/running_mean", "norm/running_variance"]) {
      assert.notDeepEqual(found[name], live[name], name);
    }
  }
  dispose();
  target.generator.parameters.dispose();
  target.discriminator.parameters.dispose();
});

Deno.test("cganTrainee() without an average exports G as it is", () => {
  const { trainee, pair, step, dispose } = setUp();
  step(0);
  const target = build();
  trainee.exportTo(target.generator);
  assert.deepEqual(
    bitsOf(target.generator.parameters.entries()),
    bitsOf(pair.generator.parameters.entries()),
  );
  assert.equal(trainee.state.averaged, undefined);
  dispose();
  target.generator.parameters.dispose();
  target.discriminator.parameters.dispose();
});

Deno.test("cganTrainee() asks the guide from its start step on and never changes it", () => {
  const { parameters, guide, counter } = linearGuide();
  const before = bitsOf(parameters.entries());
  const guided = setUp({ training: { guide: { weight: 2, start: 1 } }, guide });
  const plain = setUp();
  for (let k = 0; k < 3; k++) {
    const metrics = guided.step(k);
    const plainMetrics = plain.step(k);
    assert.equal("guideLoss" in plainMetrics, false);
    const same = [bitsOfState(guided.trainee), bitsOfState(plain.trainee)] as const;
    if (k < 1) {
      assert.deepEqual(Object.keys(metrics), ["discriminatorLoss", "generatorLoss"]);
      assert.equal(counter.calls, 0);
      assert.deepEqual(same[0], same[1]);
    } else {
      assert.equal(counter.calls, k);
      assert.ok(metrics.guideLoss! > 0);
      assert.notDeepEqual(same[0].generator, same[1].generator);
    }
    if (k === 1) {
      // D had its steps before the guide first spoke.
      assert.deepEqual(same[0].discriminatorAdam, same[1].discriminatorAdam);
      const difference = metrics.generatorLoss! - plainMetrics.generatorLoss!;
      assert.ok(Math.abs(difference - 2 * metrics.guideLoss!) < 1e-5);
      assert.equal(metrics.generatorHinge, plainMetrics.generatorLoss);
    }
  }
  assert.deepEqual(bitsOf(parameters.entries()), before);
  [guided, plain].forEach((run) => run.dispose());
  parameters.dispose();
});

Deno.test("cganTrainee() asks neither guide nor auxiliary classifier from the release on", () => {
  const { parameters, guide, counter } = linearGuide();
  const pushed = {
    guide: { weight: 2, start: 0 },
    auxiliary: { discriminator: 1, generator: 0.5 },
  };
  const released = setUp({ training: { ...pushed, release: 1 }, guide });
  const always = setUp({ training: pushed, guide });
  assert.ok("generatorClassLoss" in released.step(0));
  always.step(0);
  assert.deepEqual(bitsOfState(released.trainee), bitsOfState(always.trainee));
  const calls = counter.calls;
  const metrics = released.step(1);
  assert.equal(counter.calls, calls);
  // D's classifier goes on; G's loss is its hinge loss and nothing else.
  assert.deepEqual(Object.keys(metrics).toSorted(), [
    "discriminatorClassLoss",
    "discriminatorHinge",
    "discriminatorLoss",
    "generatorLoss",
  ]);
  assert.ok("guideLoss" in always.step(1));
  assert.notDeepEqual(
    bitsOfState(released.trainee).generator,
    bitsOfState(always.trainee).generator,
  );
  [released, always].forEach((run) => run.dispose());
  parameters.dispose();
});

Deno.test("cganTrainee() halves the rates of G and D again and again from the start of the decay on", () => {
  const decay = { start: 1, halving: 2 };
  // The first step that a training takes may be any; its rates are those of its number.
  for (const [step, share] of [[0, 1], [1, 1], [3, 1 / 2], [5, 1 / 4]] as const) {
    const falling = setUp({ training: { generatorRate: 0.01, discriminatorRate: 0.02, decay } });
    const constant = setUp({
      training: { generatorRate: 0.01 * share, discriminatorRate: 0.02 * share },
    });
    falling.step(step);
    constant.step(step);
    assert.deepEqual(bitsOfState(falling.trainee), bitsOfState(constant.trainee), `step ${step}`);
    [falling, constant].forEach((run) => run.dispose());
  }
});

Deno.test("cganTrainee() refuses to be guided by nothing", () => {
  const pair = build();
  assert.throws(() => setUp({ pair, training: { guide: { weight: 1, start: 0 } } }), {
    name: "TypeError",
    message: "Cannot train a guided cGAN: found no guide, want a frozen network",
  });
  pair.generator.parameters.dispose();
  pair.discriminator.parameters.dispose();
});
