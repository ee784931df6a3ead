/** A server of HTTP whose answers a test writes byte by byte, so that it can lie, fall silent or cut them off. */

/** What was asked, without a body. */
export interface Asked {
  readonly path: string;
  readonly headers: Headers;
  /** How many were asked before. */
  readonly before: number;
}

/** What to answer. */
export interface Answer {
  readonly status: number;
  /** With a `content-length` of one's own, or that of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes of the body after which the connection is cut. */
  readonly cutAfter?: number;
  /** Bytes of the body after which nothing comes any more. */
  readonly silentAfter?: number;
}

/** A server that runs; close it when done. */
export interface RawServer extends AsyncDisposable {
  /** Without a path. */
  readonly url: string;
  /** Everything that was asked so far. */
  readonly asked: readonly Asked[];
}

/** Starts a server of this machine. */
export function startRawServer(answerOf: (asked: Asked) => Answer): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: Asked[] = [];
  const open = new Set<Deno.Conn>();
  const answers: Promise<void>[] = [];
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const question = await readQuestion(connection, asked.length);
      asked.push(question);
      await write(connection, answerOf(question));
    } catch {
      // The other side went away.
    } finally {
      if (open.delete(connection)) connection.close();
    }
  };
  const accepting = (async () => {
    for await (const connection of listener) answers.push(serve(connection));
  })().catch(() => {});
  const { port } = listener.addr as Deno.NetAddr;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        open.delete(connection);
        connection.close();
      }
      await accepting;
      await Promise.all(answers);
    },
  };
}

async function readQuestion(connection: Deno.Conn, before: number): Promise<Asked> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("the question ended");
    text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
  }
  const [first = "", ...lines] = text.split("\r\n");
  const pairs = lines.filter((line) => line !== "").map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  return { path: first.split(" ")[1]!, headers: new Headers(pairs), before };
}

async function write(connection: Deno.Conn, answer: Answer): Promise<void> {
  const { status, headers = {}, body = new Uint8Array(), cutAfter, silentAfter } = answer;
  const all = { "content-length": `${body.length}`, connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(`HTTP/1.1 ${status} Said\r\n${lines.join("")}\r\n`);
  const sent = body.subarray(0, cutAfter ?? silentAfter);
  for (const part of [head, sent]) {
    for (let done = 0; done < part.length;) done += await connection.write(part.subarray(done));
  }
  // Until the other side gives up.
  if (silentAfter !== undefined) await connection.read(new Uint8Array(1));
}

/** A file as a server that knows its business gives it: parts of it, if it is still the one that was begun. */
export function fileAnswer(
  { headers }: Asked,
  { body, tag, modified }: {
    readonly body: Uint8Array;
    readonly tag?: string;
    readonly modified?: string;
  },
): Answer {
  const names = {
    ...(tag !== undefined && { etag: tag }),
    ...(modified !== undefined && { "last-modified": modified }),
  };
  const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? NaN);
  const condition = headers.get("if-range");
  const isSame = condition === null || condition === tag || condition === modified;
  if (Number.isNaN(start) || !isSame) return { status: 200, headers: names, body };
  if (start >= body.length) return { status: 416, headers: names };
  return {
    status: 206,
    headers: {
      ...names,
      "content-range": `bytes ${start}-${body.length - 1}/${body.length}`,
    },
    body: body.subarray(start),
  };
}
