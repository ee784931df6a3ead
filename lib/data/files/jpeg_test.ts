import assert from "node:assert/strict";
import type { JpegAnswer } from "./jpeg_worker.ts";
import { drawFace } from "../../testing/faces.ts";
import { openJpegDecoder } from "./jpeg.ts";

/** 16 x 16, left half red, right half grey level 128; written by mozjpeg. */
const JPEG = Uint8Array.fromBase64(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAMDAwMDAwQEBAQFBQUFBQcHBgYHBwsICQgJCAsRCwwLCw" +
    "wLEQ8SDw4PEg8bFRMTFRsfGhkaHyYiIiYwLTA+PlQBAwMDAwMDBAQEBAUFBQUFBwcGBgcHCwgJCAkI" +
    "CxELDAsLDAsRDxIPDg8SDxsVExMVGx8aGRofJiIiJjAtMD4+VP/CABEIABAAEAMBEQACEQEDEQH/xA" +
    "AnAAEAAAAAAAAAAAAAAAAAAAAIAQEBAAAAAAAAAAAAAAAAAAAHCf/aAAwDAQACEAMQAAAAOgZVNFuc" +
    "rDoGVTRbnKz/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/AB//xAAUEQEAAAAAAAAAAAAAAA" +
    "AAAAAg/9oACAECAQE/AB//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQE/AB//2Q==",
);
/** 16 x 16, one channel, left half 40, right half 200. */
const GREY_JPEG = Uint8Array.fromBase64(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMDAwMDAwQEBAQFBQUFBQcHBgYHBwsICQgJCAsRCwwLCw" +
    "wLEQ8SDw4PEg8bFRMTFRsfGhkaHyYiIiYwLTA+PlT/wgALCAAQABABAREA/8QAFQABAQAAAAAAAAAA" +
    "AAAAAAAACQj/2gAIAQEAAAAAhRqxUav/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/AB//2Q" +
    "==",
);
/** 16 x 16, seven columns red, the others blue; colours of half the resolution (4:2:0), written by libjpeg-turbo. */
const HALVED_COLOURS = Uint8Array.fromBase64(
  "/9j/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCg" +
    "oKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK" +
    "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAA" +
    "AAAAAABwj/xAAbEAABBAMAAAAAAAAAAAAAAAAAAQMEBjV0sv/EABQBAQAAAAAAAAAAAAAAAAAAAAf/" +
    "xAAaEQAABwAAAAAAAAAAAAAAAAAAAgUINnOy/9oADAMBAAIRAxEAPwCa7DgJ2m7woVipYcBO03eFCs" +
    "cGlx1StJgN7wpIl0n2P//Z",
);

Deno.test("JpegDecoder.decode() gives red, green and blue in reading order", async () => {
  using decoder = openJpegDecoder();
  const { width, height, pixels } = await decoder.decode(JPEG, "c.jpg");
  assert.deepEqual([width, height, pixels.length], [16, 16, 768]);
  const near = (found: Uint8Array, wanted: number[]) =>
    wanted.every((value, c) => Math.abs(found[c]! - value) <= 6);
  assert.ok(near(pixels.subarray(0, 3), [255, 0, 0]), `${pixels.subarray(0, 3)}`);
  assert.ok(near(pixels.subarray(765), [128, 128, 128]), `${pixels.subarray(765)}`);
});

Deno.test("JpegDecoder.decode() expands grey levels to three equal channels", async () => {
  using decoder = openJpegDecoder();
  const { pixels } = await decoder.decode(GREY_JPEG, "g.jpg");
  assert.equal(pixels.length, 768);
  for (let i = 0; i < pixels.length; i += 3) {
    assert.ok(pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2]);
  }
  assert.ok(Math.abs(pixels[0]! - 40) <= 4 && Math.abs(pixels[767]! - 200) <= 4);
});

Deno.test("JpegDecoder.decode() interpolates colours of half the resolution as libjpeg-turbo does", async () => {
  using decoder = openJpegDecoder();
  const { pixels } = await decoder.decode(HALVED_COLOURS, "h.jpg");
  // Columns 5 to 9 by libjpeg-turbo; a decoder that repeats colours gives the seventh column 142, 63, 133.
  const edge = [202, 45, 62, 164, 57, 111, 98, 44, 132, 60, 54, 176, 41, 60, 199];
  for (let row = 0; row < 16; row++) {
    assert.deepEqual([...pixels.subarray(48 * row + 15, 48 * row + 30)], edge);
  }
});

Deno.test("JpegDecoder.decode() leaves pixels as they are stored, whatever a camera says of turning them or of colours", async () => {
  // The EXIF segment of a picture to be turned a quarter clockwise: tag 0x112 is 6.
  const turned = Uint8Array.fromHex(
    "ffe10022457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100060000" + "00000000",
  );
  // A profile of colours, of its header alone: those who follow profiles convert, or say that it is broken.
  const header = new Uint8Array(128);
  header.set(new TextEncoder().encode("mntrRGB XYZ "), 12);
  const coloured = [
    255,
    0xe2,
    0,
    144,
    ...new TextEncoder().encode("ICC_PROFILE\0"),
    1,
    1,
    ...header,
  ];
  using decoder = openJpegDecoder();
  const { pixels } = await decoder.decode(JPEG, "c.jpg");
  for (const note of [turned, coloured]) {
    const bytes = new Uint8Array([...JPEG.subarray(0, 2), ...note, ...JPEG.subarray(2)]);
    assert.deepEqual((await decoder.decode(bytes, "photograph.jpg")).pixels, pixels);
  }
});

Deno.test("JpegDecoder.decode() refuses a cut file, and tells it from whole ones decoded beside it", async () => {
  using decoder = openJpegDecoder();
  const lengths = [0, 3, 100, JPEG.length - 30, JPEG.length - 2, JPEG.length];
  const results = await Promise.allSettled(
    lengths.map((length) => decoder.decode(JPEG.subarray(0, length), `${length}.jpg`)),
  );
  assert.equal(results.at(-1)!.status, "fulfilled");
  for (const [i, result] of results.slice(0, -1).entries()) {
    assert.ok(result.status === "rejected" && result.reason instanceof SyntaxError);
    const start = `Cannot decode "${lengths[i]}.jpg" as JPEG: found ${lengths[i]} bytes`;
    assert.ok(result.reason.message.startsWith(start), result.reason.message);
  }
});

Deno.test("JpegDecoder.decode() takes good files after any number of broken ones", async () => {
  using decoder = openJpegDecoder();
  const face = await drawFace(1);
  const wanted = (await decoder.decode(face, "face.jpg")).pixels;
  const scrambled = (turn: number) => {
    const bytes = face.slice();
    for (let k = 0; k < 40; k++) bytes[(turn * 7919 + k * 104729) % bytes.length]! ^= 0x5a;
    return bytes;
  };
  const broken: ((turn: number) => Uint8Array)[] = [
    () => new TextEncoder().encode("<html>not found</html>"),
    () => face.subarray(0, face.length / 2),
    () => new Uint8Array(0),
    scrambled,
  ];
  // One decoder for all of them was spoilt by 67 to 95 files of any of these kinds.
  for (let turn = 0; turn < 480; turn++) {
    await decoder.decode(broken[turn % broken.length]!(turn), "broken.jpg").catch((error) =>
      assert.ok(error instanceof SyntaxError, error.stack)
    );
    if (turn % 8 !== 7) continue;
    assert.deepEqual((await decoder.decode(face, `face ${turn}.jpg`)).pixels, wanted);
  }
});

/** The grey image with large sides in its header and its last scan ten thousand times: busy for ten seconds and more. */
function endlessJpeg(): Uint8Array {
  const bytes = GREY_JPEG.slice();
  const frame = bytes.findIndex((value, i) => value === 0xff && bytes[i + 1] === 0xc2);
  bytes.set([8, 0, 8, 0], frame + 5);
  const scan = bytes.findLastIndex((value, i) => value === 0xff && bytes[i + 1] === 0xda);
  const end = bytes.length - 2;
  const scans = Array.from({ length: 10_000 }, () => [...bytes.subarray(scan, end)]).flat();
  return Uint8Array.from([...bytes.subarray(0, scan), ...scans, ...bytes.subarray(end)]);
}

/**
 * Counts the limits that are set while `work` runs. The first `short` of them run out after a fifth of a second and the
 * others never, so that nothing depends on how busy the machine is: a thread that has more to do is only later.
 */
async function withLimits(short: number, work: () => Promise<void>): Promise<number[]> {
  const limits: number[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((handler: () => void, milliseconds: number) => {
    limits.push(milliseconds);
    return setTimeout(handler, limits.length <= short ? 200 : 2 ** 30);
  }) as typeof setTimeout;
  try {
    await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return limits;
}

Deno.test("JpegDecoder.decode() gives up a file that takes too long at its second try, and goes on with the next", async () => {
  using decoder = openJpegDecoder({ seconds: 2 });
  const limits = await withLimits(2, async () => {
    const results = await Promise.allSettled([
      decoder.decode(endlessJpeg(), "endless.jpg"),
      decoder.decode(JPEG, "good.jpg"),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["rejected", "fulfilled"]);
    assert.match(
      (results[0] as PromiseRejectedResult).reason.message,
      /^Cannot decode "endless.jpg" as JPEG: found \d+ bytes \(decoding it takes longer than 2 s\)/,
    );
  });
  assert.deepEqual(limits, [2000, 2000, 2000]);
});

Deno.test("the thread of a JpegDecoder says when it is compiled: at first, and after a file with a fault", async () => {
  const worker = new Worker(import.meta.resolve("./jpeg_worker.ts"), { type: "module" });
  const heard: string[] = [];
  const end = Promise.withResolvers<void>();
  const files = [JPEG, JPEG.subarray(0, JPEG.length - 30), JPEG];
  worker.onmessage = ({ data }: MessageEvent<JpegAnswer | "ready">) => {
    heard.push(data === "ready" ? data : "fault" in data ? "fault" : "pixels");
    if (heard.at(-1) === "fault") return;
    const bytes = files.shift();
    if (bytes) worker.postMessage({ bytes: new Uint8Array(bytes) });
    else end.resolve();
  };
  await end.promise;
  worker.terminate();
  assert.deepEqual(heard, ["ready", "pixels", "fault", "ready", "pixels"]);
});

Deno.test("JpegDecoder.decode() refuses files once it is closed", async () => {
  const decoder = openJpegDecoder();
  decoder.close();
  await assert.rejects(decoder.decode(JPEG, "late.jpg"), /Cannot decode "late.jpg": .* closed/);
});
