/** A chair from its proportions and styles. The front looks towards +z; lengths in metres. */
import { addBack } from "./back.ts";
import { addLegs } from "./legs.ts";
import { type Mesh, MeshBuilder, type Point } from "./mesh.ts";
import type { ChairPlan } from "./plan.ts";

/**
 * Builds a chair, moved so that the middle of its outline seen from above is the axis that it turns about and its
 * lowest point is on the floor.
 */
export function buildChair(plan: ChairPlan): Mesh {
  const builder = new MeshBuilder();
  addSeat(builder, plan);
  addLegs(builder, plan);
  addBack(builder, plan);
  if (plan.hasArms) addArms(builder, plan);
  return centred(builder.build());
}

/** A flat board, or a cushion on a board where it is thick. */
function addSeat(builder: MeshBuilder, plan: ChairPlan): void {
  const { width, depth, seatHeight, seatThickness } = plan;
  const half: readonly [number, number] = [width / 2, depth / 2];
  if (seatThickness < 0.05) {
    const size = [half[0], seatThickness / 2, half[1]] as const;
    builder.box([0, seatHeight - seatThickness / 2, 0], size, plan.body);
    return;
  }
  const low = seatHeight - seatThickness;
  const edge = 0.35 * seatThickness;
  const inner: readonly [number, number] = [half[0] - edge, half[1] - edge];
  builder.beam([[0, low, 0], [0, low + edge, 0]], [inner, half], plan.body);
  builder.beam([[0, low + edge, 0], [0, seatHeight - edge, 0]], [half, half], plan.body);
  builder.beam([[0, seatHeight - edge, 0], [0, seatHeight, 0]], [half, inner], plan.body);
}

/** A rest on each side, on a post in front and held by the back behind. */
function addArms(builder: MeshBuilder, plan: ChairPlan): void {
  const { width, depth, seatHeight, thickness, isRound } = plan;
  const height = seatHeight + 0.21;
  const rest = 0.022;
  for (const side of [-1, 1]) {
    const x = side * (width / 2 + thickness);
    const front = 0.32 * depth;
    const back = -depth / 2 - plan.recline * 0.21;
    const foot: Point = [x, seatHeight - plan.seatThickness, front];
    const top: Point = [x, height, front];
    if (isRound) builder.rod([foot, top], [0.8 * thickness, 0.8 * thickness], plan.frame);
    else {
      const square = [0.8 * thickness, 0.8 * thickness] as const;
      builder.beam([foot, top], [square, square], plan.frame);
    }
    builder.box([x, height + rest, (front + 0.04 + back) / 2], [
      0.026,
      rest,
      (front + 0.04 - back) / 2,
    ], plan.back === "rounded" || plan.back === "solid" ? plan.body : plan.frame);
  }
}

function centred(mesh: Mesh): Mesh {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  mesh.positions.forEach((value, i) => {
    low[i % 3] = Math.min(low[i % 3]!, value);
    high[i % 3] = Math.max(high[i % 3]!, value);
  });
  const shift = [(low[0]! + high[0]!) / 2, low[1]!, (low[2]! + high[2]!) / 2];
  return { ...mesh, positions: mesh.positions.map((value, i) => value - shift[i % 3]!) };
}
