/** Predictions of a trained network on image files of any size. */
import { checkArgument, checkList } from "../base/check_argument.ts";
import { basename } from "../base/disk/path.ts";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { decodeImage } from "../data/files/any_image.ts";
import { openJpegDecoder } from "../data/files/jpeg.ts";
import { resizeImage } from "../data/files/resize.ts";
import { predict } from "../networks/supervised.ts";
import { absolutePath } from "../setup/folders.ts";
import type { StoredStudent } from "./stored_student.ts";

/** What a network says of one file. */
export interface Prediction {
  /** As it was given. */
  readonly file: string;
  /** The class by its name, or the label in the data set's unit; absent where the file could not be read. */
  readonly label?: string | number;
  /** Softmax probability of the class, in (0, 1]; classes only. */
  readonly probability?: number;
  /** Why the file could not be read. */
  readonly failure?: string;
}

/** Files that are decoded together. */
const BLOCK = 64;

/**
 * Brings each image to the network's size (the centred part of its proportions, means of areas where it shrinks) and
 * predicts. Files that are no image are told by their reason and cost the others nothing; memory holds one block.
 *
 * @param files Paths of JPEG or PNG files; relative ones are meant from where the command was given.
 */
export async function predictFiles(
  student: StoredStudent,
  files: readonly string[],
): Promise<Prediction[]> {
  checkArgument("predictFiles()", student, {
    want: "a network, as from await openStudent(...)",
    fits: (value) => "network" in value && "normalisation" in value,
  });
  checkList("predictFiles()", files, 'a list of files, such as ["cat.png"]');
  const { network, task, imageSize, normalisation } = student;
  const shape = { height: imageSize, width: imageSize, channels: 3 };
  const size = imageSize * imageSize * 3;
  const predictions: Prediction[] = [];
  using decoder = openJpegDecoder();
  for (let start = 0; start < files.length; start += BLOCK) {
    const block = files.slice(start, start + BLOCK);
    const pixels = new Uint8Array(block.length * size);
    const failures = new Map<string, string>();
    let read = 0;
    for (const file of block) {
      try {
        const image = await decodeImage(await Deno.readFile(absolutePath(file)), {
          name: basename(file),
          decoder,
        });
        pixels.set(resizeImage(image, { width: imageSize, height: imageSize }), size * read);
        read++;
      } catch (error) {
        failures.set(file, reasonOf(error, file));
      }
    }
    const set: LabelledImages = {
      images: imagesInMemory(pixels.subarray(0, size * read), shape),
      labels: new Float32Array(read),
      task: task.kind === "classification" ? task : { ...task, labels: [] },
      origin: "real",
    };
    const outputs = read === 0 ? [] : await predict(network, set, { normalisation, batch: BLOCK });
    const width = read === 0 ? 0 : outputs.length / read;
    let row = 0;
    for (const file of block) {
      const failure = failures.get(file);
      if (failure !== undefined) {
        predictions.push({ file, failure });
        continue;
      }
      const own = Array.from(outputs.slice(row * width, ++row * width));
      predictions.push({ file, ...meaningOf(own, set.task) });
    }
  }
  return predictions;
}

function reasonOf(error: unknown, file: string): string {
  const { NotFound, IsADirectory, PermissionDenied } = Deno.errors;
  const found = error instanceof NotFound
    ? "found no such file"
    : error instanceof IsADirectory
    ? "found a folder"
    : error instanceof PermissionDenied
    ? "it may not be read"
    : undefined;
  if (found !== undefined) return `Cannot read "${file}": ${found}, want a JPEG or PNG file`;
  return error instanceof Error ? error.message : String(error);
}

/** One row of outputs in words: the most probable class, or the label in its unit. */
function meaningOf(
  outputs: readonly number[],
  task: Task,
): Pick<Prediction, "label" | "probability"> {
  if (task.kind === "regression") return { label: outputs[0]! * task.scale };
  const greatest = Math.max(...outputs);
  const winner = outputs.indexOf(greatest);
  const total = outputs.reduce((sum, output) => sum + Math.exp(output - greatest), 0);
  return { label: task.classNames[winner] ?? String(winner), probability: 1 / total };
}
