/** What the benchmark measures: one piece of work, done by us and, where it can be, by the peer. */

/** Does steps of a work and says how long they took. */
export interface Contender {
  /** Runs some steps one after the other and waits for the last; milliseconds of all of them. */
  run(steps: number): Promise<number>;
  /** Frees what it holds. */
  dispose(): void | Promise<void>;
}

/** Our side of a work, set up and ready. */
export interface OurWork extends Contender {
  /** Trainable scalars; equal to the peer's, or the comparison is void. */
  readonly parameters?: number;
  /** Floating-point operations of convolutions and matrix products in one step. */
  readonly flops?: number;
  /** Images that one step handles, where a rate says more than a time. */
  readonly images?: number;
}

/** How the peer is asked for a work; `peer/works.py` knows the kinds. */
export type PeerWork = Readonly<Record<string, unknown>> & { readonly kind: string };

/** One row of the benchmark. */
export interface Work {
  /** For instance "training step, ResNet-18, width 1, 32 x 32, batch 128"; unique. */
  readonly name: string;
  /** Part of the table it stands in. */
  readonly group: string;
  /** Left out of the default set: runs with `--full`, or when `--only` names it. */
  readonly full?: boolean;
  /** Sets our side up. */
  prepare(): Promise<OurWork>;
  /** The same work for the peer. */
  readonly peer?: PeerWork;
  /** Work whose time ours is a share of, such as the training step that batches are made for. */
  readonly reference?: { readonly name: string; prepare(): Promise<Contender> };
  /** Whether `torch.compile` is measured too; default: true. */
  readonly compile?: boolean;
}
