/** Measures the chosen rows, one after the other, and prints them. */
import { tf } from "../base/tf.ts";
import type { BenchOptions } from "./options.ts";
import { measure, type Row, rowOf } from "./measure.ts";
import { networkWorks } from "./network_works.ts";
import { Peer, PEER_SCRIPT } from "./peer.ts";
import { timed } from "./ours.ts";
import type { Contender, OurWork, Work } from "./work.ts";

const MATMUL_SIZE = 1536;
const BUDGET_MS = 40_000;

/** @returns The exit code. */
export async function runBench(options: BenchOptions): Promise<number> {
  const works = chooseWorks(networkWorks(), options);
  if (options.list) {
    for (const { name } of works) console.log(name);
    return 0;
  }
  let peer: Peer | undefined;
  if (options.peer) {
    const threads = navigator.hardwareConcurrency;
    const python = options.peerPython ?? "python3";
    const started = await Peer.start({ command: [python, PEER_SCRIPT], threads, device: "cpu" });
    peer = started.peer;
    console.error(`PyTorch ${started.info.torch}, ${started.info.threads} threads`);
  }
  const matmul = matmulContender(MATMUL_SIZE);
  try {
    for (const work of works) {
      const row = await measureWork(work, { ...options, peer, matmul });
      console.log(JSON.stringify(row));
    }
  } finally {
    await peer?.stop();
    matmul.dispose();
  }
  return 0;
}

/** The rows that the command line asks for. */
export function chooseWorks(works: readonly Work[], { only, full }: BenchOptions): Work[] {
  return works.filter(({ name, full: isExtra }) =>
    only === undefined ? full || !isExtra : only.test(name)
  );
}

/** Measures one row. */
export async function measureWork(
  work: Work,
  { peer, matmul, repeat, compile: wantsCompile }: {
    peer?: Peer;
    matmul: Contender;
    repeat: number;
    compile: boolean;
  },
): Promise<Row> {
  const ours = await work.prepare();
  try {
    const eager = peer && work.peer && await peer.build(work.peer, "eager");
    const compile = wantsCompile && peer && work.peer && work.compile !== false
      ? await peer.build(work.peer, "compile")
      : undefined;
    if (eager) checkSameSize(work, ours, eager.parameters);
    const samples = await measure({
      ours,
      eager,
      compile,
      matmul: { contender: matmul, flops: 2 * MATMUL_SIZE ** 3 },
    }, { repeat, budgetMs: BUDGET_MS });
    const { name, group } = work;
    return rowOf({ work: name, group, flops: ours.flops, images: ours.images }, samples);
  } finally {
    await ours.dispose();
    await peer?.drop();
  }
}

function checkSameSize({ name }: Work, { parameters }: OurWork, theirs: number): void {
  if (parameters === undefined || parameters === theirs) return;
  throw new Error(
    `Cannot compare "${name}": found ${theirs} parameters in the peer, want ${parameters} as ours`,
  );
}

/** A product of two square matrices. */
export function matmulContender(size: number): Contender {
  const a = tf.randomUniform<tf.Rank.R2>([size, size]);
  const b = tf.randomUniform<tf.Rank.R2>([size, size]);
  return { run: timed(() => tf.matMul(a, b)), dispose: () => tf.dispose([a, b]) };
}
