import { expect, test } from "vitest";
import { tuples } from "../../../src/encoding/tuple.ts";
import { t } from "../../../src/encoding/types.ts";
import { encodeRow } from "../../../src/encoding/value.ts";
import { defineSeed, type Seed, type SeedRow } from "../../../src/seed/define.ts";
import { Generator } from "../../../src/seed/generate.ts";
import type { Projection } from "../../../src/stores/store.ts";

const NODE: Projection = {
  fields: [
    { name: "id", column: "id", type: t.int() },
    { name: "parent", column: "parent", type: t.int() },
    { name: "at", column: "at", type: t.timestamp() },
  ],
  keyLength: 1,
  where: [],
};

const SEED = defineSeed({
  name: "tree",
  now: "2026-05-01T12:00:00Z",
  entities: {
    roots: {
      keep: ["id"],
      *rows({ random, scale, now }) {
        for (let id = 0; id < scale * 10; id++) yield { id, parent: random.int(0, 9), at: now };
      },
    },
    leaves: {
      async *rows({ refs, random }) {
        for (const root of refs.all("roots")) {
          yield {
            id: Number(root.id) + 1000,
            parent: refs.pick("roots").id,
            at: random.date(new Date(0), new Date(1)),
          };
        }
      },
    },
  },
});

async function make(seed: Seed, entities: readonly string[], scale = 3, randomSeed = 1) {
  const generator = new Generator(seed, { scale, randomSeed });
  const made: string[] = [];
  for (const entity of entities) {
    for await (const batch of generator.batches(entity, NODE)) {
      made.push(...[...tuples(batch)].map((tuple) => Buffer.from(tuple).toString("hex")));
    }
  }
  return made;
}

test("the same scale and random seed make the same rows; another seed makes others", async () => {
  const first = await make(SEED, ["roots", "leaves"]);
  expect(first).toHaveLength(60);
  expect(await make(SEED, ["roots", "leaves"])).toEqual(first);
  expect(await make(SEED, ["roots", "leaves"], 3, 2)).not.toEqual(first);
});

test("rows are encoded by the types of the entity", async () => {
  const [first] = await make(SEED, ["roots"]);
  const rows = Array.from({ length: 10 }, (_, parent) =>
    Buffer.from(encodeRow(NODE.fields, { id: 0, parent, at: "2026-05-01T12:00:00Z" })).toString("hex"),
  );
  expect(rows).toContain(first);
});

test("many rows come in batches of about a megabyte, and none is held longer", async () => {
  const seed = defineSeed({
    name: "many",
    entities: {
      roots: {
        *rows() {
          for (let id = 0; id < 100_000; id++) yield { id };
        },
      },
    },
  });
  const sizes: number[] = [];
  for await (const batch of new Generator(seed, { scale: 1, randomSeed: 1 }).batches("roots", NODE)) {
    sizes.push(batch.bytes.length);
  }
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThan(1.1 * 2 ** 20);
});

function oneRow(row: SeedRow): Seed {
  return { name: "odd", entities: { roots: { rows: () => [row] } } };
}

test.each([
  ["an unknown field", { id: 1, parents: 3 }, /seed odd, roots, row 1: .*no field parents/],
  ["no key", { parent: 3 }, /row 1: the key field id has no value/],
  ["a value that is no int", { id: "x" }, /row 1: field id/],
])("%s is an error that names seed, entity and row", async (_, row, message) => {
  await expect(make(oneRow(row), ["roots"])).rejects.toThrow(message);
});

test("what a generator throws is located", async () => {
  const seed = defineSeed({
    name: "odd",
    entities: {
      roots: {
        *rows() {
          yield { id: 1 };
          throw new TypeError("no more");
        },
      },
    },
  });
  await expect(make(seed, ["roots"])).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "seed odd, roots, row 1: no more",
  });
});

test("referring to what keeps nothing, or comes later, says what to do", async () => {
  await expect(make(SEED, ["leaves"])).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    hint: expect.stringContaining("keep"),
  });
});
