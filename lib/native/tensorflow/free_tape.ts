/**
 * Frees maps on the way back. TensorFlow.js keeps all that a gradient reads, and every gradient on the way, until the
 * last one is there: at its end a step holds each map twice.
 */
import * as tf from "@tensorflow/tfjs";

/** An operation on the tape, as TensorFlow.js records it. */
interface TapeNode {
  /** What its gradient reads: copies that nobody else has. */
  readonly saved: readonly tf.Tensor[];
  /** From the gradients of its results, null where there is none, to those of its inputs. */
  gradient?: (dys: readonly (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

interface EngineState {
  /** How many gradients are being taken inside of each other. */
  readonly gradientDepth: number;
  readonly activeTape: readonly TapeNode[];
}

/**
 * Has every operation that is on the tape so far free what its gradient has read, once it is computed. Call it as the
 * last thing in a function whose gradient is taken: the tape is walked backwards, so that nobody asks for the same again.
 * Values are the same to the bit. Does nothing inside of another gradient, which walks the tape once more.
 */
export function freeOnTheWayBack(): void {
  const { gradientDepth, activeTape } = tf.engine().state as unknown as EngineState;
  if (gradientDepth !== 1) return;
  // Ids of gradients that were handed out; one tensor may be that of several inputs.
  const taken = new Set<number>();
  let done: (tf.Tensor | null)[] = [];
  for (const node of activeTape) {
    const { gradient, saved } = node;
    if (gradient === undefined) continue;
    node.gradient = (dys) => {
      // The operation that was walked before this one is through.
      for (const tensor of done) tensor?.dispose();
      done = [...saved, ...dys];
      const own = new Set(done);
      const give = (make: () => tf.Tensor) => () => {
        const dx = make();
        const given = own.has(dx) || taken.has(dx.id) ? dx.clone() : dx;
        taken.add(given.id);
        return given;
      };
      return Object.fromEntries(
        Object.entries(gradient(dys)).map(([name, make]) => [name, give(make)]),
      );
    };
  }
}
