/** A network in an ONNX file as a judge, run by ONNX Runtime in a Python process of its own. */
import { checkOptionNames } from "../../base/check_argument.ts";
import { onnxRuntime } from "../../setup/judge_files.ts";
import type { OutsideJudge } from "./outside_judge.ts";

/** How an ONNX file is to be read as a judge. */
export interface OnnxJudgeOptions {
  /** The file; its input is float32 `[count, 3, height, width]`, its first output `[count, outputs]`. */
  readonly path: string;
  /** For tables. */
  readonly title: string;
  /** What to know of it; see {@link OutsideJudge}. */
  readonly remark: string;
  /** The network sees (byte − means[channel]) · scale; default: 0 for each. */
  readonly means?: readonly [number, number, number];
  /** See `means`; default: 1/255. */
  readonly scale?: number;
  /** The answer to an image, from its outputs. */
  readonly answerOf: (outputs: Float32Array) => number;
}

/**
 * Starts the process, and installs ONNX Runtime (28 MB) before the first one.
 *
 * @throws {SetUpError} ONNX Runtime cannot be installed.
 */
export async function onnxJudge(options: OnnxJudgeOptions): Promise<OutsideJudge> {
  checkOptionNames("onnxJudge()", options, {
    known: { path: true, title: true, remark: true, means: true, scale: true, answerOf: true },
    example: '{ path: "my.onnx", title: "mine", remark: "", answerOf: (outputs) => outputs[0]! }',
  });
  const { path, title, remark, means = [0, 0, 0], scale = 1 / 255, answerOf } = options;
  const { python, folder } = await onnxRuntime();
  const script = `${import.meta.dirname}/onnx_judge.py`;
  const process = new Deno.Command(python, {
    args: [script, path, means.join(), String(scale)],
    env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [writer, reader] = [process.stdin.getWriter(), bytesOf(process.stdout)];
  const said = new Response(process.stderr).text();
  const stopped = async (cause?: unknown) => {
    const lines = (await said).trim().split("\n");
    // What comes before is Python's stack, whose lines begin with two spaces.
    const message = lines.slice(lines.findLastIndex((line) => line.startsWith("  ")) + 1);
    return new RangeError(
      `Cannot judge images by ${title}: ONNX Runtime stopped and said "${
        message.map((line) => line.trim()).join(" ")
      }"`,
      { cause },
    );
  };
  return {
    title,
    remark,
    async predict(pixels, { count, height, width }) {
      try {
        await writer.write(new Uint8Array(Int32Array.of(count, height, width).buffer));
        await writer.write(pixels);
      } catch (error) {
        throw await stopped(error);
      }
      const head = await reader(4);
      if (head === undefined) throw await stopped();
      const total = new Int32Array(head.buffer)[0]!;
      const body = await reader(4 * total);
      if (body === undefined) throw await stopped();
      const outputs = new Float32Array(body.buffer);
      const size = total / count;
      return Float32Array.from(
        { length: count },
        (_, i) => answerOf(outputs.subarray(i * size, (i + 1) * size)),
      );
    },
    dispose() {
      writer.close().catch(() => {});
      process.status.catch(() => {});
    },
  };
}

/** Reads a stream by numbers of bytes; undefined where it ends before. */
function bytesOf(
  stream: ReadableStream<Uint8Array>,
): (size: number) => Promise<Uint8Array | undefined> {
  const source = stream.getReader();
  let kept = new Uint8Array(0);
  let at = 0;
  return async (size) => {
    const wanted = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      if (at === kept.length) {
        const { value, done } = await source.read();
        if (done) return undefined;
        [kept, at] = [value as Uint8Array<ArrayBuffer>, 0];
        continue;
      }
      const piece = kept.subarray(at, at + size - filled);
      wanted.set(piece, filled);
      at += piece.length;
      filled += piece.length;
    }
    return wanted;
  };
}
