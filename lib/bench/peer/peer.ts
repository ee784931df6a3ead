/** The process that does the same work in PyTorch; it stays, so that repetitions can alternate. */
import { join } from "../../base/disk/path.ts";
import type { Contender, PeerWork } from "../works/work.ts";

/** How the peer runs a work: operation by operation, or through `torch.compile`. */
export type PeerForm = "eager" | "compile";

/** What the peer says about itself. */
export interface PeerInfo {
  readonly torch: string;
  readonly python: string;
  readonly threads: number;
  /** "CPU", or the name of the GPU. */
  readonly device: string;
  /** Instruction set that it uses, such as "AVX2". */
  readonly capability: string;
}

/** The peer's side of a work. */
export interface PeerContender extends Contender {
  readonly parameters: number;
}

/** How to start a peer. */
export interface PeerOptions {
  /** Program and first arguments: Python and the script. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly device: "cpu" | "cuda";
}

/** Script of the peer. */
export const PEER_SCRIPT = join(import.meta.dirname!, "peer.py");

/** A running peer. */
export class Peer {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #errors: Promise<string>;
  #count = 0;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = linesOf(process.stdout);
    this.#errors = lastLines(process.stderr);
  }

  /**
   * Starts the process.
   *
   * @throws {Error} It ended or refused; says what it printed.
   */
  static async start(options: PeerOptions): Promise<{ peer: Peer; info: PeerInfo }> {
    const [program, ...args] = options.command;
    const process = new Deno.Command(program!, {
      args,
      env: options.env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const peer = new Peer(process);
    try {
      const { threads, device } = options;
      const info = await peer.#ask({ do: "hello", threads, device });
      return { peer, info: info as unknown as PeerInfo };
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  /** Id of the process. */
  get process(): number {
    return this.#process.pid;
  }

  /** Sets a work up. */
  async build(work: PeerWork, how: PeerForm): Promise<PeerContender> {
    const id = `${this.#count++}`;
    const { parameters } = await this.#ask({ do: "build", id, work, how });
    return {
      parameters: parameters as number,
      run: async (steps) => (await this.#ask({ do: "run", id, steps })).ms as number,
      dispose: () => {},
    };
  }

  /** Milliseconds of one product of square matrices. */
  async matmul(size: number): Promise<number> {
    return (await this.#ask({ do: "matmul", size })).ms as number;
  }

  /** Frees every work. */
  async drop(): Promise<void> {
    await this.#ask({ do: "drop" });
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#writer.close().catch(() => {});
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await this.#process.status;
    clearTimeout(timer);
    // Leaves no stream of a peer open that was stopped between two replies.
    await this.#lines.return(undefined);
    await this.#errors;
  }

  async #ask(request: Record<string, unknown>): Promise<Record<string, unknown>> {
    const gone = async () =>
      new Error(`Cannot go on with the peer: its process ended (${await this.#errors})`);
    try {
      await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    } catch {
      throw await gone();
    }
    const { value, done } = await this.#lines.next();
    if (done) throw await gone();
    const reply = JSON.parse(value) as Record<string, unknown>;
    if (reply.error !== undefined) {
      throw new Error(`Cannot do "${request.do}" in the peer: ${reply.error}`);
    }
    return reply;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/** The end of what a stream said, for errors. */
async function lastLines(stream: ReadableStream<Uint8Array>): Promise<string> {
  let tail = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    tail = (tail + text).slice(-2000);
  }
  return tail.trim().split("\n").slice(-3).join(" / ") || "it said nothing";
}
