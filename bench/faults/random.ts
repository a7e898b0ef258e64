/** Chance that can be had again: the same seed gives the same numbers. */
export interface Random {
  /** From 0 to `below`, without it. */
  int(below: number): number;
  /** @throws TypeError if there is none to choose. */
  one<Value>(values: readonly Value[]): Value;
}

/** Mulberry32: small, and good enough to choose victims with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const int = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
  return {
    int,
    one(values) {
      const value = values[int(values.length)];
      if (value === undefined) throw new TypeError("there is none to choose");
      return value;
    },
  };
}
