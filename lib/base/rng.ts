/**
 * Named seeded streams. TensorFlow.js has no global seed, so every initialiser, shuffle, augmentation
 * and draw takes a stream of its own, addressed by a path such as `("gan", "latent", step)`.
 *
 * A stream depends only on its path, never on how many numbers other streams handed out. A training
 * that addresses its draws by step therefore needs no generator state in its checkpoints, and resumes
 * bit by bit.
 */
import { congruential32, mersenne, type RandomGenerator, xoroshiro128plus } from "pure-rand";

/** A stream of random numbers; cheap to make, so make one per purpose. */
export interface Rng {
  /** Uniform unsigned 32-bit integer. */
  nextUint32(): number;
  /** Uniform in [0, 1), 32 bits of it random. */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal draw. */
  normal(): number;
  /** The stream at a longer path; independent of this one and of its position. */
  child(...path: (string | number)[]): Rng;
}

/**
 * The stream of `seed` at `path`.
 *
 * @throws {RangeError} The seed is no safe integer.
 */
export function rngOf(seed: number, ...path: (string | number)[]): Rng {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed a stream with ${seed}: want a safe integer`);
  }
  return streamAt(JSON.stringify([seed, ...path]));
}

function streamAt(address: string): Rng {
  const source = xoroshiro128plus(hash32(address, 0));
  // One 32-bit seed would let two of 77,000 streams collide; a second hash moves the start.
  const skip = congruential32(hash32(address, 1));
  for (let i = 0, n = (skip.unsafeNext() >>> 24) + 1; i < n; i++) source.unsafeNext();
  return wrap(source, address, hash32(address, 2));
}

function wrap(source: RandomGenerator, address: string, whitening: number): Rng {
  let spare: number | undefined;
  const nextUint32 = () => (source.unsafeNext() ^ whitening) >>> 0;
  const uniform = () => nextUint32() / 4294967296;
  return {
    nextUint32,
    uniform,
    integer(bound) {
      if (!Number.isInteger(bound) || bound < 1) {
        throw new RangeError(`Cannot draw an integer below ${bound}: want a positive integer`);
      }
      // Rejection keeps the draw exactly uniform.
      const limit = 4294967296 - (4294967296 % bound);
      for (;;) {
        const value = nextUint32();
        if (value < limit) return value % bound;
      }
    },
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Box-Muller; 1 − u keeps the logarithm's argument above zero.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    child(...path) {
      return streamAt(JSON.stringify([address, ...path]));
    },
  };
}

/** FNV-1a with a salt and a final avalanche (constants of MurmurHash3's finaliser). */
function hash32(text: string, salt: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 0 … count − 1 in random order (Fisher-Yates). */
export function permutation(count: number, rng: Rng): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  return order;
}

/** Standard normal draws. */
export function normalArray(count: number, rng: Rng): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = rng.normal();
  return values;
}

/**
 * The permutation that NumPy's legacy generator makes: `RandomState(seed).shuffle(arange(count))`.
 * MT19937 seeded by the classic 32-bit rule; for i = count − 1 … 1 words are masked to the smallest
 * 2^k − 1 >= i until one is <= i. The reference's subsets of CIFAR-10 are defined by it
 * (`make_dataset.py`, seed 2020).
 */
export function numpyPermutation(count: number, seed: number): Uint32Array {
  const source = mersenne(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j: number;
    do j = (source.unsafeNext() & mask) >>> 0; while (j > i);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  return order;
}
