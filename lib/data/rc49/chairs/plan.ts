/** What tells one chair from another; lengths in metres. */
import type { Material } from "./mesh.ts";

/** How a chair stands. */
export const LEG_STYLES = ["four legs", "pedestal", "sled", "cantilever"] as const;
/** What one leans on. */
export const BACK_STYLES = ["slats", "solid", "rounded", "ladder", "spindle"] as const;

/** Everything that tells one chair from another. */
export interface ChairPlan {
  readonly legs: typeof LEG_STYLES[number];
  readonly back: typeof BACK_STYLES[number];
  readonly hasArms: boolean;
  /** Sides of the seat. */
  readonly width: number;
  readonly depth: number;
  /** Height of the seat's upper side. */
  readonly seatHeight: number;
  readonly seatThickness: number;
  /** Height of the back above the seat. */
  readonly backHeight: number;
  /** Backward distance of the back's top for each metre of height. */
  readonly recline: number;
  /** Radius of legs and posts. */
  readonly thickness: number;
  /** Outward distance of a leg's foot from its top. */
  readonly splay: number;
  /** Round rods rather than square beams. */
  readonly isRound: boolean;
  /** Seat and panels; legs and posts. */
  readonly body: Material;
  readonly frame: Material;
}
