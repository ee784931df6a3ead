/** The wheels that native TensorFlow is taken from, pinned by version and SHA-256. */

/** A wheel of the Python package index. */
export interface Wheel {
  /** Requirement for pip, for instance "tensorflow-cpu==2.21.0". */
  readonly requirement: string;
  readonly sha256: string;
}

/** Native TensorFlow for one kind of machine. */
export interface TensorFlowBuild {
  /** Name of its folder in the cache. */
  readonly folder: string;
  readonly version: string;
  readonly device: "CPU" | "GPU";
  /** Platform tags that pip is asked for; no Python of this machine runs the wheels. */
  readonly platforms: readonly string[];
  readonly wheels: readonly Wheel[];
  /** Bytes to download; about, for GPU. */
  readonly downloadBytes: number;
  /** Bytes on the disk while unpacking. */
  readonly diskBytes: number;
}

const VERSION = "2.21.0";
const LINUX_X64 = ["manylinux_2_27_x86_64", "manylinux2014_x86_64", "manylinux2010_x86_64"];

const CPU_X64: TensorFlowBuild = {
  folder: `tensorflow-cpu-${VERSION}-linux-x64`,
  version: VERSION,
  device: "CPU",
  platforms: LINUX_X64,
  wheels: [{
    requirement: `tensorflow-cpu==${VERSION}`,
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  }],
  downloadBytes: 273.8e6,
  diskBytes: 1.2e9,
};

const CPU_ARM64: TensorFlowBuild = {
  folder: `tensorflow-cpu-${VERSION}-linux-arm64`,
  version: VERSION,
  device: "CPU",
  platforms: ["manylinux_2_27_aarch64"],
  wheels: [{
    requirement: `tensorflow==${VERSION}`,
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
  }],
  downloadBytes: 290e6,
  diskBytes: 1.3e9,
};

// The libraries that the extra `and-cuda` of the wheel names, newest within its bounds.
const CUDA: readonly Wheel[] = [
  [
    "nvidia-cublas-cu12==12.9.3.13",
    "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
  ],
  [
    "nvidia-cuda-cupti-cu12==12.8.90",
    "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
  ],
  [
    "nvidia-cuda-nvcc-cu12==12.9.86",
    "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
  ],
  [
    "nvidia-cuda-nvrtc-cu12==12.9.86",
    "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
  ],
  [
    "nvidia-cuda-runtime-cu12==12.9.79",
    "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
  ],
  [
    "nvidia-cudnn-cu12==9.28.0.42",
    "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
  ],
  [
    "nvidia-cufft-cu12==11.4.1.4",
    "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
  ],
  [
    "nvidia-curand-cu12==10.3.10.19",
    "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
  ],
  [
    "nvidia-cusolver-cu12==11.7.5.82",
    "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
  ],
  [
    "nvidia-cusparse-cu12==12.5.10.65",
    "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
  ],
  ["nvidia-nccl-cu12==2.32.3", "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c"],
  [
    "nvidia-nvjitlink-cu12==12.9.86",
    "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
  ],
].map(([requirement, sha256]) => ({ requirement: requirement!, sha256: sha256! }));

const GPU_X64: TensorFlowBuild = {
  folder: `tensorflow-gpu-${VERSION}-linux-x64`,
  version: VERSION,
  device: "GPU",
  platforms: LINUX_X64,
  wheels: [{
    requirement: `tensorflow==${VERSION}`,
    sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  }, ...CUDA],
  downloadBytes: 3.5e9,
  diskBytes: 12e9,
};

/** Builds by operating system, processor and device. */
export const BUILDS: Readonly<Record<string, TensorFlowBuild>> = {
  "linux-x86_64-CPU": CPU_X64,
  "linux-x86_64-GPU": GPU_X64,
  "linux-aarch64-CPU": CPU_ARM64,
};

/** Environment variable that chooses the build: "cpu" or "gpu". */
const DEVICE_VARIABLE = "CGAN_KD_DEVICE";

/**
 * The build for this machine: GPU when an NVIDIA driver is present, unless `CGAN_KD_DEVICE` says
 * otherwise; undefined where there is none for the platform.
 *
 * @throws {RangeError} `CGAN_KD_DEVICE` is neither "cpu" nor "gpu".
 */
export async function chooseBuild(): Promise<TensorFlowBuild | undefined> {
  const { os, arch } = Deno.build;
  const named = Deno.env.get(DEVICE_VARIABLE);
  if (named !== undefined && named !== "" && named !== "cpu" && named !== "gpu") {
    throw new RangeError(
      `Cannot use ${DEVICE_VARIABLE} = "${named}": known devices are "cpu", "gpu"`,
    );
  }
  const useGpu = named === "gpu" || (!named && await hasNvidiaDriver());
  return (useGpu ? BUILDS[`${os}-${arch}-GPU`] : undefined) ?? BUILDS[`${os}-${arch}-CPU`];
}

/** True when an NVIDIA driver is loaded. */
async function hasNvidiaDriver(): Promise<boolean> {
  if ((await Deno.stat("/proc/driver/nvidia/version").catch(() => undefined)) !== undefined) {
    return true;
  }
  try {
    const { success } = await new Deno.Command("nvidia-smi", {
      args: ["-L"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}
