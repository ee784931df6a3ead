/** Step 2a of the chain: how much likelier an image is under the real than under the fake images. */
import type { Artifact, StageResult } from "../../base/disk/artifact.ts";
import type { History } from "../../base/disk/checkpoint.ts";
import type { StageKey } from "../../base/disk/identity.ts";
import { join } from "../../base/disk/path.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { type DensityRatio, densityRatio } from "../../density_ratio/density_ratio.ts";
import { fitRatio, type RatioTraining } from "../../density_ratio/fit.ts";
import { buildRatioNet, type RatioNet } from "../../density_ratio/ratio_net.ts";
import { asParameters, chainSeed, CHECKPOINT, type Context, loopOf, runStage } from "./context.ts";
import { openSources, ratioData, type RatioParts } from "./ratio_sources.ts";

/** A fitted density-ratio model. */
export interface FittedRatio {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Losses by step. */
  readonly history: History;
  /** Builds the model; the caller calls `dispose`. */
  open(): DensityRatio & { dispose(): void };
}

/** Fits the density-ratio network on real images and fakes (cDRE-F-cSP), or resumes or reuses it. */
export async function ratioStage(context: Context, parts: RatioParts): Promise<FittedRatio> {
  const { specification, setting } = context;
  const rng = rngOf(chainSeed(specification), "ratio", setting);
  const title = `density ratio on ${setting}`;
  const build: NetOf = (featureSize, stream) =>
    buildRatioNet({ ...netOptions(context, parts), featureSize, rng: stream });
  const artifact = await runStage(
    context,
    title,
    ratioKey(context, parts),
    (folder) => fit(context, parts, { build, folder, title, rng }),
  );
  return {
    artifact,
    history: artifact.notes.history as History,
    open() {
      const { features, ...extractor } = parts.features.open();
      const net = build(features.size, rng);
      net.parameters.write(asParameters(artifact.arrays));
      return {
        ...densityRatio({ extractor: features, net }),
        dispose() {
          extractor.dispose();
          net.parameters.dispose();
        },
      };
    },
  };
}

/** Builds the network for a number of features, from its draws. */
type NetOf = (featureSize: number, rng: Rng) => RatioNet;

/** What the network is built with beside features and draws. */
function netOptions({ specification, dataset }: Context, { condition }: RatioParts) {
  return {
    conditionSize: condition.size,
    embedding: dataset.train.task.kind === "classification" ? "trainable" : "given",
    width: specification.ratio.width,
  } as const;
}

/** All that decides the fit. */
function ratioKey(
  { specification, dataset }: Context,
  { gan, features }: RatioParts,
): StageKey {
  const { ratio, compat } = specification;
  return {
    stage: "ratio",
    codeVersion: 1,
    specification: {
      width: ratio.width,
      batch: ratio.batch,
      training: trainingOf(ratio),
      pool: ratio.pool,
      seed: chainSeed(specification),
      extractorInput: compat.extractorInput,
      flipFakes: compat.flipFakes,
    },
    inputs: { real: dataset.checksum, gan: gan.id, extractor: features.artifact.id },
  };
}

/** The numbers of the training itself. */
function trainingOf(
  { extractor: _extractor, width: _width, batch: _batch, pool: _pool, ...training }:
    Context["specification"]["ratio"],
): RatioTraining {
  return training;
}

/** Fits the network, from its checkpoint on where there is one. */
async function fit(
  context: Context,
  parts: RatioParts,
  { build, folder, title, rng }: {
    readonly build: NetOf;
    readonly folder: string;
    readonly title: string;
    readonly rng: Rng;
  },
): Promise<StageResult> {
  const { specification } = context;
  const { sources, dispose } = openSources(context, parts);
  const { size: featureSize } = sources.extractor;
  try {
    const data = await ratioData(context, sources, { rng: rng.child("data"), title });
    const { net, history, seconds, deadNetworks } = await fitRatio(
      { build: (stream) => build(featureSize, stream), data },
      {
        training: trainingOf(specification.ratio),
        loop: {
          ...loopOf(context, { title, seed: chainSeed(specification) }),
          checkpointPath: join(folder, CHECKPOINT),
        },
      },
      rng,
    );
    const arrays = await net.parameters.read();
    net.parameters.dispose();
    return { arrays, notes: { history, seconds, deadNetworks, featureSize } };
  } finally {
    dispose();
  }
}
