import type { Migrations } from "../store.ts";
import type { Server } from "./database.ts";
import { dropHistory, ensureHistory, readHeads, readHistory, recordHead } from "./history.ts";
import { splitSql } from "./split.ts";

export function migrationsOf(server: Server): Migrations {
  return {
    ensureHistory: (signal) => ensureHistory(server, signal),
    history: (signal) => readHistory(server, signal),
    parse: (script) => splitSql(script).map(({ text, line, column }) => ({ text, line, column })),
    async apply(step, options) {
      const { applyStep } = await import("./apply.ts");
      await applyStep(server, step, options);
    },
    heads: (signal) => readHeads(server, signal),
    recordHead: (store, head, signal) => recordHead(server, store, head, signal),
    dropHistory: (signal) => dropHistory(server, signal),
  };
}
