/** The pages in `results/demo`: that they are those of today's code, and say in Chromium what Deno says. */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { join } from "../base/disk/path.ts";
import { normalArray, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { inChromium } from "../testing/chromium.ts";
import { inflate } from "../testing/inflate.ts";

const PAGES = join(import.meta.dirname!, "..", "..", "results", "demo");
/** Set where Debian's Chromium is to be started; it takes minutes where no GPU draws for it. */
const HAS_BROWSER = Deno.env.get("CGAN_KD_BROWSER") === "1";

/** A network as it lies in a page. */
interface Part {
  readonly title: string;
  readonly modelTopology: object;
  readonly weightSpecs: tf.io.WeightsManifestEntry[];
  readonly weights: string;
}

/** What a page holds. */
interface Parts {
  readonly labels: { readonly kind: string; readonly names?: readonly string[] };
  readonly generator: Part;
  readonly networks: readonly Part[];
  readonly testImages: {
    readonly labels: readonly (readonly number[])[];
    readonly height: number;
    readonly width: number;
    readonly pixels: string;
  };
}

async function readParts(folder: string): Promise<Parts> {
  const text = await Deno.readTextFile(join(folder, "parts.js"));
  return JSON.parse(text.replace(/^globalThis\.CGAN_KD_PARTS = |;\n$/g, ""));
}

function open({ modelTopology, weightSpecs, weights }: Part): Promise<tf.LayersModel> {
  const weightData = Uint8Array.fromBase64(weights).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/** What the networks of a page say here: of the image of a latent, and of the first test image, both of one label. */
async function answersHere({ labels, generator, networks, testImages }: Parts) {
  const { height, width, pixels } = testImages;
  const label = testImages.labels[0]![0]!;
  const condition = labels.names?.map((_, i) => i === label ? 1 : 0) ?? [label];
  const test = (await inflate(pixels)).slice(0, height * width * 3);
  const [draw, ...others] = await Promise.all([generator, ...networks].map(open));
  const latent = [...normalArray(draw!.inputs[0]!.shape[1]!, rngOf(7, "latent"))];
  const said = tf.tidy(() => {
    const image = draw!.predict([tf.tensor2d([latent]), tf.tensor2d([condition])]) as tf.Tensor4D;
    const both = tf.concat([image, tf.tensor4d(test, [1, height, width, 3], "float32")]);
    return others.map((model) => (model.predict(both) as tf.Tensor2D).arraySync());
  });
  for (const model of [draw!, ...others]) model.dispose();
  return { latent, label, said };
}

for (const { name, isDirectory } of Deno.readDirSync(PAGES)) {
  if (!isDirectory) continue;
  const folder = join(PAGES, name);
  Deno.test(`results/demo/${name} is the page of today's code, whole, with a teacher and students`, async () => {
    for (const file of ["index.html", "demo.js"]) {
      assert.equal(
        await Deno.readTextFile(join(folder, file)),
        await Deno.readTextFile(join(import.meta.dirname!, "page", file)),
        `${file} is another: run deno task demo again`,
      );
    }
    const { generator, networks, testImages } = await readParts(folder);
    assert.match(networks[0]!.title, /, teacher$/);
    assert.ok(networks.length > 1);
    const sizes = [generator, ...networks].map(({ weightSpecs, weights }) => [
      Uint8Array.fromBase64(weights).length,
      4 * weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    ]);
    for (const [bytes, wanted] of sizes) assert.equal(bytes, wanted);
    const { labels, height, width, pixels } = testImages;
    assert.equal((await inflate(pixels)).length, labels.flat().length * height * width * 3);
  });

  Deno.test({
    name: `results/demo/${name} says in Chromium what Deno says`,
    ignore: !HAS_BROWSER,
    async fn() {
      const { latent, label, said } = await answersHere(await readParts(folder));
      const page = pathToFileURL(join(folder, "index.html")).href;
      const seen = await inChromium(page, async (open) => {
        await open.evaluate(`new Promise((resolve) => {
          const look = () => document.body?.dataset.drawn ? resolve(true) : setTimeout(look, 50);
          look();
        })`);
        return await open.evaluate<Record<"answers" | "testAnswers", number[][]>>(
          `cganKd.look(${JSON.stringify(latent)}, ${label})`,
        );
      });
      const pairs = said.flatMap(([first, second], i) => [
        ...first!.map((value, k) => [value, seen.answers[i]![k]!] as const),
        ...second!.map((value, k) => [value, seen.testAnswers[i]![k]!] as const),
      ]);
      const scale = Math.max(1, ...pairs.map(([value]) => Math.abs(value)));
      for (const [value, other] of pairs) {
        assert.ok(Math.abs(value - other) < 1e-4 * scale, `${value} here, ${other} in Chromium`);
      }
    },
  });
}
