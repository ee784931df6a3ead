/** Shapes of the toy set as signed distances: negative inside, in units of the shape's radius. */

/** Signed distance of a point (x to the right, y down) to the edge of a shape of radius about 1. */
export type Shape = (x: number, y: number) => number;

/** Shapes by name; a toy set of n classes takes the first n. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  disc: (x, y) => length(x, y) - 0.86,
  star: polygon(star(5, 0.44)),
  ring: (x, y) => Math.abs(length(x, y) - 0.72) - 0.2,
  heart: polygon(heart()),
  triangle: polygon([[0, -0.95], [0.95, 0.7], [-0.95, 0.7]]),
  cross: polygon(cross(0.32, 0.92)),
  crescent: (x, y) => Math.max(length(x, y) - 0.92, 0.74 - length(x - 0.42, y + 0.2)),
  square: polygon([[-0.76, -0.76], [0.76, -0.76], [0.76, 0.76], [-0.76, 0.76]]),
  arrow: polygon([
    [0, -0.98],
    [0.85, -0.08],
    [0.32, -0.08],
    [0.32, 0.92],
    [-0.32, 0.92],
    [-0.32, -0.08],
    [-0.85, -0.08],
  ]),
  hourglass: polygon([[-0.78, -0.9], [0.78, -0.9], [0.16, 0], [0.78, 0.9], [-0.78, 0.9], [
    -0.16,
    0,
  ]]),
};

type Point = readonly [x: number, y: number];

/** Many times faster than `Math.hypot`, which guards against overflow. */
function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** Distance to the nearest edge, negative where a ray crosses the outline an odd number of times. */
function polygon(corners: readonly Point[]): Shape {
  // Flat coordinates: this runs a thousand times per image.
  const xs = Float64Array.from(corners, ([x]) => x);
  const ys = Float64Array.from(corners, ([, y]) => y);
  return (x, y) => {
    let nearestSquared = Infinity;
    let isInside = false;
    let ax = xs.at(-1)!;
    let ay = ys.at(-1)!;
    for (let i = 0; i < xs.length; i++) {
      const bx = xs[i]!;
      const by = ys[i]!;
      const ex = bx - ax;
      const ey = by - ay;
      const along = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey);
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      const dx = x - ax - t * ex;
      const dy = y - ay - t * ey;
      const squared = dx * dx + dy * dy;
      if (squared < nearestSquared) nearestSquared = squared;
      if ((ay > y) !== (by > y) && x < ax + (y - ay) * ex / ey) isInside = !isInside;
      ax = bx;
      ay = by;
    }
    const nearest = Math.sqrt(nearestSquared);
    return isInside ? -nearest : nearest;
  };
}

function star(points: number, inner: number): Point[] {
  return Array.from({ length: 2 * points }, (_, i) => {
    const angle = Math.PI * i / points;
    const radius = i % 2 === 0 ? 1 : inner;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
}

function cross(half: number, reach: number): Point[] {
  const corners: Point[] = [[half, -reach], [half, -half], [reach, -half]];
  const quarter = (turns: number) =>
    corners.map(([x, y]): Point => {
      for (let i = 0; i < turns; i++) [x, y] = [-y, x];
      return [x, y];
    });
  return [0, 1, 2, 3].flatMap(quarter);
}

function heart(): Point[] {
  return Array.from({ length: 24 }, (_, i) => {
    const t = 2 * Math.PI * i / 24;
    const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
    return [Math.sin(t) ** 3, -(y + 2.5) / 15];
  });
}
