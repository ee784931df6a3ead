/** Solids as triangles: boxes, beams, rods and prisms, all convex, so each finds its own outside. */

/** A point or direction: x to the right, y up, z towards the viewer of a chair that is not turned. */
export type Point = readonly [x: number, y: number, z: number];

/** What a solid looks like. */
export interface Material {
  /** Red, green and blue in full light, 0 … 255. */
  readonly colour: Point;
  /** Strength of the highlight: 0 for cloth, about 0.6 for chrome. */
  readonly gloss: number;
}

/** Triangles whose corners run anti-clockwise when seen from outside. */
export interface Mesh {
  /** [vertices, 3]. */
  readonly positions: Float64Array;
  /** [triangles, 3] vertex numbers. */
  readonly corners: Uint32Array;
  /** [triangles, 3] unit vectors that point outwards. */
  readonly normals: Float64Array;
  /** [triangles] places in `materials`. */
  readonly materialOf: Uint16Array;
  readonly materials: readonly Material[];
}

/** Moves a point; used to tilt a back and everything on it. */
export type Placement = (point: Point) => Point;

/** Gathers convex solids into one mesh. */
export class MeshBuilder {
  #positions: number[] = [];
  #corners: number[] = [];
  #normals: number[] = [];
  #materialOf: number[] = [];
  #materials: Material[] = [];
  #place: Placement = (point) => point;

  /** Solids that `work` adds are moved by `placement`, which must keep them convex. */
  within(placement: Placement, work: () => void): void {
    const outer = this.#place;
    this.#place = (point) => outer(placement(point));
    work();
    this.#place = outer;
  }

  /**
   * A block between a lower and an upper rectangle that lie level.
   *
   * @param from Centre of the lower rectangle.
   * @param to Centre of the upper one.
   * @param lower Half width (x) and half depth (z) of the lower rectangle.
   * @param upper The same of the upper one.
   */
  beam(
    [from, to]: readonly [Point, Point],
    [lower, upper]: readonly [readonly [number, number], readonly [number, number]],
    material: Material,
  ): void {
    const points: Point[] = [];
    for (const [[x, y, z], [w, d]] of [[from, lower], [to, upper]] as const) {
      points.push([x - w, y, z - d], [x + w, y, z - d], [x + w, y, z + d], [x - w, y, z + d]);
    }
    this.#convex(points, prismFaces(4), material);
  }

  /** A block around `centre` that reaches `half` to each side. */
  box([x, y, z]: Point, [w, h, d]: Point, material: Material): void {
    this.beam([[x, y - h, z], [x, y + h, z]], [[w, d], [w, d]], material);
  }

  /** A round rod, which narrows where the radii differ. */
  rod(
    [from, to]: readonly [Point, Point],
    [radius, endRadius]: readonly [number, number],
    material: Material,
    sides = 10,
  ): void {
    const axis = unit([to[0] - from[0], to[1] - from[1], to[2] - from[2]]);
    const helper: Point = Math.abs(axis[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0];
    const u = unit(cross(axis, helper));
    const v = cross(axis, u);
    const points: Point[] = [];
    for (const [centre, r] of [[from, radius], [to, endRadius]] as const) {
      for (let i = 0; i < sides; i++) {
        const turn = 2 * Math.PI * i / sides;
        const [a, b] = [r * snap(Math.cos(turn)), r * snap(Math.sin(turn))];
        points.push([
          centre[0] + a * u[0] + b * v[0],
          centre[1] + a * u[1] + b * v[1],
          centre[2] + a * u[2] + b * v[2],
        ]);
      }
    }
    this.#convex(points, prismFaces(sides), material);
  }

  /** A slab whose two faces are the same convex outline; `lift` puts an outline's point into space. */
  slab(
    outline: readonly (readonly [number, number])[],
    lift: (a: number, b: number, isFar: boolean) => Point,
    material: Material,
  ): void {
    const points = [false, true].flatMap((isFar) => outline.map(([a, b]) => lift(a, b, isFar)));
    this.#convex(points, prismFaces(outline.length), material);
  }

  /** The mesh of all solids added so far. */
  build(): Mesh {
    return {
      positions: Float64Array.from(this.#positions),
      corners: Uint32Array.from(this.#corners),
      normals: Float64Array.from(this.#normals),
      materialOf: Uint16Array.from(this.#materialOf),
      materials: [...this.#materials],
    };
  }

  #convex(points: readonly Point[], faces: readonly (readonly number[])[], material: Material) {
    const placed = points.map((point) => this.#place(point));
    const first = this.#positions.length / 3;
    for (const point of placed) this.#positions.push(...point);
    let kind = this.#materials.indexOf(material);
    if (kind < 0) kind = this.#materials.push(material) - 1;
    const middle = placed.reduce<Point>(
      ([x, y, z], p) => [
        x + p[0] / placed.length,
        y + p[1] / placed.length,
        z + p[2] / placed.length,
      ],
      [0, 0, 0],
    );
    for (const face of faces) {
      for (let i = 2; i < face.length; i++) {
        const [a, b, c] = [face[0]!, face[i - 1]!, face[i]!];
        const [pa, pb, pc] = [placed[a]!, placed[b]!, placed[c]!];
        const normal = cross(minus(pb, pa), minus(pc, pa));
        if (dot(normal, normal) < 1e-18) continue;
        const isOutward = dot(normal, minus(pa, middle)) > 0;
        this.#corners.push(first + a, first + (isOutward ? b : c), first + (isOutward ? c : b));
        const [x, y, z] = unit(normal);
        this.#normals.push(...(isOutward ? [x, y, z] : [-x, -y, -z]));
        this.#materialOf.push(kind);
      }
    }
  }
}

/** Sines and cosines to 40 bits, so that a library's last digit cannot change a picture. */
export function snap(value: number): number {
  return Math.round(value * 2 ** 40) / 2 ** 40;
}

/** Faces of a solid between two outlines of `sides` points each. */
function prismFaces(sides: number): number[][] {
  const ring = Array.from({ length: sides }, (_, i) => i);
  const walls = ring.map((i) => [i, (i + 1) % sides, sides + (i + 1) % sides, sides + i]);
  return [ring, ring.map((i) => sides + i), ...walls];
}

function minus(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Point, b: Point): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(a: Point): Point {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
}
