/** Where a mesh stands before the camera: its scale, and the floor that is seen around it. */
import { snap } from "./mesh.ts";

/** Height and width of a picture. */
export const PICTURE_SIZE = 64;

/** The camera looks down by about 20 degrees, from far enough that lines converge a little only. */
export const CAMERA = { sine: 0.342, cosine: 0.9397, distance: 4, focal: 3.6 } as const;
/** Share of the half picture that a mesh may fill. */
const FILL = 0.9;

/** A turn about the upright axis. */
export interface Turn {
  readonly sine: number;
  readonly cosine: number;
}

/** @param degrees To the right as seen from the camera. */
export function turnOf(degrees: number): Turn {
  const turn = degrees * Math.PI / 180;
  return { sine: snap(Math.sin(turn)), cosine: snap(Math.cos(turn)) };
}

/** What a mesh fills, in its own units; it stands on y = 0. */
interface Extent {
  /** Height of its middle. */
  readonly middle: number;
  /** Half sides as seen from above. */
  readonly halfWidth: number;
  readonly halfDepth: number;
}

/** A mesh in front of the camera, which looks at its middle. */
export interface Scene extends Extent {
  /** Mesh units to camera units. */
  readonly scale: number;
  /** [pixels, 2]: x and z of the floor behind each pixel, in mesh units; far away above the horizon. */
  readonly places: Float64Array;
}

/** Scales a mesh to fill the picture without leaving it at any turn from 0 to 90 degrees. */
export function fitScene(positions: ArrayLike<number>): Scene {
  const extent = extentOf(positions);
  const { middle } = extent;
  const scale = scaleOf(positions, middle);
  return { ...extent, scale, places: floorPlaces(scale, middle) };
}

function extentOf(positions: ArrayLike<number>): Extent {
  let top = 0, halfWidth = 0, halfDepth = 0;
  for (let i = 0; i < positions.length; i += 3) {
    halfWidth = Math.max(halfWidth, Math.abs(positions[i]!));
    top = Math.max(top, positions[i + 1]!);
    halfDepth = Math.max(halfDepth, Math.abs(positions[i + 2]!));
  }
  return { middle: top / 2, halfWidth, halfDepth };
}

/** The largest scale at which every vertex stays inside. */
function scaleOf(positions: ArrayLike<number>, middle: number): number {
  let scale = Infinity;
  for (let degrees = 0; degrees <= 90; degrees += 1.5) {
    const { sine, cosine } = turnOf(degrees);
    for (let i = 0; i < positions.length; i += 3) {
      const x = cosine * positions[i]! + sine * positions[i + 2]!;
      const y = positions[i + 1]! - middle;
      const z = cosine * positions[i + 2]! - sine * positions[i]!;
      const side = Math.max(Math.abs(x), Math.abs(CAMERA.cosine * y - CAMERA.sine * z));
      // focal scale side <= FILL (distance − scale depth), solved for the scale; no bound where it always holds.
      const bound = CAMERA.focal * side + FILL * (CAMERA.cosine * z + CAMERA.sine * y);
      if (bound > 0) scale = Math.min(scale, FILL * CAMERA.distance / bound);
    }
  }
  return scale;
}

/** Where the ray through the middle of each pixel meets the floor. */
function floorPlaces(scale: number, middle: number): Float64Array {
  const { sine, cosine, distance, focal } = CAMERA;
  const places = new Float64Array(PICTURE_SIZE * PICTURE_SIZE * 2).fill(1e6);
  for (let row = 0, p = 0; row < PICTURE_SIZE; row++) {
    for (let column = 0; column < PICTURE_SIZE; column++, p++) {
      const x = (2 * (column + 0.5) / PICTURE_SIZE - 1) / focal;
      const y = (1 - 2 * (row + 0.5) / PICTURE_SIZE) / focal;
      // The ray distance (0, sine, cosine) + t (x, cosine y − sine, −sine y − cosine) meets the floor.
      const fall = cosine * y - sine;
      const t = (-scale * middle - distance * sine) / fall;
      if (fall >= 0) continue;
      places[2 * p] = t * x / scale;
      places[2 * p + 1] = (distance * cosine - t * (sine * y + cosine)) / scale;
    }
  }
  return places;
}
