import type { LoadReport, RowBatch } from "../../../src/stores/store.ts";
import type { Mutation } from "../mutations.ts";
import { changing, inCollections } from "./wrap.ts";

const LATE_MS = 150;

export const writeMutations: readonly Mutation[] = [
  {
    name: "upsert inserts",
    part: "writes: load",
    apply: inCollections((original) => ({
      load: (rows, options) => original.load(rows, { ...options, mode: "insert" }),
    })),
  },
  {
    name: "insert replaces what is there",
    part: "writes: |lifecycle: what is declared",
    apply: inCollections((original) => ({
      load: (rows, options) => original.load(rows, { ...options, mode: "upsert" }),
    })),
  },
  {
    name: "load keeps quiet about refused rows",
    part: "writes: load",
    apply: inCollections((original) => ({
      async load(rows, options): Promise<LoadReport> {
        return { ...(await original.load(rows, options)), rejected: [], rejectedCount: 0 };
      },
    })),
  },
  {
    name: "load counts refused rows as written",
    part: "writes: load",
    apply: inCollections((original) => ({
      async load(rows, options): Promise<LoadReport> {
        const report = await original.load(rows, options);
        return { ...report, rows: report.rows + report.rejectedCount };
      },
    })),
  },
  {
    name: "load keeps more than 100 refused rows",
    part: "writes: load",
    apply: inCollections((original) => ({
      async load(rows, options): Promise<LoadReport> {
        const report = await original.load(rows, options);
        return { ...report, rejected: [...report.rejected, ...report.rejected] };
      },
    })),
  },
  {
    name: "load loses the last row of a batch",
    part: "writes: load",
    apply: inCollections((original) => ({
      load: (rows, options) =>
        original.load(
          changing(rows, (each) => each.slice(0, -1)),
          options,
        ),
    })),
  },
  {
    name: "load resolves before its rows can be seen",
    part: "writes: load",
    apply: inCollections((original) => ({
      async load(rows, options) {
        const batches: RowBatch[] = [];
        for await (const { rows: count, bytes } of rows)
          batches.push({ rows: count, bytes: new Uint8Array(bytes) });
        async function* later() {
          await new Promise((resolve) => setTimeout(resolve, LATE_MS));
          yield* batches;
        }
        original.load(later(), options).catch(() => {});
        return {
          rows: batches.reduce((sum, { rows: count }) => sum + count, 0),
          rejected: [],
          rejectedCount: 0,
        };
      },
    })),
  },
  {
    name: "load swallows what its source throws",
    part: "writes: load",
    apply: inCollections((original) => ({
      load(rows, options) {
        async function* quiet() {
          try {
            yield* rows;
          } catch {
            // That is the fault.
          }
        }
        return original.load(quiet(), options);
      },
    })),
  },
  {
    name: "remove counts the keys asked for",
    part: "writes: remove",
    apply: inCollections((original) => ({
      async remove(keys, options) {
        await original.remove(keys, options);
        return keys.length;
      },
    })),
  },
  {
    name: "remove forgets the last key",
    part: "writes: remove",
    apply: inCollections((original) => ({
      remove: (keys, options) => original.remove(keys.length > 1 ? keys.slice(0, -1) : keys, options),
    })),
  },
];
