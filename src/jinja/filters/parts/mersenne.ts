/**
 * Python's `random.Random(seed)`: MT19937 (Matsumoto and Nishimura 1998), seeded as CPython seeds it, so that
 * `random(seed=inventory_hostname)` gives a host the same minute under Ansible and here.
 */
import { createHash } from "node:crypto";

const N = 624;
const M = 397;

export class Mersenne {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed a text, or an integer */
  constructor(seed: string | bigint) {
    this.#seedWith(words(typeof seed === "bigint" ? (seed < 0n ? -seed : seed) : ofText(seed)));
  }

  /** An integer from 0 up to `n`, not including it; `n` below 2^53. */
  below(n: number): number {
    const bits = n.toString(2).length;
    for (;;) {
      const drawn = this.#bits(bits);
      if (drawn < n) return drawn;
    }
  }

  #bits(count: number): number {
    if (count <= 32) return this.#next() >>> (32 - count);
    const low = this.#next();
    return (this.#next() >>> (64 - count)) * 2 ** 32 + low;
  }

  #seedWith(key: readonly number[]): void {
    const mt = this.#state;
    mt[0] = 19_650_218;
    for (let i = 1; i < N; i++) mt[i] = mix(mt[i - 1] ?? 0, 1_812_433_253) + i;
    let i = 1;
    for (let k = 0; k < Math.max(N, key.length); k++) {
      const j = k % key.length;
      mt[i] = ((mt[i] ?? 0) ^ mix(mt[i - 1] ?? 0, 1_664_525)) + (key[j] ?? 0) + j;
      i = this.#advance(i);
    }
    for (let k = 0; k < N - 1; k++) {
      mt[i] = ((mt[i] ?? 0) ^ mix(mt[i - 1] ?? 0, 1_566_083_941)) - i;
      i = this.#advance(i);
    }
    mt[0] = 0x80000000;
  }

  #advance(i: number): number {
    if (i + 1 < N) return i + 1;
    this.#state[0] = this.#state[N - 1] ?? 0;
    return 1;
  }

  #next(): number {
    if (this.#at >= N) this.#twist();
    let y = this.#state[this.#at++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const mt = this.#state;
    for (let i = 0; i < N; i++) {
      const y = ((mt[i] ?? 0) & 0x80000000) | ((mt[(i + 1) % N] ?? 0) & 0x7fffffff);
      mt[i] = (mt[(i + M) % N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}

function mix(previous: number, factor: number): number {
  return Math.imul(previous ^ (previous >>> 30), factor) >>> 0;
}

/** CPython's seed of a text: its bytes and their SHA-512 as one number. */
function ofText(seed: string): bigint {
  const bytes = Buffer.from(seed, "utf8");
  const hash = createHash("sha512").update(bytes).digest();
  return BigInt(`0x${Buffer.concat([bytes, hash]).toString("hex")}`);
}

/** The number in 32 bits each, the lowest first. */
function words(value: bigint): readonly number[] {
  const hex = value.toString(16);
  const made: number[] = [];
  for (let end = hex.length; end > 0; end -= 8) made.push(Number.parseInt(hex.slice(Math.max(0, end - 8), end), 16));
  return made;
}
