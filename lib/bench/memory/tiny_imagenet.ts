/** The most memory that a process holds from Tiny-ImageNet's files to trained networks, with nothing prepared before. */
import { join } from "../../base/disk/path.ts";
import { findTinyImagenet, type TinyImagenetSource } from "../../data/tiny_imagenet/find.ts";
import { runCommand } from "../../setup/command.ts";
import { dataFolder, projectFolder } from "../../setup/folders.ts";
import type { Row } from "../row.ts";
import { peakRow, type TrainProcessResult } from "./peak.ts";
import type { TrainSteps } from "./train_steps.ts";

/** What the process does. */
export interface FromFiles extends Pick<TinyImagenetSource, "form"> {
  /** The data folder. */
  readonly folder: string;
  /** Where images are decoded to. */
  readonly cache: string;
  /** Of the teacher. */
  readonly teacher: TrainSteps;
  /** Of BigGAN 64. */
  readonly gan: { readonly width: number; readonly batch: number; readonly iterations: number };
}

/** A row of the benchmark. */
export interface FromFilesWork extends Pick<Row, "work"> {
  measure(): Promise<Row>;
}

/** Sizes of `desk`; by then nothing grows any more. */
const SIZES: Pick<FromFiles, "teacher" | "gan"> = {
  teacher: { network: "resnet18", width: 0.25, batch: 64, steps: 40 },
  gan: { width: 0.125, batch: 64, iterations: 10 },
};

/**
 * A row for each form of the set that the data folder has: all its images are decoded anew, then the teacher of preset
 * `desk` and its GAN, for those who ask for one, take some steps, all in one process.
 *
 * @param sizes Smaller ones in tests.
 */
export async function tinyImagenetPeaks(
  folder = dataFolder(),
  sizes = SIZES,
): Promise<FromFilesWork[]> {
  return (await findTinyImagenet(folder)).map(({ form }) => {
    const work = `peak resident, Tiny-ImageNet from "${form}", decoding, ResNet-18, BigGAN 64`;
    return {
      work,
      async measure() {
        const cache = await Deno.makeTempDir({ prefix: "cgan-kd-bench-" });
        try {
          const task: FromFiles = { ...sizes, form, folder, cache };
          const output = await runCommand(Deno.execPath(), [
            ...["run", "--quiet", "--no-check", "--allow-all"],
            join(import.meta.dirname!, "tiny_imagenet_process.ts"),
            JSON.stringify(task),
          ], { what: `measure "${work}"`, place: cache, cwd: projectFolder() });
          const result: TrainProcessResult = JSON.parse(output.trim().split("\n").at(-1)!);
          return peakRow(work, result);
        } finally {
          await Deno.remove(cache, { recursive: true });
        }
      },
    };
  });
}
