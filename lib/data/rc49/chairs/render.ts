/**
 * Pictures of a mesh that is turned about its upright axis: perspective camera a little above, one lamp that
 * stays where it is, a soft shadow on a white floor. Plain arithmetic in fixed order, so every machine makes
 * the same bytes.
 */
import type { Mesh } from "./mesh.ts";
import {
  clearSamples,
  emptySamples,
  fillTriangle,
  FINE,
  GRID,
  type Samples,
  type Screen,
} from "./raster.ts";
import { CAMERA, fitScene, PICTURE_SIZE, type Scene, type Turn, turnOf } from "./scene.ts";

export { PICTURE_SIZE } from "./scene.ts";

/** Bytes of a picture, [64, 64, 3]. */
export const PICTURE_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3;

/** Towards the lamp, and half way between lamp and camera; unit vectors. */
const LAMP = [-0.4685, 0.7682, 0.4365] as const;
const HALFWAY = [-0.2669, 0.6324, 0.7271] as const;
const AMBIENT = 0.5;
const DIFFUSE = 0.6;
const SHADOW = 0.42;

/** Draws one mesh at any turn. */
export interface Painter {
  /**
   * Writes [64, 64, 3] bytes to `target` from `offset` on.
   *
   * @param degrees Turn to the right as seen from the camera; 0 shows the front.
   */
  draw(degrees: number, target: Uint8Array, offset?: number): void;
}

/**
 * Prepares a mesh that stands on y = 0 around the upright axis: scales it to fill the picture without leaving it
 * at any turn from 0 to 90 degrees.
 *
 * @throws {RangeError} The mesh has more triangles than 16 bits can number.
 */
export function painterOf(mesh: Mesh): Painter {
  const { positions, corners } = mesh;
  const triangles = corners.length / 3;
  if (triangles >= 65535) throw new RangeError(`Cannot draw ${triangles} triangles: want < 65535`);
  const scene = fitScene(positions);
  const screen: Screen = { places: new Float64Array(positions.length), corners };
  const samples = emptySamples();
  const shades = new Float64Array((triangles + 1) * 3);
  const floor = new Float64Array(PICTURE_SIZE * PICTURE_SIZE * 3);
  return {
    draw(degrees, target, offset = 0) {
      const turn = turnOf(degrees);
      clearSamples(samples);
      project(mesh, { scene, turn }, screen);
      shade(mesh, turn, shades);
      for (let t = 0; t < triangles; t++) fillTriangle(screen, t, samples);
      paintFloor(scene, turn, floor);
      average({ samples, shades, floor }, target, offset);
    },
  };
}

/** Places of all vertices on the sample grid, and 1 / depth, which is linear there. */
function project(
  { positions }: Mesh,
  { scene: { scale, middle }, turn: { sine, cosine } }: { scene: Scene; turn: Turn },
  { places }: Screen,
): void {
  for (let i = 0; i < places.length; i += 3) {
    const [x0, z0] = [positions[i]!, positions[i + 2]!];
    const x = scale * (cosine * x0 + sine * z0);
    const y = scale * (positions[i + 1]! - middle);
    const z = scale * (cosine * z0 - sine * x0);
    const inverse = 1 / (CAMERA.distance - (CAMERA.cosine * z + CAMERA.sine * y));
    places[i] = GRID / 2 * (1 + CAMERA.focal * x * inverse);
    places[i + 1] = GRID / 2 * (1 - CAMERA.focal * (CAMERA.cosine * y - CAMERA.sine * z) * inverse);
    places[i + 2] = inverse;
  }
}

/**
 * One colour a triangle: ambient light from above, the lamp (Lambert), a highlight.
 *
 * @param shades [triangles + 1, 3]; written from the second row on, since sample 0 has no triangle.
 */
function shade(
  { normals, materialOf, materials }: Mesh,
  { sine, cosine }: Turn,
  shades: Float64Array,
): void {
  for (let from = 3; from < shades.length; from += 3) {
    const t = from / 3 - 1;
    const [x0, y, z0] = [normals[3 * t]!, normals[3 * t + 1]!, normals[3 * t + 2]!];
    const x = cosine * x0 + sine * z0;
    const z = cosine * z0 - sine * x0;
    const { colour, gloss } = materials[materialOf[t]!]!;
    const lamp = Math.max(0, LAMP[0] * x + LAMP[1] * y + LAMP[2] * z);
    let shine = Math.max(0, HALFWAY[0] * x + HALFWAY[1] * y + HALFWAY[2] * z);
    for (let k = 0; k < 4; k++) shine *= shine;
    const light = AMBIENT * (0.8 + 0.2 * y) + DIFFUSE * lamp;
    for (let c = 0; c < 3; c++) {
      shades[from + c] = Math.min(255, colour[c]! * light + 255 * gloss * shine);
    }
  }
}

/** White floor with a soft blob below the mesh, which turns with it. */
function paintFloor(
  { places, halfWidth, halfDepth }: Scene,
  { sine, cosine }: Turn,
  floor: Float64Array,
): void {
  for (let row = 0, p = 0; row < PICTURE_SIZE; row++) {
    const white = 252 - 8 * row / PICTURE_SIZE;
    for (let x = 0; x < PICTURE_SIZE; x++, p++) {
      const [fx, fz] = [places[2 * p]!, places[2 * p + 1]!];
      const u = (cosine * fx - sine * fz) / halfWidth;
      const v = (sine * fx + cosine * fz) / halfDepth;
      const soft = Math.max(0, 1 - (u * u + v * v) / 2.2);
      const light = white * (1 - SHADOW * soft * soft);
      floor[3 * p] = light;
      floor[3 * p + 1] = light;
      floor[3 * p + 2] = Math.min(255, light * 1.008);
    }
  }
}

/** What the pixels of a picture are made from. */
interface Layers {
  readonly samples: Samples;
  /** Colours of the triangles, by owner of a sample. */
  readonly shades: Float64Array;
  /** Colours where no triangle is, by pixel. */
  readonly floor: Float64Array;
}

/** Each pixel is the mean of its samples. */
function average(
  { samples: { owner }, shades, floor }: Layers,
  target: Uint8Array,
  offset: number,
): void {
  for (let row = 0, p = 0; row < PICTURE_SIZE; row++) {
    for (let column = 0; column < PICTURE_SIZE; column++, p++) {
      let red = 0, green = 0, blue = 0, empty = 0;
      for (let i = 0; i < FINE; i++) {
        let at = (row * FINE + i) * GRID + column * FINE;
        for (let j = 0; j < FINE; j++, at++) {
          const from = 3 * owner[at]!;
          if (from === 0) empty++;
          else {
            red += shades[from]!;
            green += shades[from + 1]!;
            blue += shades[from + 2]!;
          }
        }
      }
      const out = offset + 3 * p;
      const share = 1 / (FINE * FINE);
      target[out] = Math.round((red + empty * floor[3 * p]!) * share);
      target[out + 1] = Math.round((green + empty * floor[3 * p + 1]!) * share);
      target[out + 2] = Math.round((blue + empty * floor[3 * p + 2]!) * share);
    }
  }
}
