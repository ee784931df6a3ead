/** Errors of trained networks on other images than their trainings were noted by; see `unusedSet`. */
import type { LabelledImages } from "../../base/contracts.ts";
import { measure } from "../../distill/train_student.ts";
import { type Context, runStage } from "./context.ts";
import type { TrainedNetwork, TrainedPeer } from "./network_job.ts";

/** Name of such a stage. */
export const ERRORS = "errors";

/** What is kept of a measurement. */
interface Errors {
  readonly test: number;
  readonly peers: readonly number[];
}

/**
 * A network and its peers with their errors on the images that the data set is measured on, from the store where they
 * were measured before. Its curve has the last epoch only: earlier weights are not kept.
 *
 * @param title Of the training.
 */
export async function measuredElsewhere(
  context: Context,
  trained: TrainedNetwork,
  title: string,
): Promise<TrainedNetwork> {
  const { dataset } = context;
  const key = {
    stage: ERRORS,
    codeVersion: 1,
    specification: {},
    inputs: { network: trained.artifact.id, images: dataset.measuredElsewhere!.id },
  };
  const { notes } = await runStage(
    context,
    `errors on unused images of ${title}`,
    key,
    async () => {
      const peers: number[] = [];
      for (const peer of trained.peers) {
        peers.push(await errorOf(peer, trained, dataset.test));
      }
      const errors: Errors = { test: await errorOf(trained, trained, dataset.test), peers };
      return { arrays: {}, notes: { ...errors } };
    },
  );
  const { test, peers } = notes as unknown as Errors;
  return {
    ...trained,
    test,
    curve: trained.curve.slice(-1).map(({ epoch }) => ({ epoch, test })),
    peers: trained.peers.map((peer, i) => ({ ...peer, test: peers[i]! })),
  };
}

async function errorOf(
  { open }: Pick<TrainedPeer, "open">,
  { normalisation }: Pick<TrainedNetwork, "normalisation">,
  set: LabelledImages,
): Promise<number> {
  const network = open();
  try {
    return await measure(network, set, normalisation);
  } finally {
    network.parameters.dispose();
  }
}
