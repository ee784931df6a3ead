/** Faces drawn for tests: coloured fields as JPEG files in the official naming. */
import encode from "@jsquash/jpeg/encode.js";
import { join } from "../base/disk/path.ts";
import { rngOf } from "../base/rng.ts";

/** A smooth field of random colours, never near another one; equal seeds give equal bytes. */
export async function drawFace(seed: number, size = 200, quality = 90): Promise<Uint8Array> {
  const rng = rngOf(seed, "face");
  const colours = Float64Array.from({ length: 16 * 3 }, () => 255 * rng.uniform());
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0, out = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const cell = Math.floor(y * 4 / size) * 4 + Math.floor(x * 4 / size);
      for (let c = 0; c < 3; c++) data[out++] = colours[cell * 3 + c]!;
      data[out++] = 255;
    }
  }
  const image = { data, width: size, height: size, colorSpace: "srgb" as const };
  return new Uint8Array(await encode(image as ImageData, { quality }));
}

/** Runs `work` with a data folder that holds an empty `UTKFace/`, and removes it. */
export async function withFaces(
  work: (place: { folder: string; faces: string; cache: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const faces = join(folder, "UTKFace");
  await Deno.mkdir(faces);
  try {
    await work({ folder, faces, cache: join(folder, "prepared") });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A name in the official form; `serial` tells files apart. */
export function faceName(age: number, serial: number): string {
  return `${age}_${serial % 2}_${serial % 5}_201701${
    String(serial).padStart(11, "0")
  }.jpg.chip.jpg`;
}
