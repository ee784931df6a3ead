/** PyTorch in a folder of its own in the user's cache; no environment of the user is touched. */
import { join } from "../../base/disk/path.ts";
import { type Report, watchFolder } from "../../setup/command.ts";
import { SetUpError } from "../../setup/error.ts";
import { checkSpace, isComplete, makeFolder } from "../../setup/files.ts";
import { cacheFolder } from "../../setup/folders.ts";
import { runPip } from "../../setup/python.ts";
import { pythonSite } from "../../setup/python_site.ts";

/** PyTorch's version; one for all, so that runs compare. */
const TORCH_VERSION = "2.15.0";
/** What torchdistill's modules import, by PyTorch's own index. */
const BESIDE_TORCH = ["torchvision==0.29.2", "numpy"];
/** Distillers in PyTorch. Without what it declares: the rest of it is for other modules than ours are compared with. */
const TORCHDISTILL = "torchdistill==1.1.5";
// Wheels without CUDA, an eighth of the size; elsewhere PyTorch comes with NVIDIA's libraries.
const CPU_INDEX = "https://download.pytorch.org/whl/cpu";
// While pip unpacks, everything is there twice.
const DISK_BYTES = { cpu: 2e9, full: 12e9 } as const;

/** How to start Python with PyTorch. */
export interface PeerPython {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Installs PyTorch and torchdistill unless they are there.
 *
 * @param device Which build is wanted; the one for "cpu" may turn out to be the one with CUDA.
 * @throws {SetUpError} No Python, no room or no way to the registry; says what to do.
 */
export async function setUpPeer(device: "cpu" | "gpu", report: Report): Promise<PeerPython> {
  const site = await pythonSite();
  const folder = join(cacheFolder(), `torch-${TORCH_VERSION}-${device}`, nameOf(site.folder));
  const identity = [`torch==${TORCH_VERSION}`, ...BESIDE_TORCH, TORCHDISTILL].join(" ");
  if (!await isComplete(folder, identity)) {
    await Deno.mkdir(join(cacheFolder(), `torch-${TORCH_VERSION}-${device}`), { recursive: true });
    await makeFolder(folder, identity, async (partial) => {
      await watchFolder(installTorch(partial, device), partial, { report });
      return [
        "torch/__init__.py",
        "torch/lib/libtorch_cpu.so",
        "torchdistill/losses/mid_level.py",
      ];
    });
  }
  return { program: site.python, env: peerEnvironment(folder) };
}

/** Environment of the peer's process. */
export function peerEnvironment(folder?: string): Record<string, string> {
  return {
    ...(folder === undefined ? {} : { PYTHONPATH: folder }),
    PYTHONDONTWRITEBYTECODE: "1",
    // Compiled graphs are kept between runs: a first compilation takes minutes per network.
    TORCHINDUCTOR_CACHE_DIR: join(cacheFolder(), `torch-${TORCH_VERSION}-compiled`),
    TORCHINDUCTOR_FX_GRAPH_CACHE: "1",
  };
}

/** Lets PyTorch's threads sleep while they wait, instead of asking again and again. */
export const SLEEPY_ENVIRONMENT = { OMP_WAIT_POLICY: "PASSIVE", GOMP_SPINCOUNT: "0" } as const;

async function installTorch(folder: string, device: "cpu" | "gpu"): Promise<void> {
  const temporary = join(folder, "temporary");
  const base = ["install", "--quiet", "--no-cache-dir", "--target", folder];
  const what = `install PyTorch ${TORCH_VERSION}`;
  try {
    await runPip([...base, "--no-deps", TORCHDISTILL], { what: "install torchdistill", temporary });
    const wanted = [`torch==${TORCH_VERSION}`, ...BESIDE_TORCH];
    if (device === "cpu") {
      checkSpace(folder, DISK_BYTES.cpu, what);
      const patience = ["--retries", "0", "--timeout", "15"];
      try {
        return await runPip([...base, ...patience, "--index-url", CPU_INDEX, ...wanted], {
          what,
          temporary,
        });
      } catch (error) {
        if (!(error instanceof SetUpError)) throw error;
        // Not every network reaches it; the usual registry has the large build.
      }
    }
    checkSpace(folder, DISK_BYTES.full, what);
    await runPip([...base, ...wanted], { what, temporary });
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
}

/** The part of the folder's name that says which Python its packages fit. */
function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("python-"));
}
