/** How much is spent on judging a generator at the smaller presets. */
import type { EvaluationProtocol } from "../../evaluation/protocol.ts";
import type { Override } from "../specification/experiment.ts";

/** Three networks of a few steps each. */
export const SMOKE_EVALUATION: Override<EvaluationProtocol> = {
  labels: 5,
  perLabel: 4,
  images: 32,
  width: 0.03125,
  autoencoder: { epochs: 1, batch: 16 },
  judges: { epochs: 1, batch: 16, milestones: [] },
};

/** Under a minute: networks that have seen enough to tell a good generator from a bad one, and no more. */
export const QUICK_EVALUATION: Override<EvaluationProtocol> = {
  labels: 15,
  perLabel: 30,
  images: 1200,
  width: 0.125,
  autoencoder: { epochs: 3, batch: 50, decayEvery: 2 },
  judges: { epochs: 5, batch: 50, milestones: [4] },
};

/** Half an hour. */
export const DESK_EVALUATION: Override<EvaluationProtocol> = {
  perLabel: 30,
  images: 20_000,
  width: 0.25,
  autoencoder: { epochs: 8, batch: 128, decayEvery: 3 },
  judges: { epochs: 8, batch: 64, milestones: [4, 6] },
};
