/**
 * `deno task bench --growth`: how time and memory grow with the number of fakes and of real images. Each size
 * runs in a process of its own, so that a peak is that size's.
 */
import { join } from "../../base/disk/path.ts";
import { terminal } from "../../setup/terminal.ts";
import { growthTable, growthVerdict, type SizeGrowth } from "./table.ts";
import { GROWTH_KINDS, type GrowthKind, type PartGrowth } from "./parts.ts";

/** Images of the sets; each size is compared with the one before. */
const SIZES: Readonly<Record<GrowthKind, readonly number[]>> = {
  fakes: [10_000, 100_000, 1_000_000],
  // In memory, as every real set is: 770 MB.
  real: [10_000, 50_000, 250_000],
};
const SCRIPT = join(import.meta.dirname!, "one_size.ts");

/** What to print, and how large the sets may become. */
export interface GrowthOptions {
  readonly markdown: boolean;
  readonly json: boolean;
  /** Sizes above it are left out. */
  readonly atMost?: number;
}

/**
 * Measures, prints the tables and says what grew too fast.
 *
 * @returns The exit code: 1 when something did.
 */
export async function runGrowth({ markdown, json, atMost = Infinity }: GrowthOptions) {
  const out = terminal();
  const complaints: string[] = [];
  for (const kind of GROWTH_KINDS) {
    const sizes: SizeGrowth[] = [];
    for (const images of SIZES[kind].filter((size) => size <= atMost)) {
      out.progress(`growth: ${images} images (${kind})`);
      sizes.push({ images, parts: await measureSize(kind, images) });
    }
    out.clear();
    if (json) {
      for (const size of sizes) console.log(JSON.stringify({ kind, ...size }));
    } else {
      const table = growthTable(kind, sizes);
      console.log(`${markdown ? table.toMarkdown() : table.toText()}\n`);
    }
    complaints.push(...growthVerdict(kind, sizes));
  }
  for (const complaint of complaints) out.line(`! ${complaint}`);
  if (complaints.length === 0) out.line("Growth: linear time, flat memory.");
  return complaints.length > 0 ? 1 : 0;
}

/**
 * Runs the chain's parts for sets of one size, in a process and a scratch folder of its own.
 *
 * @throws {Error} The process failed; the message ends with its last lines.
 */
export async function measureSize(kind: GrowthKind, images: number): Promise<PartGrowth[]> {
  const folder = await Deno.makeTempDir({ prefix: "cgan-kd-growth-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", "--v8-flags=--expose-gc", SCRIPT].concat(
        [kind, String(images), folder],
      ),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    if (!success) {
      const told = text.decode(stderr).trim().split("\n").slice(-3).join(" / ");
      throw new Error(`Cannot measure the growth at ${images} images (${kind}): ${told}`);
    }
    return JSON.parse(text.decode(stdout)) as PartGrowth[];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
