/** Options that many trainings have, with the bounds of each. */
import { integer, list, number } from "./options.ts";

/** How many passes. */
export const epochs = (what = "Passes over the training set.") =>
  integer(what, { to: 100_000, why: "a training of more epochs does not end" });

/** How many images or labels a step takes. */
export const batch = (what = "Images of a step.") =>
  integer(what, { to: 16_384, why: "the activations of more images do not fit into memory" });

/** Learning rate of SGD with momentum. */
export const sgdRate = (what = "Learning rate in the first epoch.") =>
  number(what, "(0, 10]", "no training here survives steps that large");

/** Learning rate of Adam. */
export const adamRate = (what = "Learning rate of Adam.") =>
  number(
    what,
    "(0, 0.1]",
    "Adam moves every weight by about its rate at each step, and weights start at about 0.05",
  );

/** Where the learning rate falls. */
export const milestones = (
  what =
    "The learning rate is multiplied by 0.1 at the start of each of these epochs, counted from 0.",
) =>
  list(what, integer("An epoch.", { to: 100_000, why: "no training has more epochs" }), {
    least: 0,
    order: "ascending",
  });

/** Share of the last value that a moving average keeps. */
export const decay = (what: string) => number(what, "[0, 1)");

/** L2 penalty. */
export const weightDecay = (what = "Weight decay, on every parameter.") =>
  number(what, "[0, 1]", "it would take all of every weight away");

/** Factor of a term of a loss. */
export const lossWeight = (what: string) =>
  number(what, "[0, 1000000]", "the other terms are lost in the rounding of float32");

/** Width of a network. */
export const width = (what = "Channels relative to the paper's.") =>
  number(what, "(0, 4]", "a single layer would take gigabytes");
