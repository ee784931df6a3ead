/** Trainings whose numbers grow beyond all measure before they are no numbers any more. */

/** Growth of a metric that no healthy training shows (ours): the weights are about to overflow. */
const EXPLOSION = 1e4;

/**
 * What to say of a metric that is 10,000 times 1 + |its first value| or more; undefined where none is.
 *
 * @param averages Of the last steps.
 * @param first Of the first steps, or the first one; a metric that began later counts as 0 there.
 */
export function explosionIn(
  averages: Readonly<Record<string, number>>,
  first: Readonly<Record<string, number>>,
  { done, seed }: { readonly done: number; readonly seed: number },
): string | undefined {
  const grown = Object.entries(averages).find(([name, value]) =>
    Math.abs(value) > EXPLOSION * (1 + Math.abs(first[name] ?? 0))
  );
  if (grown === undefined) return undefined;
  const [name, value] = grown;
  return `${name} is ${value.toPrecision(3)} up to step ${done} with seed ${seed}, ` +
    `${
      EXPLOSION.toLocaleString("en-US")
    } times what it was at first: stop it and lower the learning rate`;
}
