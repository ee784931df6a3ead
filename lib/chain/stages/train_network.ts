/** One training of a network, from its first weights to what the store keeps. */
import type { LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import type { ProgressSink } from "../../base/progress.ts";
import type { StageResult } from "../../base/disk/artifact.ts";
import {
  channelStatistics,
  MINUS_ONE_TO_ONE,
  type Normalisation,
} from "../../data/batches/batches.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { peerRole } from "../../distill/trainee.ts";
import { trainStudent } from "../../distill/train_student.ts";
import type { Network } from "../../networks/network.ts";
import { networkSpeed } from "../../networks/network_speed.ts";
import type { Context } from "./context.ts";
import { deathWatch, isDead } from "./dead_network.ts";
import { builderOf, hasMixedInput, isCopy, type NetworkJob, streamOf } from "./network_job.ts";
import { storedNetwork } from "./stored_network.ts";
import { teacherAnswers } from "./teacher_answers.ts";

/** One training from its first weights; undefined where the network, or one that learns along, died. */
export async function trainNetwork(
  context: Context,
  job: NetworkJob,
  { title, folder, attempt }: { title: string; folder: string; attempt: number },
): Promise<StageResult | undefined> {
  const { dataset, progress, signal, specification } = context;
  const { compat, curveEvery } = specification;
  const { role, sized, training, train, seed, teacher, startsFrom, distiller = nokd() } = job;
  const { earlier = {}, peers = [] } = job;
  const { task, images } = train;
  const build = builderOf(job);
  // Classifiers standardise by channel, regressors see [−1, 1] (method specification 1.1).
  const given = hasMixedInput(job, compat) ? undefined : startsFrom?.normalisation;
  const normalisation = given ??
    (task.kind === "classification" ? channelStatistics(images) : MINUS_ONE_TO_ONE);
  const stream = attempt === 0 ? streamOf(job) : streamOf(job).child("attempt", attempt);
  const student = build(sized, stream);
  const networks: Network[] = [];
  const teacherNetwork = teacher?.open();
  try {
    for (const [i, peer] of peers.entries()) {
      const start = (draw: number) => build(peer, stream.child(peerRole(i), draw));
      networks.push(await liveStart(start, train, normalisation));
    }
    if (startsFrom) student.parameters.write(startsFrom.weights());
    const { trainsStudent = true } = distiller.needs;
    // Scores of classes have no last ReLU.
    const mayDie = task.kind === "regression" && trainsStudent;
    const result = await trainStudent({
      stage: title,
      student,
      peers: networks,
      teacher: teacherNetwork,
      teacherNormalisation: compat.teacherInput === "teacher" ? teacher?.normalisation : undefined,
      teacherAnswers: await teacherAnswers(context, job, {
        network: teacherNetwork,
        normalisation,
      }),
      distiller,
      train,
      test: dataset.measuredElsewhere?.noted ?? dataset.test,
      normalisation,
      training,
      rng: stream,
      seed,
      earlier: Object.fromEntries(
        Object.entries(earlier).map(([stage, trained]) => [stage, trained.leftovers()]),
      ),
      // A network that died must not be resumed as the next one.
      checkpointPath: join(
        folder,
        `checkpoint${attempt === 0 ? "" : `-${attempt}`}.safetensors`,
      ),
      progress: dataset.measuredElsewhere === undefined ? progress : withoutErrors(progress),
      signal,
      evaluateEveryEpochs: curveEvery,
      ...(mayDie && { onMeasured: deathWatch([student, ...networks], train, normalisation) }),
    });
    if (mayDie) {
      for (const network of [student, ...networks]) {
        if (await isDead(network, train, normalisation)) return undefined;
      }
    }
    return storedNetwork(result, {
      task,
      normalisation,
      // What a student is for, beside being right: a teacher answers to nobody later.
      speed: role === "student" ? await networkSpeed(student, images.shape.height) : undefined,
      isCopy: isCopy(job),
      deadNetworks: attempt,
    });
  } finally {
    for (const network of [student, ...networks, teacherNetwork]) network?.parameters.dispose();
  }
}

/** Progress that does not show the error on test images, where something is to be chosen without them. */
function withoutErrors(progress: ProgressSink | undefined): ProgressSink | undefined {
  return progress && ((event) => {
    const { test: _test, ...metrics } = event.metrics;
    progress({ ...event, metrics });
  });
}

/** Draws of a peer's first weights. */
const STARTS = 5;

/**
 * A regressor that gives something at its start, if one of five draws does: of several that learn together one that
 * is dead from the start would cost the training of all.
 */
async function liveStart(
  start: (draw: number) => Network,
  train: LabelledImages,
  normalisation: Normalisation,
): Promise<Network> {
  for (let draw = 0;; draw++) {
    const network = start(draw);
    const mayBeDead = train.task.kind === "regression" && draw < STARTS - 1;
    if (!mayBeDead || !(await isDead(network, train, normalisation))) return network;
    network.parameters.dispose();
  }
}
