/** The grid of the rendered set, chair by chair and angle by angle, and how one chair's pictures are made. */
import { buildChair } from "./chair.ts";
import { chairPlan } from "./models.ts";
import { painterOf, PICTURE_BYTES } from "./render.ts";

/** Which pictures a set holds. */
export interface ChairGrid {
  /** The first of the 49 chairs; RC-49 has all. */
  readonly chairs: number;
  /** Turns in tenths of a degree, ascending; RC-49 has 1 … 899. */
  readonly tenths: readonly number[];
}

/** RC-49's grid: 49 chairs at 0.1, 0.2, … 89.9 degrees, 44,051 pictures. */
export const FULL_GRID: ChairGrid = {
  chairs: 49,
  tenths: Array.from({ length: 899 }, (_, i) => i + 1),
};

/**
 * All pictures of one chair in the order of the grid's angles.
 *
 * @returns [angles, 64, 64, 3] bytes.
 */
export function drawChair(chair: number, tenths: readonly number[]): Uint8Array<ArrayBuffer> {
  const painter = painterOf(buildChair(chairPlan(chair)));
  const bytes = new Uint8Array(tenths.length * PICTURE_BYTES);
  tenths.forEach((tenth, i) => painter.draw(tenth / 10, bytes, i * PICTURE_BYTES));
  return bytes;
}
