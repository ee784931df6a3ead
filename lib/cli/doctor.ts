/** `deno task doctor`: what is there, what is missing, and how to get it. Changes nothing. */
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { findRendered } from "../data/rc49/chairs/rendered_file.ts";
import { openZip } from "../data/files/archive.ts";
import { hasSignature } from "../data/files/hdf5.ts";
import { findAuthorsFile } from "../data/rc49/authors_file.ts";
import { howToPlaceRc49 } from "../data/rc49/place.ts";
import { findUtkface, howToPlaceUtkface, listFaceNames } from "../data/utkface/find.ts";
import { findTinyImagenet, howToPlace } from "../data/tiny_imagenet/find.ts";
import { cifar10Status } from "../setup/cifar10.ts";
import { folderSize, freeBytes } from "../setup/files.ts";
import {
  CACHE_VARIABLE,
  cacheFolder,
  DATA_VARIABLE,
  dataFolder,
  preparedFolder,
  projectFolder,
} from "../setup/folders.ts";
import { hasKernel, userKernelFile } from "../setup/jupyter_kernel.ts";
import { hasPackages } from "../setup/packages.ts";
import { findPython } from "../setup/python.ts";
import { hasPythonSite } from "../setup/python_site.ts";
import { nativeStatus } from "../setup/status.ts";
import { parseTask, wantNoWord } from "./arguments.ts";
import { runMain } from "./main.ts";

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  readonly text: string;
  /** How to get what is missing; absent when nothing is. */
  readonly remedy?: string;
  /** False where the product works without it. */
  readonly isNeeded?: boolean;
}

await runMain(async () => {
  const usage = "deno task doctor";
  wantNoWord(parseTask(Deno.args, { options: {}, usage }), usage);
  const findings = [
    ...await lookAtBackend(),
    ...lookAtMachine(),
    ...await lookAtTools(),
    ...await lookAtData(),
    ...await lookAtFolders(),
  ];
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, text, remedy, isNeeded = true } of findings) {
    const sign = remedy === undefined ? "✓" : isNeeded ? "✗" : "-";
    console.log(`${sign} ${name.padEnd(width)}  ${text}`);
    if (remedy !== undefined) console.log(`  ${" ".repeat(width)}  → ${remedy}`);
  }
  return findings.some(({ remedy, isNeeded = true }) => remedy !== undefined && isNeeded) ? 1 : 0;
});

async function lookAtBackend(): Promise<Finding[]> {
  const hasAll = await hasPackages();
  const findings: Finding[] = [{
    name: "npm packages",
    text: hasAll ? "installed" : "not all installed",
    ...(!hasAll && { remedy: 'run "deno task setup"' }),
  }];
  if (!hasAll) return findings;
  const status = await nativeStatus();
  const loaded = await loadBackend();
  const isNative = loaded?.name === "native";
  findings.push({
    name: "backend",
    text: loaded === undefined
      ? "did not load"
      : `${loaded.name} on ${loaded.device}, version ${loaded.version} (${loaded.reason})`,
    ...(!isNative && { remedy: status.problems.join("; ") || 'run "deno task setup"' }),
  });
  findings.push({
    name: "bfloat16",
    text: loaded === undefined
      ? "unknown, as the backend did not load"
      : loaded.whyNoBf16 === undefined
      ? 'there, for precision = "bf16"'
      : `not there, only precision = "float32": ${loaded.whyNoBf16}`,
  });
  findings.push({
    name: "native addon",
    text: status.addon === "missing"
      ? isNative ? "there, but not made by set-up" : "missing"
      : `${status.addon}, TensorFlow ${status.version} for ${status.device}`,
    // Said once: the backend's line has the remedy when the addon is what it lacks.
    ...(status.addon === "missing" && isNative && {
      remedy: status.problems.join("; "),
      isNeeded: false,
    }),
  });
  findings.push({
    name: "C++ compiler",
    text: status.compiler ?? "none",
    ...(status.compiler === undefined && {
      remedy: "install g++ (Debian, Ubuntu: apt install g++)",
      isNeeded: status.addon === "missing",
    }),
  });
  return findings;
}

interface Loaded {
  readonly name: string;
  readonly device: string;
  readonly version: string;
  readonly reason: string;
  /** Why products of bfloat16 are refused; undefined where they are taken. */
  readonly whyNoBf16?: string;
}

/** Loads the backend in a process of its own: a crash there is a finding, not the end. */
async function loadBackend(): Promise<Loaded | undefined> {
  const urlOf = (name: string) =>
    JSON.stringify(new URL(`../native/tensorflow/${name}.ts`, import.meta.url).href);
  const code = `import { backendInfo } from ${urlOf("backend")}; ` +
    `import { whyNoBf16 } from ${urlOf("precision")}; ` +
    `console.log("@" + JSON.stringify({ ...backendInfo, whyNoBf16: whyNoBf16() }));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: projectFolder(),
    stderr: "null",
  }).output();
  const line = new TextDecoder().decode(stdout).split("\n").find((text) => text.startsWith("@"));
  return line === undefined ? undefined : JSON.parse(line.slice(1)) as Loaded;
}

function lookAtMachine(): Finding[] {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  const features = cpuFeatures();
  return [
    {
      name: "processor",
      text: `${model}, ${availableParallelism()} threads${features === "" ? "" : `, ${features}`}`,
    },
    { name: "GPU", text: gpuName() },
    { name: "memory", text: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}` },
  ];
}

/** The vector instructions that decide TensorFlow's speed; "" where they cannot be told. */
function cpuFeatures(): string {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"));
    const known = new Set(flags?.[1]?.split(" "));
    const wanted = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd"];
    return wanted.filter((name) => known.has(name)).join(" ");
  } catch {
    return "";
  }
}

function gpuName(): string {
  try {
    const { success, stdout } = new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"],
      stderr: "null",
    }).outputSync();
    if (success) return new TextDecoder().decode(stdout).trim().split("\n").join("; ");
  } catch {
    // no NVIDIA driver
  }
  return "no NVIDIA driver found; native TensorFlow computes on the CPU";
}

async function lookAtTools(): Promise<Finding[]> {
  const findings: Finding[] = [{ name: "Deno", text: Deno.version.deno }];
  let python;
  try {
    python = await findPython();
  } catch (error) {
    findings.push({ name: "Python", text: "none", remedy: (error as Error).message });
    return findings;
  }
  const hasSite = await hasPythonSite();
  findings.push({
    name: "nbclient",
    text: hasSite ? `installed, for ${python}` : "not installed",
    ...(!hasSite && { remedy: 'run "deno task setup"' }),
  });
  const isRegistered = await hasKernel();
  findings.push({
    name: "Jupyter kernel",
    text: isRegistered ? userKernelFile() : "not registered",
    ...(!isRegistered && { remedy: 'run "deno task setup"' }),
  });
  return findings;
}

/** Data sets by the loaders' own tests. None is needed: one of them comes with the first run that reads it. */
async function lookAtData(): Promise<Finding[]> {
  const folder = dataFolder();
  const cifar10 = await cifar10Status();
  const { authors, faces, fault } = await findUtkface(folder);
  const files = faces === undefined ? [] : await listFaceNames(faces);
  const chairs = await findChairs(folder);
  const tiny = await findTinyImagenet(folder);
  return [
    { name: "data folder", text: `${folder} (${DATA_VARIABLE} names another)` },
    {
      name: "CIFAR-10",
      text: cifar10.text,
      ...(!cifar10.isThere && {
        remedy:
          "nothing to do: the first run that reads it downloads it (139 MB, decoded in 5 s); before a machine goes " +
          'offline, run "deno task download cifar10"',
        isNeeded: false,
      }),
    },
    {
      name: "UTKFace",
      text: authors ?? (faces === undefined ? fault! : `${files.length} files in ${faces}`),
      ...(fault !== undefined && {
        remedy: howToPlaceUtkface(folder),
        isNeeded: false,
      }),
      ...await damagedFile(authors),
    },
    {
      name: "Tiny-ImageNet",
      text: tiny[0]?.path ?? "not there",
      ...(tiny.length === 0 && { remedy: howToPlace(folder), isNeeded: false }),
      ...await damagedFile(tiny[0]?.path),
      ...damagedZip(tiny[0]?.path),
    },
    {
      name: "RC-49",
      text: chairs ?? "neither the authors' files nor the chairs drawn in their place",
      ...(chairs === undefined && {
        remedy: howToPlaceRc49(folder),
        isNeeded: false,
      }),
      ...await damagedFile(chairs),
    },
  ];
}

/** What to do about an authors' file that is no HDF5 file, which would be read before all else. */
async function damagedFile(path?: string): Promise<Pick<Finding, "remedy"> | undefined> {
  if (path === undefined || !path.endsWith(".h5") || await hasSignature(path)) return undefined;
  return { remedy: `"${path}" is no HDF5 file: delete it, or get it from its authors again` };
}

/** What to do about a zip that was cut short, say by a download in a browser: it is read only at the first start. */
function damagedZip(path?: string): Pick<Finding, "remedy"> | undefined {
  if (path === undefined || !path.endsWith(".zip")) return undefined;
  try {
    openZip(path).close();
    return undefined;
  } catch (error) {
    return { remedy: (error as Error).message };
  }
}

/** The authors' file of any setting, or the rendered set. */
async function findChairs(folder: string): Promise<string | undefined> {
  for (const perAngle of [25, 15, 5]) {
    const found = await findAuthorsFile(folder, perAngle);
    if (found !== undefined) return found;
  }
  return await findRendered(join(preparedFolder(), "rc49"));
}

async function lookAtFolders(): Promise<Finding[]> {
  const free = freeBytes(projectFolder());
  return [
    { name: "project", text: projectFolder() },
    {
      name: "cache folder",
      text: `${cacheFolder()}, ${gigabytes(await folderSize(cacheFolder()))} ` +
        `(${CACHE_VARIABLE} names another; can be deleted, set-up makes it again)`,
    },
    {
      name: "disk",
      text: `${gigabytes(free)} free`,
      ...(free < 3e9 && { remedy: "free some space: set-up and a run at desk want 3 GB" }),
    },
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
