/** A page in headless Chromium, driven over its DevTools protocol (chromedevtools.github.io/devtools-protocol). */

/** Where Debian has it. */
const CHROMIUM = "/usr/bin/chromium";

/** An open page. */
export interface ChromiumPage {
  /** The value of an expression, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** A PNG of what is to be seen. */
  screenshot(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens a page and closes the browser after work. */
export async function inChromium<T>(
  url: string,
  work: (page: ChromiumPage) => Promise<T>,
): Promise<T> {
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(CHROMIUM, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "--window-size=1100,700",
      "about:blank",
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.getReader();
  try {
    const socket = new WebSocket(await addressIn(reader));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("Chromium does not answer"));
    });
    const send = conversation(socket);
    const { targetId } = await send("Target.createTarget", { url });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const page: ChromiumPage = {
      async evaluate<V>(expression: string): Promise<V> {
        const answer = await send("Runtime.evaluate", {
          expression,
          awaitPromise: true,
          returnByValue: true,
        }, sessionId);
        if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
        return answer.result.value;
      },
      screenshot: async () =>
        Uint8Array.fromBase64((await send("Page.captureScreenshot", {}, sessionId)).data),
    };
    // What is evaluated before the page is there goes with the empty one.
    const isThere = () =>
      page.evaluate<boolean>(
        `location.href !== "about:blank" && document.readyState === "complete"`,
      );
    while (!(await isThere().catch(() => false))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const result = await work(page);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    return result;
  } finally {
    child.kill("SIGTERM");
    reader.releaseLock();
    await child.stderr.cancel();
    await child.status;
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
}

/** The address that Chromium prints. */
async function addressIn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += new TextDecoder().decode(value);
    const [, address] = /DevTools listening on (\S+)/.exec(text) ?? [];
    if (address !== undefined) return address;
    if (done) throw new Error(`Chromium did not start: ${text}`);
  }
}

// deno-lint-ignore no-explicit-any
type Send = (method: string, params: object, sessionId?: string) => Promise<any>;

/** Commands and their answers. */
function conversation(socket: WebSocket): Send {
  const waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>();
  let next = 1;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  };
  return async (method, params, sessionId) => {
    const id = next++;
    const answer = new Promise<{ result?: unknown; error?: unknown }>((resolve) =>
      waiting.set(id, resolve)
    );
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answer;
    if (error !== undefined) {
      throw new Error(`Chromium refuses ${method}: ${JSON.stringify(error)}`);
    }
    return result;
  };
}
