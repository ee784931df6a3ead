import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type Answer,
  type Asked,
  fileAnswer,
  type RawServer,
  startRawServer,
} from "../../testing/raw_server.ts";
import { download, type DownloadOptions, OutOfReach, type PublicFile } from "./download.ts";

const BYTES = 300_000;
const BODY = Uint8Array.from({ length: BYTES }, (_, i) => (i * 7 + (i >> 8)) % 256);
const CUT = 120_000;
const TAG = '"one"';

interface Place {
  readonly server: RawServer;
  readonly file: PublicFile;
  readonly path: string;
  /** Downloads, without long pauses. */
  readonly get: (options?: Partial<DownloadOptions>) => Promise<void>;
  readonly names: () => string[];
}

/** Runs `work` with a server and an empty folder to download to. */
async function withServer(
  answerOf: (asked: Asked) => Answer,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using server = startRawServer(answerOf);
    const path = join(folder, "set.zip");
    const file = {
      title: "Small-ImageNet",
      url: `${server.url}/set.zip`,
      bytes: BYTES,
      checksum: { algorithm: "md5", digits: createHash("md5").update(BODY).digest("hex") },
    } as const;
    await work({
      server,
      file,
      path,
      get: (options) => download(file, { path, pauseMs: 1, ...options }),
      names: () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Ranges that were asked for, with the conditions on them. */
function ranges({ asked }: RawServer): (string | null)[][] {
  return asked.map(({ headers }) => [headers.get("range"), headers.get("if-range")]);
}

Deno.test("download() leaves the file and nothing else, asks for it unpacked, and tells how far it is", async () => {
  await withServer((asked) => fileAnswer(asked, { body: BODY, tag: TAG }), async (place) => {
    const lines: string[] = [];
    const counts: (number | undefined)[][] = [];
    await place.get({
      report: (line) => lines.push(line),
      onBytes: (done, total) => counts.push([done, total]),
    });
    assert.deepEqual(await Deno.readFile(place.path), BODY);
    assert.deepEqual(place.names(), ["set.zip"]);
    assert.deepEqual(ranges(place.server), [[null, null]]);
    assert.equal(place.server.asked[0]!.headers.get("accept-encoding"), "identity");
    assert.deepEqual(counts.at(-1), [BYTES, BYTES]);
    assert.match(lines[0]!, /MB, .*MB\/s/);
    // It is there: nobody is asked again.
    await place.get();
    assert.equal(place.server.asked.length, 1);
  });
});

Deno.test("download() goes on where the connection was cut, in one call and in the next one", async () => {
  const answerOf = (asked: Asked) => {
    const answer = fileAnswer(asked, { body: BODY, tag: TAG });
    return asked.before < 2 ? { ...answer, cutAfter: CUT } : answer;
  };
  // One call: both cuts bring something, so it never gives up.
  await withServer(answerOf, async ({ get, path, server, names }) => {
    await get({ tries: 1 });
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server), [
      [null, null],
      [`bytes=${CUT}-`, TAG],
      [`bytes=${2 * CUT}-`, TAG],
    ]);
    assert.deepEqual(names(), ["set.zip"]);
  });
  // Then the server is gone for a while; the next call goes on.
  let isThere = false;
  const flaky = (asked: Asked) => {
    const answer = fileAnswer(asked, { body: BODY, tag: TAG });
    if (asked.before === 0) return { ...answer, cutAfter: CUT };
    return isThere ? answer : { status: 503 };
  };
  await withServer(flaky, async ({ get, path, server, names }) => {
    await assert.rejects(get({ tries: 2 }), (error: Error) => {
      assert.ok(error instanceof OutOfReach);
      assert.match(
        error.message,
        /^Cannot download Small-ImageNet: found no way to http\S+ \(found status 503 .*; 0 of 0 MB are kept: check the network .* run the same command again, or get it elsewhere and place it as ".*set\.zip"$/,
      );
      return true;
    });
    assert.deepEqual(names(), ["set.zip.lock", "set.zip.part", "set.zip.part.json"]);
    isThere = true;
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server).at(-1), [`bytes=${CUT}-`, TAG]);
    assert.deepEqual(names(), ["set.zip"]);
  });
});

Deno.test("download() begins anew where the file on the server has changed since", async () => {
  const old = BODY.map((value) => 255 - value);
  const answerOf = (asked: Asked) =>
    asked.before === 0
      ? { ...fileAnswer(asked, { body: old, tag: '"old"' }), cutAfter: CUT }
      : fileAnswer(asked, { body: BODY, tag: TAG });
  await withServer(answerOf, async ({ get, path, server }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server), [[null, null], [`bytes=${CUT}-`, '"old"']]);
  });
  // A server that gives the part all the same, under another name.
  const heedless = (asked: Asked) => {
    if (asked.before === 0) return answerOf(asked);
    const headers = new Headers(asked.headers);
    headers.delete("if-range");
    return fileAnswer({ ...asked, headers }, { body: BODY, tag: TAG });
  };
  await withServer(heedless, async ({ get, path, server }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server).map(([range]) => range), [null, `bytes=${CUT}-`, null]);
  });
});

Deno.test("download() takes the date as the condition where the server's name for the state is weak", async () => {
  const modified = "Mon, 09 Feb 2015 05:15:00 GMT";
  const answerOf = (asked: Asked) => {
    const answer = fileAnswer(asked, { body: BODY, tag: 'W/"one"', modified });
    return asked.before === 0 ? { ...answer, cutAfter: CUT } : answer;
  };
  await withServer(answerOf, async ({ get, path, server }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server)[1], [`bytes=${CUT}-`, modified]);
  });
});

Deno.test("download() gets the file from a server that gives whole files only, or other parts than asked for", async () => {
  const whole = ({ before }: Asked) => ({
    status: 200,
    body: BODY,
    ...(before === 0 && { cutAfter: CUT }),
  });
  await withServer(whole, async ({ get, path, server }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server), [[null, null], [`bytes=${CUT}-`, null]]);
  });
  const other = (asked: Asked): Answer =>
    asked.headers.has("range")
      ? {
        status: 206,
        headers: { "content-range": `bytes 7-${BYTES - 1}/${BYTES}` },
        body: BODY.subarray(7),
      }
      : whole(asked);
  await withServer(other, async ({ get, path }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
  });
  // A part file that is as long as the file, or longer.
  for (const length of [BYTES, BYTES + 5]) {
    await withServer((asked) => fileAnswer(asked, { body: BODY, tag: TAG }), async (place) => {
      const { get, path, file } = place;
      await Deno.writeFile(`${path}.part`, new Uint8Array(length));
      await Deno.writeTextFile(`${path}.part.json`, JSON.stringify({ url: file.url, state: TAG }));
      if (length === BYTES) await assert.rejects(get(), /found MD5/);
      await get();
      assert.deepEqual(await Deno.readFile(path), BODY);
    });
  }
});

Deno.test("download() deletes what has a wrong checksum, and leaves a file that was there", async () => {
  const wrong = BODY.slice();
  wrong[5]! ^= 1;
  let isRight = false;
  const answerOf = (asked: Asked) => fileAnswer(asked, { body: isRight ? BODY : wrong });
  await withServer(answerOf, async ({ get, path, names }) => {
    await assert.rejects(get(), {
      name: "SetUpError",
      message:
        /^Cannot use the download of Small-ImageNet: found MD5 \w{32}, want \w{32}; it was deleted: run the same/,
    });
    assert.deepEqual(names(), ["set.zip.lock"]);
    isRight = true;
    await get();
    await Deno.writeFile(path, wrong);
    await assert.rejects(get(), {
      name: "SetUpError",
      message:
        /found a file of this name there, 300000 bytes with MD5 \w+, not \w+; use it as it is, or take it away/,
    });
    assert.deepEqual(await Deno.readFile(path), wrong);
  });
});

Deno.test("download() says what a server gave in place of the file", async () => {
  const page = new TextEncoder().encode("<p>Sign in to this network</p>");
  const portal = () => ({ status: 200, headers: { "content-type": "text/html" }, body: page });
  await withServer(portal, async ({ get, server, names }) => {
    await assert.rejects(get(), (error: Error) => {
      assert.ok(error instanceof OutOfReach);
      assert.match(error.message, /found 30 bytes \(text\/html\) at http\S+, want 300,000; get it/);
      return true;
    });
    // Nothing is begun, and nobody is asked twice.
    assert.equal(server.asked.length, 1);
    assert.deepEqual(names(), ["set.zip.lock"]);
  });
  await withServer(() => ({ status: 404 }), async ({ get, server }) => {
    await assert.rejects(get(), /found status 404 \(Not Found\) at http\S+set\.zip, want the file/);
    assert.equal(server.asked.length, 1);
  });
});

Deno.test("download() follows an address that moved, with the part that it wants", async () => {
  const answerOf = (asked: Asked): Answer => {
    if (asked.path === "/set.zip") return { status: 302, headers: { location: "/moved.zip" } };
    const answer = fileAnswer(asked, { body: BODY, tag: TAG });
    return asked.before === 1 ? { ...answer, cutAfter: CUT } : answer;
  };
  await withServer(answerOf, async ({ get, path, server }) => {
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server).at(-1), [`bytes=${CUT}-`, TAG]);
  });
});

Deno.test("download() gives a silent connection up, and goes on", async () => {
  const answerOf = (asked: Asked) => {
    const answer = fileAnswer(asked, { body: BODY, tag: TAG });
    return asked.before === 0 ? { ...answer, silentAfter: CUT } : answer;
  };
  await withServer(answerOf, async ({ get, path, server }) => {
    const lines: string[] = [];
    await get({ stallMs: 300, report: (line) => lines.push(line) });
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.deepEqual(ranges(server)[1], [`bytes=${CUT}-`, TAG]);
    assert.ok(lines.some((line) => /nothing came for .* s: trying again/.test(line)), `${lines}`);
  });
});

Deno.test("download() stops when it is told to, and goes on from there", async () => {
  const answerOf = (asked: Asked) => {
    const answer = fileAnswer(asked, { body: BODY, tag: TAG });
    return asked.before === 0 ? { ...answer, silentAfter: CUT } : answer;
  };
  await withServer(answerOf, async ({ get, path, server }) => {
    const stop = new AbortController();
    const stopped = get({ signal: stop.signal, onBytes: () => stop.abort(new Error("enough")) });
    await assert.rejects(stopped, { message: "enough" });
    await get();
    assert.deepEqual(await Deno.readFile(path), BODY);
    assert.match(ranges(server)[1]![0]!, /^bytes=\d+-$/);
  });
});

Deno.test("download() asks once for two who want the same", async () => {
  await withServer((asked) => fileAnswer(asked, { body: BODY, tag: TAG }), async (place) => {
    await Promise.all([place.get(), place.get()]);
    assert.equal(place.server.asked.length, 1);
    assert.deepEqual(place.names(), ["set.zip"]);
  });
});

Deno.test("download() does not go on with the beginning of another address", async () => {
  await withServer((asked) => fileAnswer(asked, { body: BODY, tag: TAG }), async (place) => {
    const { path, get, server } = place;
    await Deno.writeFile(`${path}.part`, new Uint8Array(1000));
    await Deno.writeTextFile(
      `${path}.part.json`,
      JSON.stringify({ url: "http://other", state: TAG }),
    );
    await get();
    assert.deepEqual(ranges(server), [[null, null]]);
    assert.deepEqual(await Deno.readFile(path), BODY);
  });
});

Deno.test("download() says what is wrong without a server, and without the right to write", async () => {
  await withServer(() => ({ status: 404 }), async ({ file, path }) => {
    const gone = startRawServer(() => ({ status: 404 }));
    await gone[Symbol.asyncDispose]();
    const nowhere = { ...file, url: `${gone.url}/set.zip` };
    await assert.rejects(
      download(nowhere, { path, pauseMs: 1, tries: 2 }),
      /found no way to http\S+\/set\.zip \(.*refused.*\); check the network/i,
    );
    await assert.rejects(download(file, { path: "/proc/nothing/set.zip" }), {
      name: "SetUpError",
      message: /^Cannot download Small-ImageNet: /,
    });
  });
});
