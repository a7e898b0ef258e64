import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGroupCommit, OverloadedError } from "./group-commit.ts";

interface Entry {
  name: string;
  bytes: number;
}
const entry = (name: string | number, bytes = 100): Entry => ({ name: String(name), bytes });
const entries = (count: number, bytes = 100) => Array.from({ length: count }, (_, index) => entry(index, bytes));
const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });
/** Lets everything that is under way come to its end. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A store whose statements end when the test says so. */
function setUp() {
  const statements: { names: string[]; commit: () => void; fail: (error: unknown) => void }[] = [];
  const store = createGroupCommit<Entry>({
    sizeOf: ({ bytes }) => bytes,
    write: (batch) =>
      new Promise((resolve, reject) => {
        statements.push({ names: batch.map(({ name }) => name), commit: resolve, fail: reject });
      }),
  });
  const add = (one: Entry): Promise<void> => {
    const added = store.add(one);
    added.catch(() => {
      // Looked at later, by `outcomes`.
    });
    return added;
  };
  const sizes = () => statements.map(({ names }) => names.length);
  return { add, store, drain: () => store.drain(60_000), statements, sizes };
}

/** What became of each promise so far. */
async function outcomes(promises: readonly Promise<void>[]): Promise<string[]> {
  await settle();
  const pending = Symbol("pending");
  return Promise.all(
    promises.map((promise) =>
      Promise.race([promise, Promise.resolve(pending)]).then(
        (value) => (value === pending ? "pending" : "stored"),
        (error: unknown) => String((error as Error).message),
      ),
    ),
  );
}

describe("what is written when", () => {
  test("one alone is written at once, and is stored when its statement is committed, not before", async () => {
    const { add, statements } = setUp();
    const added = [add(entry("a"))];
    expect(statements.map(({ names }) => names)).toEqual([["a"]]);
    expect(await outcomes(added)).toEqual(["pending"]);
    statements[0]?.commit();
    expect(await outcomes(added)).toEqual(["stored"]);
  });

  test("while a statement is under way, what comes is collected for the next one", async () => {
    const { add, statements } = setUp();
    const added = ["a", "b", "c", "d"].map((name) => add(entry(name)));
    expect(statements.map(({ names }) => names)).toEqual([["a"]]);
    statements[0]?.commit();
    expect(await outcomes(added)).toEqual(["stored", "pending", "pending", "pending"]);
    expect(statements[1]?.names).toEqual(["b", "c", "d"]);
    statements[1]?.commit();
    expect(new Set(await outcomes(added))).toEqual(new Set(["stored"]));
    expect(statements).toHaveLength(2);
  });

  test("a statement holds 256 rows at most", async () => {
    const { add, statements, sizes } = setUp();
    const added = entries(601).map((one) => add(one));
    for (let index = 0; index < 4; index += 1) {
      statements[index]?.commit();
      await settle();
    }
    expect(sizes()).toEqual([1, 256, 256, 88]);
    expect(new Set(await outcomes(added))).toEqual(new Set(["stored"]));
  });

  test("a statement holds a mebibyte at most, but never less than one row", async () => {
    const { add, statements, sizes } = setUp();
    const sizesIn = [1, 600_000, 448_576, 1, 1_048_577, 5];
    for (const [index, bytes] of sizesIn.entries()) void add(entry(index, bytes));
    for (let index = 0; index < 5; index += 1) {
      statements[index]?.commit();
      await settle();
    }
    expect(sizes()).toEqual([1, 2, 1, 1, 1]);
  });

  test("nothing is lost, doubled or put in another order, however it comes and whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ bytes: fc.nat({ max: 400_000 }), poison: fc.boolean() }), { maxLength: 40 }),
        fc.array(fc.constantFrom("ok", "40P01", "08006"), { minLength: 1, maxLength: 5 }),
        async (wanted, fates) => {
          const committed: number[] = [];
          let statement = 0;
          const store = createGroupCommit<{ index: number; bytes: number; poison: boolean }>({
            sizeOf: ({ bytes }) => bytes,
            async write(batch) {
              await Promise.resolve();
              if (batch.some(({ poison }) => poison)) throw sqlError("22021");
              const fate = fates[(statement += 1) % fates.length];
              if (fate !== "ok") throw sqlError(fate ?? "");
              committed.push(...batch.map(({ index }) => index));
            },
          });
          const results = await Promise.allSettled(wanted.map((one, index) => store.add({ ...one, index })));
          const stored = results.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
          expect(committed.toSorted((a, b) => a - b)).toEqual(stored);
          expect(stored.filter((index) => wanted[index]?.poison)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("when a statement fails", () => {
  /** A single statement is under way, and a batch of `a`, `b`, `c` follows it. */
  async function withBatch() {
    const { add, statements } = setUp();
    const first = add(entry("x"));
    const added = ["a", "b", "c"].map((name) => add(entry(name)));
    statements[0]?.commit();
    await first;
    await settle();
    const next = async (act: (statement: (typeof statements)[number]) => void): Promise<string[]> => {
      const statement = statements.at(-1)!;
      act(statement);
      await settle();
      return statement.names;
    };
    return { added, next, statements };
  }

  test.each(["22021", "23514", "54000"])(
    "for what is in a row (%s), that row alone is refused, and the others are stored",
    async (code) => {
      const { added, next, statements } = await withBatch();
      expect(await next(({ fail }) => fail(sqlError(code)))).toEqual(["a", "b", "c"]);
      expect(await next(({ commit }) => commit())).toEqual(["a"]);
      expect(await next(({ fail }) => fail(sqlError(code)))).toEqual(["b"]);
      expect(await next(({ commit }) => commit())).toEqual(["c"]);
      expect(await outcomes(added)).toEqual(["stored", `SQLSTATE ${code}`, "stored"]);
      expect(statements).toHaveLength(1 + 4);
    },
  );

  test.each(["40P01", "40001"])("by a conflict (%s), it is tried once more as it is", async (code) => {
    const { added, next, statements } = await withBatch();
    await next(({ fail }) => fail(sqlError(code)));
    expect(await next(({ commit }) => commit())).toEqual(["a", "b", "c"]);
    expect(await outcomes(added)).toEqual(["stored", "stored", "stored"]);
    expect(statements).toHaveLength(1 + 2);
  });

  test("by a conflict twice, all in it are told", async () => {
    const { added, next, statements } = await withBatch();
    await next(({ fail }) => fail(sqlError("40P01")));
    await next(({ fail }) => fail(sqlError("40P01")));
    expect(await outcomes(added)).toEqual(["SQLSTATE 40P01", "SQLSTATE 40P01", "SQLSTATE 40P01"]);
    expect(statements).toHaveLength(1 + 2);
  });

  test.each(["08006", "53300", "57P01"])(
    "for want of a database (%s), all are told, and none is tried again",
    async (code) => {
      const { added, next, statements } = await withBatch();
      await next(({ fail }) => fail(sqlError(code)));
      expect(await outcomes(added)).toEqual([`SQLSTATE ${code}`, `SQLSTATE ${code}`, `SQLSTATE ${code}`]);
      expect(statements).toHaveLength(1 + 1);
    },
  );

  test("the next one is not held up by it", async () => {
    const { add, statements } = setUp();
    const added = [add(entry("a")), add(entry("b"))];
    statements[0]?.fail(new Error("gone"));
    await settle();
    statements[1]?.commit();
    expect(await outcomes(added)).toEqual(["gone", "stored"]);
  });
});

describe("when more comes than can be stored", () => {
  test("after 20,000 that wait the next is refused at once, and there is room again when they are written", async () => {
    const { add, statements } = setUp();
    const added = entries(1 + 20_000, 1).map((one) => add(one));
    await expect(add(entry("too many", 1))).rejects.toBeInstanceOf(OverloadedError);
    statements[0]?.commit();
    await settle();
    added.push(add(entry("again", 1)));
    expect(new Set(await outcomes(added.slice(1)))).toEqual(new Set(["pending"]));
  });

  test("after 64 MiB that wait the next is refused at once, and there is room again when they are written", async () => {
    const { add, statements } = setUp();
    const added = entries(1 + 256, 256 * 1024).map((one) => add(one));
    await expect(add(entry("too much", 1))).rejects.toBeInstanceOf(OverloadedError);
    statements[0]?.commit();
    await settle();
    added.push(add(entry("again", 256 * 1024)));
    expect(new Set(await outcomes(added.slice(1)))).toEqual(new Set(["pending"]));
  });
});

describe("draining", () => {
  test("of an idle one ends at once", async () => {
    await setUp().drain();
  });

  test("of one whose statement never ends, ends after its grace", async () => {
    const { add, store } = setUp();
    void add(entry("a"));
    await store.drain(1);
  });

  test("waits for what is under way and for what waits behind it", async () => {
    const { add, drain, statements } = setUp();
    const added = ["a", "b"].map((name) => add(entry(name)));
    const drained = [drain(), drain()];
    statements[0]?.fail(new Error("gone"));
    expect(await outcomes(drained)).toEqual(["pending", "pending"]);
    statements[1]?.commit();
    expect(await outcomes(drained)).toEqual(["stored", "stored"]);
    expect(await outcomes(added)).toEqual(["gone", "stored"]);
  });
});
