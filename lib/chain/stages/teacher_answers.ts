/** Answers of teachers that the students of a run share, kept as long as the run. */
import { canonicalJson } from "../../base/disk/identity.ts";
import type { Normalisation } from "../../data/batches/batches.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import {
  areFew,
  canKeepAnswers,
  keepAnswers,
  type KeptAnswers,
} from "../../distill/kept_answers.ts";
import { shapesOf } from "../../distill/shapes.ts";
import { renormalisation } from "../../distill/trainee.ts";
import type { Network } from "../../networks/network.ts";
import type { Context } from "./context.ts";
import type { NetworkJob } from "./network_job.ts";

const KEPT = new WeakMap<object, Map<string, Promise<KeptAnswers>>>();

/**
 * What a job's teacher says of its training images; undefined where it has to be asked at every step. Methods, seeds and
 * students of a run with one teacher and one training set share the answers; another process has its own.
 */
export async function teacherAnswers(
  context: Pick<Context, "specification" | "signal">,
  { teacher, train, training, inputs, distiller = nokd() }: NetworkJob,
  { network, normalisation }: {
    readonly network: Network | undefined;
    readonly normalisation: Normalisation;
  },
): Promise<KeptAnswers | undefined> {
  const count = train.labels.length;
  const { flip } = training;
  if (teacher === undefined || network === undefined) return undefined;
  if (!canKeepAnswers(distiller.needs, training, count)) return undefined;
  const { outputs, features } = shapesOf(network, train);
  if (!areFew({ count, flip, outputs, features })) return undefined;
  const own = context.specification.compat.teacherInput === "teacher"
    ? teacher.normalisation
    : undefined;
  const key = canonicalJson({ teacher: teacher.artifact.id, inputs, normalisation, own, flip });
  const kept = KEPT.get(context) ?? new Map<string, Promise<KeptAnswers>>();
  KEPT.set(context, kept);
  const found = kept.get(key) ??
    keepAnswers(network, train, {
      normalisation,
      teacherInput: renormalisation(normalisation, own),
      flip,
      signal: context.signal,
    });
  kept.set(key, found);
  try {
    return await found;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}
