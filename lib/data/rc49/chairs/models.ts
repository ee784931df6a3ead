/** The 49 chairs of the rendered set. */
import { type Rng, rngOf } from "../../../base/rng.ts";
import type { Material } from "./mesh.ts";
import { BACK_STYLES, type ChairPlan, LEG_STYLES } from "./plan.ts";

/** Chair models, as many as RC-49 has. */
export const CHAIR_COUNT = 49;

const BODIES: readonly Material[] = [
  { colour: [196, 62, 52], gloss: 0 },
  { colour: [52, 104, 176], gloss: 0.05 },
  { colour: [214, 158, 84], gloss: 0.1 },
  { colour: [58, 138, 92], gloss: 0.02 },
  { colour: [236, 200, 64], gloss: 0.2 },
  { colour: [112, 74, 48], gloss: 0.15 },
  { colour: [128, 92, 164], gloss: 0 },
];
const FRAMES: readonly Material[] = [
  { colour: [150, 104, 62], gloss: 0.1 },
  { colour: [176, 182, 190], gloss: 0.6 },
  { colour: [44, 44, 48], gloss: 0.2 },
  { colour: [88, 54, 36], gloss: 0.12 },
  { colour: [206, 172, 122], gloss: 0.05 },
  { colour: [96, 118, 128], gloss: 0.35 },
  { colour: [190, 150, 70], gloss: 0.5 },
];

/**
 * The plan of one chair. Styles and colours go round in lengths that share no factor (4 kinds of legs, 5 backs,
 * 7 x 7 colours), so that no two chairs agree in all; proportions and shades come from the chair's own stream.
 *
 * @param index 0 … 48.
 * @throws {RangeError} There is no such chair.
 */
export function chairPlan(index: number, seed = 2020): ChairPlan {
  if (!(Number.isInteger(index) && index >= 0 && index < CHAIR_COUNT)) {
    throw new RangeError(
      `Cannot plan chair ${index}: want an integer from 0 to ${CHAIR_COUNT - 1}`,
    );
  }
  const rng = rngOf(seed, "chairs", index);
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const legs = LEG_STYLES[index % 4]!;
  const back = BACK_STYLES[index % 5]!;
  const row = Math.floor(index / 7);
  return {
    legs,
    back,
    hasArms: (index + row) % 3 === 0,
    width: between(0.4, 0.56),
    depth: between(0.4, 0.52),
    seatHeight: between(0.4, 0.5),
    seatThickness: back === "solid" || back === "rounded"
      ? between(0.05, 0.11)
      : between(0.03, 0.07),
    backHeight: back === "ladder" || back === "spindle" ? between(0.42, 0.62) : between(0.34, 0.52),
    recline: between(0.05, 0.3),
    thickness: between(0.015, 0.026),
    splay: between(0, 0.07),
    isRound: legs === "cantilever" || rng.uniform() < 0.5,
    body: shaded(BODIES[index % 7]!, rng),
    frame: shaded(FRAMES[(row + index) % 7]!, rng),
  };
}

/** A little darker or lighter, and a little of another hue. */
function shaded({ colour: [red, green, blue], gloss }: Material, rng: Rng): Material {
  const light = 0.85 + 0.3 * rng.uniform();
  const tint = () => light * (0.94 + 0.12 * rng.uniform());
  return { colour: [red * tint(), green * tint(), blue * tint()], gloss };
}
