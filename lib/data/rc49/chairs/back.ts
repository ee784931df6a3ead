/** What one leans on. */
import { type MeshBuilder, type Point, snap } from "./mesh.ts";
import type { ChairPlan } from "./plan.ts";

/** Adds the back of the plan's style behind the seat, leaning backwards. */
export function addBack(builder: MeshBuilder, plan: ChairPlan): void {
  const hinge = -plan.depth / 2 + plan.thickness;
  const place = ([x, y, z]: Point): Point => {
    return [x, plan.seatHeight + y, hinge + z - plan.recline * Math.max(0, y)];
  };
  builder.within(place, () => {
    switch (plan.back) {
      case "slats":
        return addSlats(builder, plan);
      case "solid":
        return addSolid(builder, plan);
      case "rounded":
        return addRounded(builder, plan);
      case "ladder":
        return addLadder(builder, plan);
      case "spindle":
        return addSpindles(builder, plan);
    }
  });
}

/** Inside `addBack`: x across, y up from the seat, z = 0 in the back's plane. */
function addPosts(builder: MeshBuilder, plan: ChairPlan, height: number): number {
  const r = plan.thickness;
  const x = plan.width / 2 - r;
  for (const side of [-1, 1]) {
    addUpright(builder, plan, { x: side * x, low: -0.02, high: height, radius: r });
  }
  return x;
}

function addUpright(
  builder: MeshBuilder,
  plan: ChairPlan,
  { x, low, high, radius }: { x: number; low: number; high: number; radius: number },
): void {
  const ends = [[x, low, 0], [x, high, 0]] as const;
  if (plan.isRound) builder.rod(ends, [radius, 0.85 * radius], plan.frame, 8);
  else builder.beam(ends, [[radius, radius], [radius, 0.8 * radius]], plan.frame);
}

/** Flat boards upright between a lower and an upper rail. */
function addSlats(builder: MeshBuilder, plan: ChairPlan): void {
  const { backHeight } = plan;
  const x = addPosts(builder, plan, backHeight);
  builder.box([0, backHeight - 0.04, 0], [x, 0.04, 0.013], plan.frame);
  builder.box([0, 0.1, 0], [x, 0.02, 0.012], plan.frame);
  const count = plan.width > 0.46 ? 5 : 4;
  const half = 0.28 * 2 * x / count;
  for (let i = 0; i < count; i++) {
    const middle = x * ((2 * i + 1) / count - 1);
    builder.box([middle, backHeight / 2 + 0.02, 0], [half, backHeight / 2 - 0.1, 0.008], plan.body);
  }
}

/** One upholstered panel over the whole width. */
function addSolid(builder: MeshBuilder, plan: ChairPlan): void {
  const { backHeight, width } = plan;
  const half = 0.025 + 0.4 * plan.seatThickness;
  const low = 0.04;
  builder.box([0, (low + backHeight) / 2, half - 0.02], [
    width / 2,
    (backHeight - low) / 2,
    half,
  ], plan.body);
  for (const side of [-1, 1]) {
    const x = side * 0.3 * width;
    addUpright(builder, plan, { x, low: -0.02, high: 0.1, radius: 0.7 * plan.thickness });
  }
}

/** A shell with a round top, between short posts. */
function addRounded(builder: MeshBuilder, plan: ChairPlan): void {
  const { backHeight, width } = plan;
  const low = 0.07;
  const reach = width / 2;
  const shoulder = Math.max(low + 0.08, backHeight - reach);
  const outline: [number, number][] = [[-0.8 * reach, low], [0.8 * reach, low]];
  for (let i = 0; i <= 12; i++) {
    const turn = Math.PI * i / 12;
    outline.push([
      reach * snap(Math.cos(turn)),
      shoulder + (backHeight - shoulder) * snap(Math.sin(turn)),
    ]);
  }
  builder.slab(outline, (x, y, isFar) => [x, y, isFar ? -0.03 : 0.02], plan.body);
  for (const side of [-1, 1]) {
    const x = side * 0.5 * reach;
    addUpright(builder, plan, { x, low: -0.02, high: low + 0.1, radius: 0.8 * plan.thickness });
  }
}

/** Broad boards across, one above the other. */
function addLadder(builder: MeshBuilder, plan: ChairPlan): void {
  const { backHeight } = plan;
  const x = addPosts(builder, plan, backHeight);
  const count = backHeight > 0.48 ? 4 : 3;
  const step = (backHeight - 0.12) / count;
  for (let i = 0; i < count; i++) {
    const y = 0.12 + step * (i + 0.5);
    builder.box([0, y, 0], [x, 0.3 * step, 0.011], plan.body);
  }
}

/** Thin round rods below a broad bow. */
function addSpindles(builder: MeshBuilder, plan: ChairPlan): void {
  const { backHeight, width } = plan;
  const rail = 0.035;
  const count = 7;
  const reach = width / 2 - plan.thickness;
  for (let i = 0; i < count; i++) {
    const x = reach * (2 * i / (count - 1) - 1);
    const radius = i === 0 || i === count - 1 ? plan.thickness : 0.0095;
    // The outer two lean outwards, as in a Windsor chair.
    const ends = [[0.88 * x, -0.01, 0], [x, backHeight - rail, 0]] as const;
    builder.rod(ends, [radius, 0.8 * radius], plan.frame, 6);
  }
  builder.box([0, backHeight - rail, 0], [reach + 0.03, rail, 0.016], plan.body);
}
