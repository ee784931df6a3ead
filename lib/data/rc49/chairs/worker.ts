/** A thread that draws chairs: receives a `ChairOrder`, answers with a `ChairAnswer`. */
import { drawChair } from "./grid.ts";

/** One chair to draw. */
export interface ChairOrder {
  readonly chair: number;
  readonly tenths: readonly number[];
}

/** The pictures of one chair, [angles, 64, 64, 3], or why there are none. */
export interface ChairAnswer {
  readonly chair: number;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly failure?: string;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<ChairOrder>) => void) | null;
  postMessage(answer: ChairAnswer, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data: { chair, tenths } }) => {
  try {
    const bytes = drawChair(chair, tenths);
    scope.postMessage({ chair, bytes }, [bytes.buffer]);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    scope.postMessage({ chair, failure }, []);
  }
};
