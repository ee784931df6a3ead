import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { dirname, join } from "../base/disk/path.ts";
import { INFERENCE } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { inChromium } from "../testing/chromium.ts";
import { openSmallest } from "../testing/smallest_run.ts";
import type { Specification } from "../experiments/specification/experiment.ts";
import { inflate } from "../testing/inflate.ts";
import { checkDemo, writeDemo } from "./demo.ts";

/** Set where Debian's Chromium is to be started; it takes a minute where no GPU draws for it. */
const HAS_BROWSER = Deno.env.get("CGAN_KD_BROWSER") === "1";

Deno.test("the page has all that it shows, and shows what the networks say", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const { run } = openSmallest({ results: join(folder, "results") });
    const students = await run.students({ cells: "VGG11, NOKD" });
    const page = await writeDemo(run, students, { out: join(folder, "demo") });

    await t.step("nothing of it is fetched from elsewhere", async () => {
      const files = [...Deno.readDirSync(dirname(page))].map(({ name }) => name).sort();
      assert.deepEqual(files, ["demo.js", "index.html", "parts.js", "tf.min.js"]);
      const text = await Deno.readTextFile(page);
      const scripts = Array.from(text.matchAll(/(?:src|href)="([^"]+)"/g), ([, name]) => name);
      assert.deepEqual(scripts.sort(), ["demo.js", "parts.js", "tf.min.js"]);
      const { networks, labels, testImages } = await partsOf(page);
      const { task } = run.dataset.train;
      assert.deepEqual(labels, {
        kind: "classes",
        names: task.kind === "classification" && task.classNames,
      });
      assert.equal(networks.length, 2);
      assert.match(networks[1].metric, /^\d+\.\d\d %$/);
      assert.ok(networks[1].cost.multiplyAdds > 0);
      assert.ok(networks[1].cost.imagesPerSecond.value > 0);
      assert.deepEqual(testImages.labels, Array(4).fill([0, 1, 2, 3]));
    });

    await t.step({
      name: "in Chromium it says what Deno says",
      ignore: !HAS_BROWSER,
      async fn() {
        const generator = (await run.gan()).open();
        const latent = Float32Array.from({ length: generator.latentSize }, () => 0);
        const rng = rngOf(5, "demo");
        latent.forEach((_, i) => latent[i] = rng.normal());
        const teacher = await run.teacher();
        const { testImages } = await partsOf(page);
        const all = await inflate(testImages.pixels);
        // Of the first row, class 2.
        const [height, width] = [testImages.height, testImages.width];
        const size = height * width * 3;
        const test = tf.tensor4d(all.slice(2 * size, 3 * size), [1, height, width, 3], "float32");
        const want = tf.tidy(() => {
          const label = tf.oneHot(tf.tensor1d([2], "int32"), 4).cast("float32") as tf.Tensor2D;
          const images = generator.forward(
            tf.tensor2d(latent, [1, latent.length]),
            label,
            INFERENCE,
          );
          const both = tf.concat([images.add(1).div(2), test.div(255)]) as tf.Tensor4D;
          return [teacher, students[0]!.network].map((trained) => {
            const { mean, std } = trained.normalisation;
            const network = trained.open();
            const x = both.sub(tf.tensor1d([...mean])).div(tf.tensor1d([...std]));
            const values = network.forward(x as tf.Tensor4D, INFERENCE).output
              .arraySync() as number[][];
            network.parameters.dispose();
            return values;
          });
        });
        generator.parameters.dispose();
        test.dispose();
        const seen = await inChromium(pathToFileURL(page).href, async (open) => {
          const wait = (what: string) =>
            open.evaluate(`new Promise((resolve) => {
              const look = () => ${what} ? resolve(true) : setTimeout(look, 50);
              look();
            })`);
          await wait('document.body?.dataset.drawn === "1:0"');
          // A visitor's choice.
          await open.evaluate(`label.value = "3"; label.dispatchEvent(new Event("change"))`);
          await wait('document.body.dataset.drawn === "1:3"');
          const status = await open.evaluate<string>(
            "document.getElementById('status').textContent",
          );
          assert.match(status, /^3 networks in \d+ ms on /);
          assert.equal(await open.evaluate("document.querySelectorAll('tbody tr').length"), 2);
          const colours = await open.evaluate<number>(
            `new Set(document.querySelector("canvas").getContext("2d")
            .getImageData(0, 0, 32, 32).data).size`,
          );
          assert.ok(colours > 10, `${colours} colours`);
          const seen = await open.evaluate<Record<"answers" | "testAnswers", number[][]>>(
            `cganKd.look(${JSON.stringify([...latent])}, 2)`,
          );
          const shot = Deno.env.get("CGAN_KD_SCREENSHOT");
          if (shot !== undefined) await Deno.writeFile(shot, await open.screenshot());
          return seen;
        });
        for (const [i, outputs] of want.entries()) {
          for (const [j, values] of [seen.answers[i]!, seen.testAnswers[i]!].entries()) {
            const others = outputs[j]!;
            assert.equal(values.length, others.length);
            values.forEach((value, k) => {
              const other = others[k]!;
              assert.ok(
                Math.abs(value - other) < 1e-4 * Math.max(1, Math.abs(other)),
                `${value} ${other}`,
              );
            });
          }
        }
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a page with a diffusion model is refused before anything is trained", () => {
  const gan = { family: "edm" } as unknown as Specification["gan"];
  const specification = { gan } as Specification;
  assert.throws(
    () => checkDemo({ specification }),
    /^RangeError: Cannot make a page with the generator "edm": it is a diffusion model/,
  );
});

/** What a page holds. */
async function partsOf(page: string) {
  const text = await Deno.readTextFile(join(dirname(page), "parts.js"));
  return JSON.parse(text.replace(/^globalThis\.CGAN_KD_PARTS = |;\n$/g, ""));
}
