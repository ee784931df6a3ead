/**
 * Pictures of a mesh that is turned about its upright axis: perspective camera a little above, one lamp that
 * stays where it is, a soft shadow on a white floor. Plain arithmetic in fixed order, so every machine makes
 * the same bytes.
 */
import { type Mesh, snap } from "./mesh.ts";

/** Height and width of a picture. */
export const PICTURE_SIZE = 64;
/** Bytes of a picture, [64, 64, 3]. */
export const PICTURE_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3;

/** Samples a pixel along each side. */
const FINE = 4;
const GRID = PICTURE_SIZE * FINE;
/** The camera looks down by about 20 degrees, from far enough that lines converge a little only. */
const SINE = 0.342;
const COSINE = 0.9397;
const DISTANCE = 4;
const FOCAL = 3.6;
/** Share of the half picture that a mesh may fill. */
const FILL = 0.9;
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
 */
export function painterOf(mesh: Mesh): Painter {
  const { positions, corners, normals, materialOf, materials } = mesh;
  const vertices = positions.length / 3;
  const triangles = corners.length / 3;
  const scene = fit(positions);
  const screen = new Float64Array(vertices * 3);
  const shades = new Float64Array((triangles + 1) * 3);
  const owner = new Uint16Array(GRID * GRID);
  const nearness = new Float32Array(GRID * GRID);
  const floor = new Float64Array(PICTURE_SIZE * PICTURE_SIZE * 3);
  if (triangles >= 65535) throw new RangeError(`Cannot draw ${triangles} triangles: want < 65535`);

  return {
    draw(degrees, target, offset = 0) {
      const turn = degrees * Math.PI / 180;
      const [sine, cosine] = [snap(Math.sin(turn)), snap(Math.cos(turn))];
      owner.fill(0);
      nearness.fill(0);
      project(sine, cosine);
      shade(sine, cosine);
      for (let t = 0; t < triangles; t++) fillTriangle(t);
      paintFloor(sine, cosine);
      average(target, offset);
    },
  };

  /** Places of all vertices on the sample grid, and 1 / depth, which is linear there. */
  function project(sine: number, cosine: number): void {
    const { scale, middle } = scene;
    for (let i = 0; i < vertices * 3; i += 3) {
      const [x0, z0] = [positions[i]!, positions[i + 2]!];
      const x = scale * (cosine * x0 + sine * z0);
      const y = scale * (positions[i + 1]! - middle);
      const z = scale * (cosine * z0 - sine * x0);
      const inverse = 1 / (DISTANCE - (COSINE * z + SINE * y));
      screen[i] = GRID / 2 * (1 + FOCAL * x * inverse);
      screen[i + 1] = GRID / 2 * (1 - FOCAL * (COSINE * y - SINE * z) * inverse);
      screen[i + 2] = inverse;
    }
  }

  /** One colour a triangle: ambient light from above, the lamp (Lambert), a highlight. */
  function shade(sine: number, cosine: number): void {
    for (let t = 0; t < triangles; t++) {
      const [x0, y, z0] = [normals[3 * t]!, normals[3 * t + 1]!, normals[3 * t + 2]!];
      const x = cosine * x0 + sine * z0;
      const z = cosine * z0 - sine * x0;
      const { colour, gloss } = materials[materialOf[t]!]!;
      const lamp = Math.max(0, LAMP[0] * x + LAMP[1] * y + LAMP[2] * z);
      let shine = Math.max(0, HALFWAY[0] * x + HALFWAY[1] * y + HALFWAY[2] * z);
      for (let k = 0; k < 4; k++) shine *= shine;
      const light = AMBIENT * (0.8 + 0.2 * y) + DIFFUSE * lamp;
      for (let c = 0; c < 3; c++) {
        shades[3 * (t + 1) + c] = Math.min(255, colour[c]! * light + 255 * gloss * shine);
      }
    }
  }

  /** Marks the samples whose centre a triangle covers and that nothing nearer has. */
  function fillTriangle(t: number): void {
    let a = 3 * corners[3 * t]!;
    let b = 3 * corners[3 * t + 1]!;
    let c = 3 * corners[3 * t + 2]!;
    const [ax, ay] = [screen[a]!, screen[a + 1]!];
    const abx = screen[b]! - ax, aby = screen[b + 1]! - ay;
    const acx = screen[c]! - ax, acy = screen[c + 1]! - ay;
    const area = abx * acy - aby * acx;
    // The grid's y runs down: outward faces that look at the camera have a negative area.
    if (area >= 0) return;
    const abw = screen[b + 2]! - screen[a + 2]!, acw = screen[c + 2]! - screen[a + 2]!;
    const slopeX = (abw * acy - acw * aby) / area;
    const slopeY = (acw * abx - abw * acx) / area;
    const base = screen[a + 2]! - slopeX * ax - slopeY * ay;

    if (screen[a + 1]! > screen[b + 1]!) [a, b] = [b, a];
    if (screen[b + 1]! > screen[c + 1]!) [b, c] = [c, b];
    if (screen[a + 1]! > screen[b + 1]!) [a, b] = [b, a];
    const [topX, topY] = [screen[a]!, screen[a + 1]!];
    const [midX, midY] = [screen[b]!, screen[b + 1]!];
    const [lowX, lowY] = [screen[c]!, screen[c + 1]!];
    const end = Math.min(GRID, Math.ceil(lowY - 0.5));
    for (let row = Math.max(0, Math.ceil(topY - 0.5)); row < end; row++) {
      const y = row + 0.5;
      const far = topX + (lowX - topX) * (y - topY) / (lowY - topY);
      const near = y < midY
        ? topX + (midX - topX) * (y - topY) / (midY - topY)
        : midX + (lowX - midX) * (y - midY) / (lowY - midY);
      const first = Math.max(0, Math.ceil(Math.min(far, near) - 0.5));
      const last = Math.min(GRID, Math.ceil(Math.max(far, near) - 0.5));
      const start = base + slopeY * y + slopeX * 0.5;
      for (let x = first, at = row * GRID + first; x < last; x++, at++) {
        const value = start + slopeX * x;
        if (value > nearness[at]!) {
          nearness[at] = value;
          owner[at] = t + 1;
        }
      }
    }
  }

  /** White floor with a soft blob below the mesh, which turns with it. */
  function paintFloor(sine: number, cosine: number): void {
    const { places, halfWidth, halfDepth } = scene;
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

  /** Each pixel is the mean of its samples. */
  function average(target: Uint8Array, offset: number): void {
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
}

interface Scene {
  /** Mesh units to camera units. */
  readonly scale: number;
  /** Height of the mesh's middle, which the camera looks at. */
  readonly middle: number;
  /** Half sides of the mesh seen from above. */
  readonly halfWidth: number;
  readonly halfDepth: number;
  /** [pixels, 2]: x and z of the floor behind each pixel, in mesh units; far away above the horizon. */
  readonly places: Float64Array;
}

function fit(positions: Float64Array): Scene {
  let top = 0, halfWidth = 0, halfDepth = 0;
  for (let i = 0; i < positions.length; i += 3) {
    halfWidth = Math.max(halfWidth, Math.abs(positions[i]!));
    top = Math.max(top, positions[i + 1]!);
    halfDepth = Math.max(halfDepth, Math.abs(positions[i + 2]!));
  }
  const middle = top / 2;
  let scale = Infinity;
  for (let degrees = 0; degrees <= 90; degrees += 1.5) {
    const turn = degrees * Math.PI / 180;
    const [sine, cosine] = [snap(Math.sin(turn)), snap(Math.cos(turn))];
    for (let i = 0; i < positions.length; i += 3) {
      const x = cosine * positions[i]! + sine * positions[i + 2]!;
      const y = positions[i + 1]! - middle;
      const z = cosine * positions[i + 2]! - sine * positions[i]!;
      const side = Math.max(Math.abs(x), Math.abs(COSINE * y - SINE * z));
      // FOCAL scale side <= FILL (DISTANCE − scale depth), solved for the scale; no bound where it always holds.
      const bound = FOCAL * side + FILL * (COSINE * z + SINE * y);
      if (bound > 0) scale = Math.min(scale, FILL * DISTANCE / bound);
    }
  }
  const places = new Float64Array(PICTURE_SIZE * PICTURE_SIZE * 2).fill(1e6);
  for (let row = 0, p = 0; row < PICTURE_SIZE; row++) {
    for (let column = 0; column < PICTURE_SIZE; column++, p++) {
      const x = (2 * (column + 0.5) / PICTURE_SIZE - 1) / FOCAL;
      const y = (1 - 2 * (row + 0.5) / PICTURE_SIZE) / FOCAL;
      // The ray DISTANCE (0, SINE, COSINE) + t (x, COSINE y − SINE, −SINE y − COSINE) meets the floor.
      const fall = COSINE * y - SINE;
      const t = (-scale * middle - DISTANCE * SINE) / fall;
      if (fall >= 0) continue;
      places[2 * p] = t * x / scale;
      places[2 * p + 1] = (DISTANCE * COSINE - t * (SINE * y + COSINE)) / scale;
    }
  }
  return { scale, middle, halfWidth, halfDepth, places };
}
