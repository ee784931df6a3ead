import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imagesInMemory } from "../../base/contracts.ts";
import { decodePng } from "../../data/files/image_file.ts";
import { BLUE, colours, GREEN, labelled, pixels, RED, WHITE } from "../../testing/pixels.ts";
import { captionedGrid, imageGrid, saveImageGrid } from "./grid.ts";

Deno.test("imageGrid() decodes to the expected pixels: magnified, padded, white where empty", () => {
  const grid = imageGrid(pixels(RED, GREEN, BLUE), { columns: 2, scale: 2, padding: 1 });
  const decoded = decodePng(grid.toPNG(), "grid");
  assert.deepEqual([decoded.width, decoded.height], [5, 5]);
  const top = [RED, RED, WHITE, GREEN, GREEN];
  const bottom = [BLUE, BLUE, WHITE, WHITE, WHITE];
  const gap = [WHITE, WHITE, WHITE, WHITE, WHITE];
  assert.deepEqual(colours(decoded), [top, top, gap, bottom, bottom]);
});

Deno.test("imageGrid() repeats a grey channel and keeps the order of rows and columns", () => {
  const grey = imagesInMemory(Uint8Array.from([0, 50, 100, 150, 200, 250]), {
    height: 2,
    width: 3,
    channels: 1,
  });
  const grid = imageGrid(grey, { scale: 1 });
  assert.deepEqual(colours(grid).map((row) => row.map(([red]) => red)), [[0, 50, 100], [
    150,
    200,
    250,
  ]]);
  assert.ok(colours(grid).flat().every(([red, green, blue]) => red === green && green === blue));
});

Deno.test("imageGrid() magnifies small images to about 64 pixels", () => {
  const image = (side: number) =>
    imagesInMemory(new Uint8Array(side * side * 3), { height: side, width: side, channels: 3 });
  assert.deepEqual([8, 32, 64, 128].map((side) => imageGrid(image(side)).width), [64, 64, 64, 128]);
});

Deno.test("imageGrid() leaves room for captions and writes each into the SVG", () => {
  const captions = ["r = 1.8", "<b>", "→ dog"];
  const grid = imageGrid(pixels(RED, GREEN, BLUE), { columns: 2, scale: 4, padding: 1, captions });
  // Two rows of 4 pixels, one gap of padding and caption between them.
  assert.equal(grid.height, 4 + 1 + 18 + 4);
  const svg = grid.toSVG();
  assert.ok(svg.includes(">r = 1.8</text>") && svg.includes(">→ dog</text>"));
  assert.ok(svg.includes(">&lt;b&gt;</text>") && !svg.includes("<b>"));
  const encoded = /xlink:href="data:image\/png;base64,([^"]+)"/.exec(svg)![1]!;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  assert.deepEqual(decodePng(bytes, "grid").pixels, grid.pixels);
  assert.match(
    grid.toText(),
    /3 images of 1x1 pixels, 2 rows of 2\n {2}r = 1\.8, <b>\n {2}→ dog/,
  );
  const twoLines = imageGrid(pixels(RED), { scale: 4, captions: ["cat\n→ dog"] });
  assert.equal(twoLines.height, 4);
  assert.match(twoLines.toSVG(), /y="[0-9]+"[^>]*>cat<\/text>\n.*>→ dog<\/text>/);
  assert.match(twoLines.toText(), /cat → dog/);
});

Deno.test("a grid's bundle is a PNG, with an SVG only where there is text", () => {
  const plain = imageGrid(pixels(RED)).bundle();
  assert.deepEqual(Object.keys(plain), ["image/png", "text/plain"]);
  const titled = imageGrid(pixels(RED), { title: "Fakes" }).bundle();
  assert.deepEqual(Object.keys(titled), ["image/svg+xml", "image/png", "text/plain"]);
  assert.ok(String(plain["image/png"]).startsWith("iVBORw0KGgo"));
});

Deno.test("captionedGrid() shows the chosen images with their captions", () => {
  const grid = captionedGrid(labelled([0, 1, 0]), [2, 0], {
    scale: 1,
    padding: 0,
    captionOf: (index) => `image ${index}`,
  });
  assert.deepEqual(colours(grid), [[BLUE, RED]]);
  assert.ok(grid.toSVG().includes(">image 2</text>"));
});

Deno.test("imageGrid() refuses what does not fit", () => {
  assert.throws(() => imageGrid(pixels()), /found 0 images/);
  assert.throws(() => imageGrid(pixels(RED), { captions: [] }), /found 0 captions, want 1/);
  assert.throws(() => imageGrid(pixels(RED), { scale: 1.5 }), /found scale 1.5/);
  assert.throws(
    () => imageGrid(pixels(RED), { blocks: ["a", "b"] }),
    /found 2 blocks for 1 columns/,
  );
  const two = imagesInMemory(new Uint8Array(2), { height: 1, width: 1, channels: 2 });
  assert.throws(() => imageGrid(two), /found 2 channels, want 1 or 3/);
});

Deno.test("saveImageGrid() writes PNG or SVG as the path says", async () => {
  const folder = await mkdtemp(join(tmpdir(), "grid-"));
  try {
    const grid = imageGrid(pixels(RED), { title: "Red" });
    await saveImageGrid(grid, join(folder, "a", "grid.png"));
    await saveImageGrid(grid, join(folder, "a", "grid.svg"));
    const png = new Uint8Array(await readFile(join(folder, "a", "grid.png")));
    assert.deepEqual(decodePng(png, "grid").pixels, grid.pixels);
    assert.ok((await readFile(join(folder, "a", "grid.svg"), "utf8")).startsWith("<svg"));
  } finally {
    await rm(folder, { recursive: true });
  }
});
