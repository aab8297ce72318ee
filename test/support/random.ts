/** A small seeded generator for scripts and tests: the same seed, the same choices. */
export interface Random {
  /** Both ends included. */
  integer(min: number, max: number): number;
}

/** mulberry32: 32 bits of state, passes gjrand; good enough to choose rows. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { integer: (min, max) => min + Math.floor(next() * (max - min + 1)) };
}
