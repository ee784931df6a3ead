/** What every distiller's terms come to where student and teacher are the same function: the least they can be. */
import assert from "node:assert/strict";
import { rngOf } from "./base/rng.ts";
import { tf } from "./base/tf.ts";
import { vkd } from "./distill/methods/vkd/vkd.ts";
import { distillTrainee } from "./distill/trainee.ts";
import type { Network } from "./networks/network.ts";
import { type DistillerEntry, type DistillerName, DISTILLERS } from "./registry.ts";
import { toyNetwork, toyStages } from "./testing/distill.ts";

/** Terms that measure a distance, and are 0 there. */
const DISTANCES = {
  blkd: ["kd"],
  takd: ["kd"],
  at: ["at"],
  dist: ["betweenClasses", "withinClasses"],
  dkd: ["targetKd", "othersKd"],
  dml: ["mutual"],
  ls_kd: ["kd"],
  nst: ["nst"],
  pkt: ["pkt"],
  rkd: ["rkd"],
  sp: ["sp"],
  sskd: ["kd", "turned"],
  uda: ["kd", "copyKd"],
  srd: ["outputs"],
  cgdd: ["discrepancy", "attention"],
  dfad: ["loss"],
  kd_uda: ["source", "target"],
} as const satisfies Partial<Record<DistillerName, readonly string[]>>;

/** Methods whose terms are no such distance, and why; what they come to is in their own tests. */
const NO_DISTANCE = {
  nokd: "labels only",
  ab: "labels only, after a stage of its own",
  fsp: "labels only, after a stage of its own",
  bss: "a cross-entropy: see below",
  cc: "embeddings of both networks are drawn apart",
  crd: "told from other images, not near to one",
  hkd: "told from other images, not near to one",
  fitnet: "behind an adapter",
  ft: "behind a translator",
  kta: "behind adapters",
  ofd: "behind adapters",
  review_kd: "behind adapters",
  vid: "behind adapters",
  vkd: "targets of a class, not of an image",
  ffsd: "a leader among others of its kind",
  introspective: "no teacher",
  ugan: "no teacher",
} as const satisfies Partial<Record<DistillerName, string>>;

Deno.test("every distiller has terms that vanish for equal networks, or a reason why none does", () => {
  const known = [...Object.keys(DISTANCES), ...Object.keys(NO_DISTANCE)];
  assert.deepEqual(known.sort(), Object.keys(DISTILLERS).sort());
});

/** A network that answers in inference mode whatever it is asked for, so that two copies are the same function. */
function steady(seed = 3): Network {
  const network = toyNetwork({ channels: 8, outputs: 3, rng: rngOf(seed) });
  return { ...network, forward: (x, mode) => network.forward(x, { ...mode, training: false }) };
}

/** Terms of the first step of a method's last stage, with copies of one network in every part. */
async function termsOf(
  name: DistillerName,
  { student = steady(), ...options }: Readonly<Record<string, unknown>> & { student?: Network } =
    {},
) {
  const { make }: DistillerEntry = DISTILLERS[name];
  const stage = (await toyStages(make(options))).at(-1)!;
  const run = stage.make({ student });
  const trainee = distillTrainee({
    ...run,
    ...(run.teacher && { teacher: steady() }),
    peers: run.peers?.map(() => steady()),
  });
  try {
    return tf.tidy(() =>
      Object.fromEntries(
        Object.entries(trainee.step(0)).map(([term, value]) => [term, value.dataSync()[0]!]),
      )
    );
  } finally {
    trainee.dispose();
  }
}

/** Options that keep toys small, or two networks equal up to the student's step. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cgdd: { generatorWidth: 4 },
  dfad: { generatorWidth: 4 },
  // Its teacher takes a step of its own before the student's: one too short to be seen.
  kd_uda: { teacherRate: 1e-9 },
};

for (const [name, terms] of Object.entries(DISTANCES)) {
  Deno.test(`${name}: ${terms.join(" and ")} 0 where student and teacher are the same function`, async () => {
    const found = await termsOf(name as DistillerName, OPTIONS[name]);
    for (const term of terms) {
      assert.ok(
        Math.abs(found[term]!) < 1e-6,
        `${term} is ${found[term]} of ${Object.keys(found)}`,
      );
    }
  });
}

Deno.test("bss: no student has less of a cross-entropy than one that is the teacher", async () => {
  const equal = await termsOf("bss");
  assert.ok(equal.images! > 0 && equal.images! < Math.log(3), `${equal.images}`);
  for (const seed of [4, 5, 6]) {
    const other = await termsOf("bss", { student: steady(seed) });
    assert.ok(other.images! > equal.images!, `${other.images} and ${equal.images}`);
  }
});

Deno.test("vkd beside dkd: the other method's terms are 0 where student and teacher are the same function", async () => {
  const stage = (await toyStages(vkd({ beside: "dkd" }))).at(-1)!;
  const trainee = distillTrainee({ ...stage.make({ student: steady() }), teacher: steady() });
  tf.tidy(() => {
    const { targetKd, othersKd, virtual } = trainee.step(0);
    for (const term of [targetKd!, othersKd!]) {
      assert.ok(Math.abs(term.dataSync()[0]!) < 1e-6, `${term}`);
    }
    assert.ok(virtual!.dataSync()[0]! > 0);
  });
  trainee.dispose();
});
