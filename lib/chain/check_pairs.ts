/** Whether a method can compare the networks of an experiment, before anything is trained. */
import { type LabelledImages, outputsOf } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import type { NetworkKind } from "../distill/distiller.ts";
import type { Distiller } from "../distill/distiller.ts";
import { type NetworkShapes, shapesOf } from "../distill/shapes.ts";
import { stagesOf } from "../distill/stages.ts";
import type { SizedNetwork, Specification } from "../experiments/specification/schema.ts";
import { type NetworkName, NETWORKS } from "../registry.ts";

/** Wide enough for every layer; counts and sides of maps do not depend on it. */
const WIDTH = 1 / 64;

/** Shapes of a network by its name, each built once. */
export type ShapesByName = (name: NetworkName) => NetworkShapes;

/** Shapes of networks for these images and labels, built as narrow as can be; they keep no tensors. */
export function narrowShapes(
  { images, task }: Pick<LabelledImages, "images" | "task">,
): ShapesByName {
  const known = new Map<NetworkName, NetworkShapes>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const network = NETWORKS[name].build({
      outputs: outputsOf(task),
      head: task.kind,
      imageSize: images.shape.height,
      width: WIDTH,
      rng: rngOf(0, "shapes", name),
    });
    const shapes = shapesOf(network, { images });
    network.parameters.dispose();
    known.set(name, shapes);
    return shapes;
  };
}

/**
 * Every teacher of a method's stages with every network that it teaches.
 *
 * @throws {RangeError} The method cannot compare two of them; names both and says why.
 */
export function checkPairs(
  specification: Specification,
  distiller: Distiller,
  shapesBy: ShapesByName,
): void {
  const stages = stagesOf(distiller);
  for (const stage of stages) {
    if (stage.distiller.fits === undefined || stage.teacher === undefined) continue;
    const kind = stages.find(({ name }) => name === stage.teacher)?.trains ?? "teacher";
    for (const teacher of networksOf(kind, specification)) {
      for (const student of networksOf(stage.trains, specification)) {
        try {
          stage.distiller.fits({ student: shapesBy(student), teacher: shapesBy(teacher) });
        } catch (error) {
          const pair = `${NETWORKS[student].title} from ${NETWORKS[teacher].title}`;
          throw new RangeError(`${(error as Error).message} (${pair})`, { cause: error });
        }
      }
    }
  }
}

/** Names of the networks that a kind stands for, in any cell of the table. */
function networksOf(
  kind: NetworkKind,
  { students, teachers, assistant }: Specification,
): NetworkName[] {
  const named: Record<string, readonly SizedNetwork[]> = {
    student: students,
    teacher: teachers,
    assistant: [assistant],
  };
  // Names of a method's own were looked up before.
  const networks = typeof kind === "string" ? named[kind]! : [kind as SizedNetwork];
  return [...new Set(networks.map(({ network }) => network))];
}
