/** Which triangle is seen at each sample of a picture: the nearest one that covers the sample's middle. */
import { PICTURE_SIZE } from "./scene.ts";

/** Samples a pixel along each side. */
export const FINE = 4;
/** Samples along each side of a picture. */
export const GRID = PICTURE_SIZE * FINE;

/** What is seen at each sample, [GRID, GRID]. */
export interface Samples {
  /** One more than the triangle; 0 where there is none. */
  readonly owner: Uint16Array;
  /** 1 / depth; 0 where there is nothing. */
  readonly nearness: Float32Array;
}

/** Samples without a triangle. */
export function emptySamples(): Samples {
  return { owner: new Uint16Array(GRID * GRID), nearness: new Float32Array(GRID * GRID) };
}

/** Takes all triangles away. */
export function clearSamples({ owner, nearness }: Samples): void {
  owner.fill(0);
  nearness.fill(0);
}

/** Vertices on the grid of samples. */
export interface Screen {
  /** [vertices, 3]: x, y that runs down, and 1 / depth, which is linear over a triangle. */
  readonly places: Float64Array;
  /** [triangles, 3]: vertices of each triangle. */
  readonly corners: ArrayLike<number>;
}

/** Marks the samples whose middle a triangle covers and that nothing nearer has. */
export function fillTriangle(screen: Screen, triangle: number, samples: Samples): void {
  const { places, corners } = screen;
  const a = 3 * corners[3 * triangle]!;
  const b = 3 * corners[3 * triangle + 1]!;
  const c = 3 * corners[3 * triangle + 2]!;
  const plane = planeOf(places, a, b, c);
  if (plane !== undefined) {
    fillRows(places, { plane, triangle, ...byHeight(places, a, b, c) }, samples);
  }
}

/** 1 / depth = base + slopeX x + slopeY y. */
interface Plane {
  readonly base: number;
  readonly slopeX: number;
  readonly slopeY: number;
}

/** The plane of a triangle; none where it looks away from the camera. Corners are places of their x. */
function planeOf(places: Float64Array, a: number, b: number, c: number): Plane | undefined {
  const [ax, ay] = [places[a]!, places[a + 1]!];
  const abx = places[b]! - ax, aby = places[b + 1]! - ay;
  const acx = places[c]! - ax, acy = places[c + 1]! - ay;
  const area = abx * acy - aby * acx;
  // The grid's y runs down: outward faces that look at the camera have a negative area.
  if (area >= 0) return undefined;
  const abw = places[b + 2]! - places[a + 2]!, acw = places[c + 2]! - places[a + 2]!;
  const slopeX = (abw * acy - acw * aby) / area;
  const slopeY = (acw * abx - abw * acx) / area;
  return { slopeX, slopeY, base: places[a + 2]! - slopeX * ax - slopeY * ay };
}

/** Corners from the top of the picture down. */
interface Corners {
  readonly top: number;
  readonly mid: number;
  readonly low: number;
}

function byHeight(places: Float64Array, a: number, b: number, c: number): Corners {
  let [top, mid, low] = [a, b, c];
  if (places[top + 1]! > places[mid + 1]!) [top, mid] = [mid, top];
  if (places[mid + 1]! > places[low + 1]!) [mid, low] = [low, mid];
  if (places[top + 1]! > places[mid + 1]!) [top, mid] = [mid, top];
  return { top, mid, low };
}

/** Goes down the rows of a triangle, between its long edge and the two short ones. */
function fillRows(
  places: Float64Array,
  { plane: { base, slopeX, slopeY }, triangle, top, mid, low }: Corners & {
    readonly plane: Plane;
    readonly triangle: number;
  },
  { owner, nearness }: Samples,
): void {
  const [topY, midY, lowY] = [places[top + 1]!, places[mid + 1]!, places[low + 1]!];
  const end = Math.min(GRID, Math.ceil(lowY - 0.5));
  for (let row = Math.max(0, Math.ceil(topY - 0.5)); row < end; row++) {
    const y = row + 0.5;
    const far = edgeAt(places, top, low, y);
    const near = y < midY ? edgeAt(places, top, mid, y) : edgeAt(places, mid, low, y);
    const first = Math.max(0, Math.ceil(Math.min(far, near) - 0.5));
    const last = Math.min(GRID, Math.ceil(Math.max(far, near) - 0.5));
    const start = base + slopeY * y + slopeX * 0.5;
    for (let x = first, at = row * GRID + first; x < last; x++, at++) {
      const value = start + slopeX * x;
      if (value > nearness[at]!) {
        nearness[at] = value;
        owner[at] = triangle + 1;
      }
    }
  }
}

/** x of an edge at a height. */
function edgeAt(places: Float64Array, from: number, to: number, y: number): number {
  const [fromX, fromY] = [places[from]!, places[from + 1]!];
  return fromX + (places[to]! - fromX) * (y - fromY) / (places[to + 1]! - fromY);
}
