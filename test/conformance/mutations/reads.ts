import type { Mutation } from "../mutations.ts";
import {
  batch,
  changing,
  changingFields,
  inCollections,
  inOrderedReads,
  inProjections,
  overriding,
  rowsOf,
} from "./wrap.ts";

const EMPTY = new Uint8Array();
const MS_IN_US = 1000n;

export const readMutations: readonly Mutation[] = [
  {
    name: "scan drops the last row of a batch",
    part: "keys: int",
    apply: inCollections((original) => ({
      scan: (options) => changing(original.scan(options), (rows) => rows.slice(0, -1)),
    })),
  },
  {
    name: "scan yields a batch twice",
    part: "keys: int",
    apply: inCollections((original) => ({
      async *scan(options) {
        for await (const each of original.scan(options)) yield* [each, each];
      },
    })),
  },
  {
    name: "a batch says it has more rows than it has",
    part: "keys: int",
    apply: inCollections((original) => ({
      async *scan(options) {
        for await (const { rows, bytes } of original.scan(options)) yield { rows: rows + 1, bytes };
      },
    })),
  },
  {
    name: "reads ignore the where",
    part: "keys: int",
    apply: inProjections((projection) => ({ ...projection, where: [] })),
  },
  {
    name: "a where that is not equal drops NULL",
    part: "keys: ",
    apply: inProjections((projection) => ({
      ...projection,
      where: projection.where.flatMap((predicate) =>
        predicate.op === "isNot" ? [predicate, { field: predicate.field, op: "isNotNull" }] : [predicate],
      ),
    })),
  },
  {
    name: "a where takes less for less or equal",
    part: "keys: ",
    apply: inProjections((projection) => ({
      ...projection,
      where: projection.where.map((predicate) =>
        predicate.op === "lte" ? { ...predicate, op: "lt" } : predicate,
      ),
    })),
  },
  {
    name: "count is one too many",
    part: "keys: int",
    apply: inCollections((original) => ({ count: async (options) => (await original.count(options)) + 1 })),
  },
  {
    name: "keys forgets one",
    part: "keys: int",
    apply: inCollections((original) => ({
      async *keys(options) {
        for await (const keys of original.keys(options)) yield keys.slice(1);
      },
    })),
  },
  {
    name: "lookup answers in an order of its own",
    part: "keys: int",
    apply: inCollections((original) => ({
      lookup: async (keys, options) => (await original.lookup(keys, options)).toReversed(),
    })),
  },
  {
    name: "lookup leaves out keys that are missing",
    part: "keys: int",
    apply: inCollections((original) => ({
      lookup: async (keys, options) =>
        (await original.lookup(keys, options)).filter(({ length }) => length > 0),
    })),
  },
  {
    name: "ordered.scan sorts numbers by their bytes, the negative ones last",
    part: "keys: int",
    apply: inOrderedReads((original) => ({
      async *scan(range, options) {
        yield batch((await rowsOf(original.scan(range, options))).toSorted(Buffer.compare));
      },
    })),
  },
  {
    name: "ordered.scan includes the end of its range",
    part: "keys: int",
    apply: inCollections((original) => {
      const { ordered } = original;
      if (ordered === undefined) return null;
      return {
        ordered: overriding(ordered, {
          async *scan(range, options) {
            yield* ordered.scan(range, options);
            if (range.to === null) return;
            const [rows = []] = await original.lookup([range.to], options);
            if (rows.length > 0) yield batch(rows);
          },
        }),
      };
    }),
  },
  {
    name: "NULL is read as an empty text",
    part: "vectors: text",
    apply: changingFields(({ type }, value) => (type.kind === "text" && value === null ? EMPTY : value)),
  },
  {
    name: "timestamps are read to the millisecond",
    part: "vectors: timestamp",
    apply: changingFields(({ type }, value) => {
      if (type.kind !== "timestamp" || value === null) return value;
      const us = Buffer.from(value).readBigInt64BE();
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(us - (us % MS_IN_US));
      return bytes;
    }),
  },
  {
    name: "JSON numbers pass through a double",
    part: "vectors: json",
    apply: changingFields(({ type }, value) =>
      type.kind === "json" && value !== null && /^[[\d]/.test(Buffer.from(value).toString())
        ? Buffer.from(JSON.stringify(JSON.parse(Buffer.from(value).toString())).replaceAll(",", ", "))
        : value,
    ),
  },
  {
    name: "trailing spaces of texts are cut",
    part: "vectors: text",
    apply: changingFields(({ type }, value) =>
      type.kind === "text" && value !== null ? Buffer.from(Buffer.from(value).toString().trimEnd()) : value,
    ),
  },
];
