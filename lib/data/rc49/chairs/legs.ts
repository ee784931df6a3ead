/** What carries a chair's seat. */
import { type MeshBuilder, type Point, snap } from "./mesh.ts";
import type { ChairPlan } from "./plan.ts";

/** Adds the legs of the plan's style, from the floor to the seat's lower side. */
export function addLegs(builder: MeshBuilder, plan: ChairPlan): void {
  switch (plan.legs) {
    case "four legs":
      return addFourLegs(builder, plan);
    case "pedestal":
      return addPedestal(builder, plan);
    case "sled":
      return addSled(builder, plan);
    case "cantilever":
      return addCantilever(builder, plan);
  }
}

/** A rod or a beam, as the plan has it. */
function addBar(builder: MeshBuilder, plan: ChairPlan, ends: readonly [Point, Point], end = 1) {
  const { thickness: r, frame } = plan;
  if (plan.isRound) builder.rod(ends, [r, end * r], frame);
  else builder.beam(ends, [[r, r], [end * r, end * r]], frame);
}

/** Legs that lean outwards and narrow downwards, and rails between them below square seats. */
function addFourLegs(builder: MeshBuilder, plan: ChairPlan): void {
  const top = plan.seatHeight - plan.seatThickness;
  const x = plan.width / 2 - 1.2 * plan.thickness;
  const z = plan.depth / 2 - 1.2 * plan.thickness;
  for (const [sx, sz] of [[-1, -1], [1, -1], [-1, 1], [1, 1]] as const) {
    const foot: Point = [sx * (x + plan.splay), 0, sz * (z + plan.splay)];
    const { thickness: r, frame } = plan;
    const ends = [foot, [sx * x, top, sz * z]] as const;
    if (plan.isRound) builder.rod(ends, [0.65 * r, r], frame);
    else builder.beam(ends, [[0.65 * r, 0.65 * r], [r, r]], frame);
  }
  if (plan.isRound) return;
  const half = 0.6 * plan.thickness;
  const y = top - 0.03;
  for (const side of [-1, 1]) {
    builder.box([side * x, y, 0], [half, 0.03, z], plan.frame);
    builder.box([0, y, side * z], [x, 0.03, half], plan.frame);
    builder.box([side * (x + 0.6 * plan.splay), 0.4 * top, 0], [half, half, z], plan.frame);
  }
}

/** A column on a round plate, or on a star of five where legs are round. */
function addPedestal(builder: MeshBuilder, plan: ChairPlan): void {
  const top = plan.seatHeight - plan.seatThickness;
  const r = 1.3 * plan.thickness;
  const reach = 0.5 * plan.width;
  builder.rod([[0, top - 0.03, 0], [0, top, 0]], [2 * r, 4 * r], plan.frame, 14);
  if (!plan.isRound) {
    builder.rod([[0, 0, 0], [0, 0.02, 0]], [reach, reach], plan.frame, 28);
    builder.rod([[0, 0.02, 0], [0, 0.05, 0]], [0.96 * reach, 1.6 * r], plan.frame, 28);
    builder.rod([[0, 0.05, 0], [0, top, 0]], [r, r], plan.frame, 14);
    return;
  }
  builder.rod([[0, 0.07, 0], [0, top, 0]], [1.3 * r, r], plan.frame, 14);
  for (let i = 0; i < 5; i++) {
    const turn = 2 * Math.PI * (i + 0.25) / 5;
    const [x, z] = [1.15 * reach * snap(Math.cos(turn)), 1.15 * reach * snap(Math.sin(turn))];
    builder.rod([[0, 0.1, 0], [x, 0.055, z]], [0.9 * r, 0.6 * r], plan.frame, 8);
    builder.rod([[x, 0, z], [x, 0.05, z]], [0.022, 0.022], plan.frame, 8);
  }
}

/** On each side one bent rod: down in front, along the floor, up behind. */
function addSled(builder: MeshBuilder, plan: ChairPlan): void {
  const top = plan.seatHeight - plan.seatThickness;
  const r = plan.thickness;
  const z = plan.depth / 2 - r;
  for (const side of [-1, 1]) {
    const x = side * (plan.width / 2 - r);
    addBar(builder, plan, [[x, r, z + plan.splay], [x, top, z]]);
    addBar(builder, plan, [[x, r, -z - plan.splay], [x, top, -z]]);
    addRunner(builder, plan, [x, r, 0], z + plan.splay + r);
    builder.box([x, top - r / 2, 0], [r, r / 2, z], plan.frame);
  }
  builder.box([0, top - r / 2, 0], [plan.width / 2 - r, r / 2, r], plan.frame);
}

/** On each side one rod: along the floor, up in front only, back along the seat; a bar joins them behind. */
function addCantilever(builder: MeshBuilder, plan: ChairPlan): void {
  const top = plan.seatHeight - plan.seatThickness;
  const r = plan.thickness;
  const z = plan.depth / 2 - r;
  for (const side of [-1, 1]) {
    const x = side * (plan.width / 2 - r);
    addBar(builder, plan, [[x, r, z + 0.3 * plan.splay], [x, top, z]]);
    addRunner(builder, plan, [x, r, 0], z + r);
    builder.box([x, top - r, 0], [r, r, z], plan.frame);
  }
  builder.box([0, r, -z], [plan.width / 2 - r, r, r], plan.frame);
}

function addRunner(builder: MeshBuilder, plan: ChairPlan, [x, y, z]: Point, half: number): void {
  const r = plan.thickness;
  if (plan.isRound) builder.rod([[x, y, z - half], [x, y, z + half]], [r, r], plan.frame);
  else builder.box([x, y, z], [r, r, half], plan.frame);
}
