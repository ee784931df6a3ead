import assert from "node:assert/strict";
import {
  currentHost,
  escapeMarkup,
  guardedBundle,
  type NotebookHost,
  show,
  type TerminalHost,
  toBase64,
} from "./display.ts";

interface Message {
  type: string;
  content: Record<string, unknown>;
}

function fakeNotebook(): { host: NotebookHost; messages: Message[] } {
  const messages: Message[] = [];
  const host: NotebookHost = {
    kind: "notebook",
    broadcast(type, content) {
      messages.push({ type, content });
      return Promise.resolve();
    },
  };
  return { host, messages };
}

function fakeTerminal(): { host: TerminalHost; written: () => string } {
  let text = "";
  const host: TerminalHost = {
    kind: "terminal",
    isInteractive: false,
    columns: 80,
    write: (part) => {
      text += part;
    },
  };
  return { host, written: () => text };
}

const chart = {
  bundle: () =>
    Promise.resolve({
      "application/vnd.vegalite.v5+json": { mark: "line" },
      "image/svg+xml": "<svg/>",
      "text/plain": "a line",
    }),
};

Deno.test("show() sends every representation to a notebook and yields before it returns", async () => {
  const { host, messages } = fakeNotebook();
  const start = performance.now();
  await show(chart, host);
  assert.ok(performance.now() - start >= 15, "the call returned before the kernel could flush");
  assert.deepEqual(messages, [{
    type: "display_data",
    content: {
      data: {
        "application/vnd.vegalite.v5+json": { mark: "line" },
        "image/svg+xml": "<svg/>",
        "text/plain": "a line",
      },
      metadata: {},
      transient: {},
    },
  }]);
});

Deno.test("show() prints the text form outside of a notebook", async () => {
  const { host, written } = fakeTerminal();
  await show(chart, host);
  await show("plain words", host);
  await show({ toHTML: () => "<table/>", toMarkdown: () => "| a |" }, host);
  assert.equal(written(), "a line\nplain words\n| a |\n");
});

Deno.test("show() gives a sentence to a notebook as a paragraph, and lines as they are", async () => {
  const { host, messages } = fakeNotebook();
  await show("rho < 1", host);
  await show("one\ntwo", host);
  const [sentence, lines] = messages.map(({ content }) => content.data as Record<string, string>);
  assert.match(sentence!["text/html"]!, /^<p [^>]*>rho &lt; 1<\/p>$/);
  assert.equal(sentence!["text/plain"], "rho < 1");
  assert.deepEqual(lines, { "text/plain": "one\ntwo" });
});

Deno.test("show() refuses what it does not know", async () => {
  await assert.rejects(
    () => show(42 as unknown as string, fakeTerminal().host),
    (error: Error) => error instanceof TypeError,
  );
  await assert.rejects(
    () => show({} as unknown as string, fakeTerminal().host),
    /Cannot call show\(\): found another object, want a chart/,
  );
});

Deno.test("currentHost() is a terminal outside of a kernel", () => {
  assert.equal(currentHost("stdout").kind, "terminal");
});

Deno.test("toBase64() encodes bytes longer than one piece", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
  assert.deepEqual(Uint8Array.from(atob(toBase64(bytes)), (c) => c.charCodeAt(0)), bytes);
});

Deno.test("escapeMarkup() leaves no markup", () => {
  assert.equal(escapeMarkup(`<a href="x">&</a>`), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
});

const throwing = { bundle: () => Promise.reject(new RangeError("no rows")) };
const bigint = { bundle: () => ({ "application/json": { count: 1n }, "text/plain": "1" }) };

Deno.test("show() fails with a value whose display method throws, or that JSON cannot hold", async () => {
  const { host, messages } = fakeNotebook();
  await assert.rejects(show(throwing, host), { name: "RangeError", message: "no rows" });
  await assert.rejects(show(bigint, host), {
    name: "TypeError",
    message: /^Cannot show an output: .*BigInt/,
  });
  assert.deepEqual(messages, []);
});

Deno.test("guardedBundle() shows what a display method throws, and gives text in place of it", async () => {
  for (
    const [{ bundle }, ename, evalue] of [
      [throwing, "RangeError", /^no rows$/],
      [bigint, "TypeError", /^Cannot show an output: .*BigInt/],
    ] as const
  ) {
    const { host, messages } = fakeNotebook();
    const found = await guardedBundle(bundle, host);
    assert.deepEqual(Object.keys(found), ["text/plain"]);
    assert.match(found["text/plain"] as string, new RegExp(`^Cannot show this: ${ename}: `));
    assert.deepEqual(messages.map(({ type }) => type), ["error"]);
    assert.equal(messages[0]!.content["ename"], ename);
    assert.match(messages[0]!.content["evalue"] as string, evalue);
  }
  const { host, messages } = fakeNotebook();
  assert.equal((await guardedBundle(chart.bundle, host))["text/plain"], "a line");
  assert.deepEqual(messages, []);
});
