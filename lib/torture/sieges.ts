/** Every siege with its row in the table: fault, how it is provoked, how often, outcome. */
import { join } from "../base/disk/path.ts";
import { DAMAGES, type Fate, siegeByDamage } from "./damage.ts";
import { siegeByFullDisk, siegeByReadOnlyDisk } from "./disk.ts";
import { MADE, type Work } from "./job.ts";
import { type Killer, siegeByKills } from "./kills.ts";
import { siegeByCompany } from "./company.ts";
import { inFolder, runVictim } from "./siege.ts";
import { soak } from "./soak.ts";

/** A row of the table. */
export interface Row {
  readonly fault: string;
  readonly provoked: string;
  readonly times: string;
  readonly outcome: string;
  /** What should not have happened; the outcome says it too. */
  readonly faults: readonly string[];
}

/** How long to go on. */
export interface SiegeOptions {
  readonly seed: number;
  /** Kills of the chain; other works get a share of it. */
  readonly kills: number;
  /** Steps of each training in the soak. */
  readonly steps: number;
  /** Hears what is going on. */
  readonly say: (text: string) => void;
}

const PROVOKED: Record<Killer, string> = {
  operation: "SIGKILL before, in or after a random operation on the disk",
  power: "the same, and a random part of all that was not flushed is lost, zeroed or cut off",
  clock: "SIGKILL at a random moment after a random stage began",
};
const WHERE: Record<Work, string> = {
  "set-up": "set-up of a folder of libraries",
  decoding: "decoding of JPEGs",
  store: "store, pool, records, publishing (no TensorFlow)",
  chain: "every stage of the chain, records, publishing",
};

/** Kills of one work by one killer. */
function killing(work: Work, killer: Killer, share: number) {
  return async ({ seed, kills, say }: SiegeOptions): Promise<Row[]> => {
    const report = await siegeByKills({
      work,
      killer,
      seed,
      kills: Math.max(1, Math.round(kills * share)),
      onKill: ({ stage, how }) => say(`${work}: killed in ${stage}: ${how}`),
    });
    const stages = new Set(report.kills.map(({ stage }) => stage)).size;
    return [row({
      fault: `${killer === "power" ? "loss of power" : "kill"}: ${WHERE[work]}`,
      provoked: PROVOKED[killer],
      times: `${report.kills.length} kills in ${stages} stages, ${report.lives} runs compared`,
      outcome: "went on by itself each time and ended with the bits of an undisturbed run",
    }, report.faults)];
  };
}

/** Two processes side by side, left alone and with one of them killed. */
function accompanying(where: string, noLocks?: string) {
  return async ({ seed }: SiegeOptions): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const kills of [false, true]) {
      const report = await siegeByCompany({
        work: "chain",
        processes: 2,
        rounds: 2,
        seed,
        kills,
        ...(noLocks !== undefined && { noLocks }),
      });
      const { rounds, waits, stages, faults } = report;
      rows.push(row({
        fault: `two processes ${where}${kills ? ", one of them killed" : ""}`,
        provoked: "started within 1.5 s of each other on the same work" +
          (kills ? ", the first one killed on the way" : ""),
        times: `${rounds} rounds, ${stages} stages, ${waits} waits` +
          (kills ? `, ${report.kills} kills` : ""),
        outcome: (kills ? "the other took over" : "each stage trained once") +
          "; who waited said for whom; the bits of one process alone",
      }, faults));
    }
    return rows;
  };
}

/** Sieges by name, in the order of the table. */
export const SIEGES: Readonly<Record<string, (options: SiegeOptions) => Promise<Row[]>>> = {
  "kill-operation": killing("chain", "operation", 0.34),
  "kill-power": killing("chain", "power", 0.34),
  "kill-clock": killing("chain", "clock", 0.32),
  async "kill-parts"(options) {
    const rows: Row[] = [];
    for (const work of ["set-up", "decoding", "store"] as const) {
      rows.push(...await killing(work, "operation", 0.5)(options));
      rows.push(...await killing(work, "power", 0.5)(options));
    }
    return rows;
  },
  async damage({ seed }) {
    const { runChain } = await import("./works/chain.ts");
    return await inFolder(async (folder) => {
      await runVictim({ work: "chain", folder });
      const results = join(folder, MADE, "results");
      const { fates, faults } = await siegeByDamage({
        folder,
        seed,
        kinds: 2,
        // Checkpoints of finished stages are read by nobody, published parts where there are no working ones.
        pick: (name) => !/checkpoint|real-against|\/parts\//.test(name),
        run: () => runChain({ results, changes: {}, cells: "" }, () => {}),
      });
      return DAMAGES.map((damage) =>
        row({
          fault: `${damage}: results, descriptions, pool and records of a finished chain`,
          provoked: "each file in turn, then the same run again",
          times: `${[...fates.get(damage)?.values() ?? []].reduce((a, b) => a + b, 0)} files`,
          outcome: fatesText(fates.get(damage)),
        }, faults.filter((fault) => fault.startsWith(damage)))
      );
    });
  },
  async disk({ say }) {
    const rows: Row[] = [];
    for (const work of ["store", "chain"] as const) {
      const full = await siegeByFullDisk({
        work,
        bytes: work === "store" ? 20_000 : 1 << 20,
        isMounted: true,
      });
      if (full === undefined) say("Only root may mount a small disk: left out");
      else {
        rows.push(row({
          fault: `full disk: ${WHERE[work]}`,
          provoked: "a file system in memory that gets half as much room again each time",
          times: `full ${full.stops} times`,
          outcome: "said which file and what to do; ended with the bits of an undisturbed run",
        }, full.faults));
      }
    }
    const readOnly = await siegeByReadOnlyDisk();
    if (readOnly !== undefined) {
      rows.push(row({
        fault: "read-only results",
        provoked: "a file system mounted read only, with a finished chain; then a new seed",
        times: "1",
        outcome: "finished results were read; the new student was refused, naming file and remedy",
      }, readOnly.faults));
    }
    return rows;
  },
  company: accompanying("on one store"),
  "company-without-locks": accompanying(
    "on a file system without locks",
    "Function not implemented (os error 38)",
  ),
  async soak({ steps }) {
    const { stages, faults } = await soak({ steps });
    return stages.map(({ stage, steps, tensorGrowth, memoryGrowth }) =>
      row({
        fault: `long run: ${stage}`,
        provoked: "the smallest networks, long trainings",
        times: `${steps} steps`,
        outcome: `tensors constant (${signed(tensorGrowth)} at samples between rows), memory ` +
          `${signed(Math.round(memoryGrowth / 2 ** 20))} MiB from the second quarter to the last`,
      }, faults.filter((fault) => fault.startsWith(stage)))
    );
  },
};

function row(parts: Omit<Row, "faults">, faults: readonly string[]): Row {
  return faults.length === 0
    ? { ...parts, faults }
    : { ...parts, outcome: `**${faults.length} faults**: ${faults[0]}`, faults };
}

function fatesText(fates: ReadonlyMap<Fate, number> = new Map()): string {
  return [...fates].map(([fate, count]) => `${count} ${fate}`).join(", ");
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}

/** Rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  return [
    "| fault | how provoked | how often | outcome |",
    "|---|---|---|---|",
    ...rows.map(({ fault, provoked, times, outcome }) =>
      `| ${[fault, provoked, times, outcome].map(cell).join(" | ")} |`
    ),
  ].join("\n");
}
