/** `deno task torture [SIEGE ...]`: kills, bad disks, company and long runs, and the table of what came of them. */
import { countOption, findName, parseTask } from "../cli/arguments.ts";
import { runMain } from "../cli/main.ts";
import { type Row, SIEGES, tableOf } from "./sieges.ts";

const USAGE = `deno task torture [${
  Object.keys(SIEGES).join("|")
} ...] [--kills N] [--steps N] [--seed N]`;

await runMain(async () => {
  const { words, values } = parseTask(Deno.args, {
    usage: USAGE,
    options: {
      kills: { type: "string", default: "50" },
      steps: { type: "string", default: "3000" },
      seed: { type: "string", default: "1" },
    },
  });
  const names = words.length === 0
    ? Object.keys(SIEGES)
    : words.map((word) => findName(Object.keys(SIEGES), word, "siege"));
  const options = {
    kills: countOption("--kills", values.kills as string, 10_000)!,
    steps: countOption("--steps", values.steps as string, 1_000_000)!,
    seed: countOption("--seed", values.seed as string, 1_000_000)!,
    say: (text: string) => console.error(text),
  };
  const rows: Row[] = [];
  for (const name of names) {
    const start = performance.now();
    const found = await SIEGES[name]!(options);
    rows.push(...found);
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    console.log(tableOf(found));
  }
  const faults = rows.flatMap((row) => row.faults.map((fault) => `${row.fault}: ${fault}`));
  for (const fault of faults) console.error(`\n${fault}`);
  return faults.length === 0 ? 0 : 1;
});
