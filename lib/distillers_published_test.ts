/** Standard options of the distillers are those that papers or their authors' codes publish. */
import assert from "node:assert/strict";
import { withDefaults } from "./base/options/option_defaults.ts";
import { type DistillerName, DISTILLERS } from "./registry.ts";

/**
 * Weights, temperatures and constants of the searches by method; what no publication has is left out. Sources: the
 * methods' own codes, RepDistiller's for those that it compares, torchdistill's for DIST, KTA, LSKD and SRD, cGAN-KD's for
 * BLKD, TAKD, BLKD+UDA and SSKD.
 */
const PUBLISHED = {
  blkd: { alpha: 0.5, temperature: 5 },
  takd: { alpha: 0.5, temperature: 5 },
  uda: { alpha: 0.5, temperature: 5, augmented: 0.5 },
  sskd: {
    ...{ labels: 0.1, kd: 0.9, turned: 2.7, similarity: 10 },
    ...{ temperature: 4, turnedTemperature: 4, similarityTemperature: 0.5 },
    ...{ turnedRatio: 1, similarityRatio: 0.75 },
  },
  dkd: { alpha: 1, beta: 8, temperature: 4 },
  bss: {
    ...{ temperature: 3, most: 64, stepSize: 0.3, overshoot: 1e-4, searchSteps: 10 },
    ...{ stepRule: "plain", strict: false },
  },
  fitnet: { weight: 100, stage: 2 },
  at: { weight: 1000 },
  sp: { weight: 3000 },
  cc: { weight: 0.02 },
  vid: { weight: 1 },
  rkd: { weight: 1 },
  pkt: { weight: 30_000 },
  ft: { weight: 200 },
  nst: { weight: 50 },
  crd: { weight: 0.8, negatives: 16_384, temperature: 0.07, momentum: 0.5, positives: "exact" },
  ofd: { weight: 1e-3 },
  hkd: { weight: 3, kd: 1, negatives: 16_384, neighbours: 8, temperature: 0.07, momentum: 0.9 },
  dist: { beta: 1, gamma: 1, temperature: 4 },
  ls_kd: { labels: 0.1, weight: 9, temperature: 2 },
  kta: { weight: 50, affinity: 1 },
  srd: { weight: 2, exponent: 4 },
  dml: { weight: 1, peers: 1 },
  ffsd: { students: 2, temperature: 2, diversity: 1e-5, fusion: 10, chainRate: 1e-3 },
  dfad: { imitationSteps: 5, noise: 256, generatorWidth: 64, generatorRate: 1e-3 },
  kd_uda: { alpha: 0.3, temperature: 20, first: 0.1, last: 0.9 },
} as const satisfies Partial<Record<DistillerName, Readonly<Record<string, unknown>>>>;

for (const [name, wanted] of Object.entries(PUBLISHED)) {
  Deno.test(`${name}: standard options are the published ones`, () => {
    const settled = withDefaults(DISTILLERS[name as DistillerName].options, {}) as Record<
      string,
      unknown
    >;
    const found = Object.fromEntries(
      Object.keys(wanted).map((option) => [option, settled[option]]),
    );
    assert.deepEqual(found, wanted);
  });
}
