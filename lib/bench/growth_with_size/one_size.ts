/** One size of `--growth`: a process of its own, which prints what it measured as JSON. */
import { GROWTH_KINDS, growthParts, measureParts } from "./parts.ts";

const [kind, images, folder] = Deno.args;
const known = GROWTH_KINDS.find((name) => name === kind);
if (known === undefined || folder === undefined || !(Number(images) > 0)) {
  throw new TypeError(
    `Cannot measure growth: found ${Deno.args.join(" ")}, want KIND IMAGES FOLDER`,
  );
}
console.log(JSON.stringify(await measureParts(growthParts(known, Number(images), folder))));
