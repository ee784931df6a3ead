/** Stands in for the peer in tests: the same protocol, made-up times, no PyTorch. */

const REPLIES: Readonly<Record<string, (request: Record<string, unknown>) => unknown>> = {
  hello: ({ threads, device }) => ({
    torch: "0.0.0+fake",
    python: "3",
    threads,
    device: device === "cuda" ? "a GPU" : "CPU",
    capability: "none",
  }),
  build: ({ work }) => {
    const { kind, parameters = 7 } = work as { kind: string; parameters?: number };
    return kind === "unknown" ? { error: `KeyError: '${kind}'` } : { parameters };
  },
  run: ({ id, steps }) => ({ ms: (Number(id) + 1) * 10 * (steps as number) }),
  matmul: () => ({ ms: 1 }),
  drop: () => ({}),
};

if (import.meta.main) {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const request = JSON.parse(line) as Record<string, unknown> & { work?: { kind?: string } };
      if (request.work?.kind === "fatal") {
        console.error("out of memory");
        Deno.exit(3);
      }
      console.log(JSON.stringify(REPLIES[request.do as string]!(request)));
    }
  }
}
