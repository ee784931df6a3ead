/** Which stages of a run are there already, found without making any. */
import { type Artifact } from "../base/disk/artifact.ts";
import { stageId, type StageKey } from "../base/disk/identity.ts";
import { Store } from "../base/disk/store.ts";

/** A stage that was asked for. */
export interface AskedStage {
  /** "<stage>-<hash>". */
  readonly id: string;
  /** Its name in its key. */
  readonly stage: string;
  /** For people. */
  readonly title: string;
  /** Whether it is in the store. */
  readonly held: boolean;
}

/** A store that makes nothing: it notes what it is asked for, and whether that is there. */
export class DryRunStore extends Store {
  readonly #known = new Set<string>();
  #asked: AskedStage[] = [];

  constructor(store: Store) {
    super(store.work, store.published);
  }

  override async stage(
    key: StageKey,
    _compute: unknown,
    options: { fresh?: boolean | "all"; title?: string } = {},
  ): Promise<{ artifact: Artifact; reused: boolean }> {
    const id = await stageId(key);
    if (!this.#known.has(id)) {
      this.#known.add(id);
      const held = options.fresh !== "all" &&
        await this.has(id, { skipWork: options.fresh === true });
      this.#asked.push({ id, stage: key.stage, title: options.title ?? key.stage, held });
    }
    const artifact = {
      id,
      key,
      folder: "",
      arrays: PLACEHOLDERS,
      notes: NOTES,
      origin: "work" as const,
    };
    return { artifact, reused: false };
  }

  /** Whether a stage of this name was asked for since it was last taken. */
  holdsAny(stage: string): boolean {
    return this.#asked.some((entry) => entry.stage === stage);
  }

  /** What was asked for since the last call, of one stage or of all. */
  take(stage?: string): AskedStage[] {
    const isTaken = (entry: AskedStage) => stage === undefined || entry.stage === stage;
    const taken = this.#asked.filter(isTaken);
    this.#asked = this.#asked.filter((entry) => !isTaken(entry));
    return taken;
  }
}

/** What stages read of results that are not there. */
const PLACEHOLDERS: Artifact["arrays"] = {
  images: { shape: [0, 1, 1, 1], values: new Uint8Array(0) },
  labels: { shape: [0], values: new Float32Array(0) },
  predicted: { shape: [0], values: new Float32Array(0) },
  scores: { shape: [0], values: new Float32Array(0) },
};

/** The same of what stages note of networks, which may be measured on other images. */
const NOTES: Artifact["notes"] = { curve: [], peers: [] };
