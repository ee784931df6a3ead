/** A store for a worker that makes one stage and leaves those behind it to other workers. */
import type { Artifact, StageResult } from "../base/disk/artifact.ts";
import { stageId, type StageKey } from "../base/disk/identity.ts";
import { type StageOptions, Store } from "../base/disk/store.ts";

/** The stage that was wanted is there: the way to it ends here. */
export class TargetReached extends Error {
  override readonly name = "TargetReached";
}

/** Makes stages up to one of them; whoever asks for a later one is stopped by {@link TargetReached}. */
export class TargetStore extends Store {
  #isReached = false;

  /** @param target Name of the last result to make. */
  constructor({ work, published }: Pick<Store, "work" | "published">, readonly target: string) {
    super(work, published);
  }

  /** Whether the target was asked for and is there. */
  get isReached(): boolean {
    return this.#isReached;
  }

  override async stage(
    key: StageKey,
    compute: (folder: string) => Promise<StageResult>,
    options: StageOptions = {},
  ): Promise<{ artifact: Artifact; reused: boolean }> {
    // Not as soon as it is made: its own caller must end as always.
    if (this.#isReached && await stageId(key) !== this.target) throw new TargetReached();
    const result = await super.stage(key, compute, options);
    if (result.artifact.id === this.target) this.#isReached = true;
    return result;
  }
}
