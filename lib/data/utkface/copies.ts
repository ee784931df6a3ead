/** Copies among the faces: the same bytes under several names, and the same photograph saved again. */
import { FACE_BYTES, FACE_SHAPE, type FaceFile, type SkipRule } from "./file_names.ts";
import { resizeImage } from "../files/resize.ts";

/**
 * What becomes of files with the same bytes. `drop`: where their ages agree, the first by name stays;
 * where they disagree, none does, since no label can be trusted. `first`: the first by name, whatever the
 * ages. `all`: every file stays, and all copies go to the same part of the split.
 */
export const COPY_RULES = ["drop", "first", "all"] as const;

/** What becomes of files with the same bytes; see {@link COPY_RULES}. */
export type CopyRule = typeof COPY_RULES[number];

/**
 * Applies the rule to files that are otherwise fit. Copies whose age is outside the range count as well
 * when ages are compared; names without an age do not.
 */
export function judgeCopies(files: readonly FaceFile[], copies: CopyRule): FaceFile[] {
  if (copies === "all") return [...files];
  const agesOf = new Map<string, Set<number>>();
  for (const { hash, age } of files) {
    if (age === undefined) continue;
    const ages = agesOf.get(hash) ?? new Set();
    agesOf.set(hash, ages.add(age));
  }
  const first = new Map<string, string>();
  return files.map((file) => {
    if (file.rule !== undefined) return file;
    const ages = agesOf.get(file.hash)!;
    if (copies === "drop" && ages.size > 1) {
      const detail = `ages ${[...ages].sort((a, b) => a - b).join(", ")}`;
      return skip(file, "conflicting copy", detail);
    }
    const earlier = first.get(file.hash);
    if (earlier !== undefined) return skip(file, "repeated copy", `of ${earlier}`);
    first.set(file.hash, file.name);
    return file;
  });
}

function skip({ name, hash, age }: FaceFile, rule: SkipRule, detail: string): FaceFile {
  return { name, hash, age, rule, detail };
}

/** Images are compared as 8 x 8 fields of mean colours. */
const FIELD = 8;
/**
 * Largest root mean square difference of two fields, in grey levels. On 6,986 faces all 187 pairs below it
 * (11 of them mirrored) were the same photograph by eye; a wrong pair only shares a part of the split.
 */
const NEAR = 12;

/**
 * Groups of images that show the same photograph: scaled, cut or compressed again, or mirrored, since
 * training mirrors images as well. A pair belongs together when its 8 x 8 fields differ by less than 12
 * grey levels (root mean square); groups are what such pairs connect.
 *
 * @param pixels [count, 64, 64, 3].
 * @param onImage Called now and then with the number of images compared.
 * @returns The group of each image, named by its first member.
 */
export async function groupNearCopies(
  pixels: Uint8Array,
  onImage?: (done: number, total: number) => void,
): Promise<Uint32Array> {
  const count = pixels.length / FACE_BYTES;
  const fields = Array.from({ length: count }, (_, i) => fieldOf(pixels, i));
  const means = fields.map((field) => field.reduce((sum, value) => sum + value, 0) / field.length);
  const order = Array.from(fields.keys()).sort((a, b) => means[a]! - means[b]! || a - b);
  const group = Uint32Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number): number => {
    while (group[i] !== i) i = group[i] = group[group[i]!]!;
    return i;
  };
  for (const [place, i] of order.entries()) {
    const field = fields[i]!;
    const turned = mirror(field);
    // Fields differ at least as much as their means.
    for (let next = place + 1; next < count; next++) {
      const j = order[next]!;
      if (means[j]! - means[i]! >= NEAR) break;
      if (!isNear(field, fields[j]!) && !isNear(turned, fields[j]!)) continue;
      const [a, b] = [rootOf(i), rootOf(j)];
      if (a < b) group[b] = a;
      else group[a] = b;
    }
    if (place % 100 === 99 || place === count - 1) {
      onImage?.(place + 1, count);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return group.map((_, i) => rootOf(i));
}

function fieldOf(pixels: Uint8Array, index: number): Uint8Array {
  const image = pixels.subarray(index * FACE_BYTES, (index + 1) * FACE_BYTES);
  return resizeImage({ ...FACE_SHAPE, pixels: image }, { width: FIELD, height: FIELD });
}

function mirror(field: Uint8Array): Uint8Array {
  const turned = new Uint8Array(field.length);
  for (let i = 0; i < field.length; i++) {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const column = pixel % FIELD;
    turned[(pixel - column + FIELD - 1 - column) * 3 + channel] = field[i]!;
  }
  return turned;
}

function isNear(a: Uint8Array, b: Uint8Array): boolean {
  const limit = NEAR * NEAR * a.length;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
    if (sum >= limit) return false;
  }
  return true;
}
