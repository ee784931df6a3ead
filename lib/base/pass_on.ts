/** Steps on maps one after the other, each of which is freed as soon as nobody needs it. */
import { tf } from "./tf.ts";

/** Maps that one step hands to the next: one, or several. */
export type PassedOn = tf.Tensor | readonly tf.Tensor[];

/**
 * Runs `steps` on what `first` makes, each on the result of the one before.
 *
 * With `frees` every result is freed when the next one is there, with all that was made on the way to it: a network
 * then takes the memory of its largest step rather than that of all maps. Gradients may be recorded meanwhile, since
 * they keep copies of what they read. Leave it out where something else reads a result afterwards (taps), and in
 * training, where nearly all maps are kept for the way back.
 *
 * @param first Makes maps that nobody else has.
 * @returns The result of the last step. Run inside a tidy.
 */
export function passOn<T extends PassedOn>(
  first: () => T,
  steps: readonly ((x: T) => T)[],
  { frees }: { readonly frees: boolean },
): T {
  if (!frees) return steps.reduce((x, step) => step(x), first());
  let x = tidied(first);
  for (const step of steps) {
    const before = x;
    x = tidied(() => step(before));
    const needed = new Set(listed(x).map(({ id }) => id));
    for (const tensor of listed(before)) if (!needed.has(tensor.id)) tensor.dispose();
  }
  return x;
}

/** `tf.tidy` does not know readonly lists. */
function tidied<T extends PassedOn>(work: () => T): T {
  return tf.tidy(work as () => tf.TensorContainer) as T;
}

function listed(x: PassedOn): readonly tf.Tensor[] {
  return x instanceof tf.Tensor ? [x] : x;
}
