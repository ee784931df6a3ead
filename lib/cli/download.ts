/** `deno task download SET`: gets a data set that has a public address, or says what to ask for. Nothing else does. */
import { downloadCifar10 } from "../data/cifar10/download.ts";
import { howToPlaceRc49 } from "../data/rc49/place.ts";
import { downloadTinyImagenet } from "../data/tiny_imagenet/download.ts";
import { howToPlaceUtkface } from "../data/utkface/find.ts";
import type { DownloadWatch } from "../setup/command.ts";
import { dataFolder } from "../setup/folders.ts";
import { terminal } from "../setup/terminal.ts";
import { findName, onlyWord, parseTask } from "./arguments.ts";
import { runMain } from "./main.ts";

const USAGE = "deno task download cifar10|tiny_imagenet|utkface|rc49";

/** Sets with a public address: each returns where it is. */
const PUBLIC: Readonly<Record<string, (folder: string, watch: DownloadWatch) => Promise<string>>> =
  { cifar10: downloadCifar10, tiny_imagenet: downloadTinyImagenet };

/** Sets without one: each says what to do. */
const BY_HAND: Readonly<Record<string, (folder: string) => string>> = {
  utkface: howToPlaceUtkface,
  rc49: howToPlaceRc49,
};

await runMain(async () => {
  const task = parseTask(Deno.args, { options: {}, usage: USAGE });
  const known = [...Object.keys(PUBLIC), ...Object.keys(BY_HAND)];
  const word = onlyWord(task, { what: "data set", usage: USAGE, known });
  const name = findName(known, word, "data set");
  const folder = dataFolder();
  const byHand = BY_HAND[name];
  if (byHand !== undefined) {
    console.error(`Nothing to download: ${name} has no public address; ${byHand(folder)}`);
    return 1;
  }
  const out = terminal();
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    const report = (line: string) => out.progress(`${name}: ${line}`);
    const place = await PUBLIC[name]!(folder, { report, signal: stop.signal });
    out.line(`${name} is in "${place}"`);
    return 0;
  } catch (error) {
    out.clear();
    if (!stop.signal.aborted) throw error;
    out.line("Stopped: what came is kept, and the same command goes on with it");
    return 130;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
});
