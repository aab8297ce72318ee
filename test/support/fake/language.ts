import { t } from "../../../src/encoding/types.ts";
import { DbctlError } from "../../../src/errors.ts";
import type { Script, Statement } from "../../../src/stores/store.ts";
import type { FakeNamespace } from "./server.ts";

const COMMANDS = ["put", "del", "fail", "table", "drop", "sleep"];

/**
 * The fake's own language, one statement a line: `put <key> <value>`, `del <key>`, `fail <message>`,
 * `table <name>` (columns id int, note text), `drop <name>`, `sleep <seconds>`; `--` begins a comment line.
 */
export function parseFakeScript({ file, text }: Script): readonly Statement[] {
  return text.split("\n").flatMap((source, index) => {
    const statement = source.trim();
    if (statement === "" || statement.startsWith("--")) return [];
    const [line, column] = [index + 1, source.indexOf(statement) + 1];
    if (!COMMANDS.includes(statement.split(" ")[0] ?? ""))
      throw new DbctlError("MIGRATION_INVALID", `${file}:${line}:${column} no such statement: ${statement}`, {
        data: { file, line, column },
      });
    return [{ text: statement, line, column }];
  });
}

/** How long a statement takes before it has its effect. */
export function durationMs({ text }: Statement): number {
  return text.startsWith("sleep ") ? Number(text.slice("sleep ".length)) * 1000 : 0;
}

/** Runs one statement. @throws Error, as an engine would, when it can't */
export function runFakeStatement(namespace: FakeNamespace, { text }: Statement): void {
  const [command = "", name = "", ...rest] = text.split(" ");
  if (command === "fail") throw new Error([name, ...rest].join(" ") || "failed on purpose");
  if (command === "sleep") return;
  if (command === "put") namespace.values.set(name, rest.join(" "));
  else if (command === "table") {
    if (namespace.tables.has(name)) throw new Error(`table ${name} is there already`);
    const columns = [
      { column: "id", type: t.int() },
      { column: "note", type: t.text() },
    ];
    namespace.tables.set(name, { columns, keyLength: 1, rows: new Map() });
  } else if (!(command === "del" ? namespace.values : namespace.tables).delete(name))
    throw new Error(`there is no ${name}`);
}
