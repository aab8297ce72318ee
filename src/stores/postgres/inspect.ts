import type { SessionFacts } from "../store.ts";
import { anywhere, type Server } from "./database.ts";
import { quoteText } from "./literal.ts";
import { fillSql, readSql } from "./sql-file.ts";

const FACTS = readSql("session-facts.sql");

export async function inspectSession(server: Server, signal: AbortSignal): Promise<SessionFacts> {
  const { kind, database, schema } = server.namespace;
  const sql = fillSql(FACTS, { database: quoteText(database), schema: quoteText(schema) });
  const [row = {}] = await anywhere(server, signal, (session) => session.run(sql));
  const privilege = (name: string, column: string) => {
    const granted = row[column] ?? null;
    return granted === null ? [] : [{ name, granted: granted === "t" }];
  };
  const place = kind === "database" ? database : `${database}.${schema}`;
  return {
    user: row.user ?? server.options.connection.user,
    tls: row.tls ?? null,
    privileges: [
      ...(kind === "database"
        ? privilege("create databases", "may_create_databases")
        : privilege(`create schemas in ${database}`, "may_create_schemas")),
      ...privilege(`create tables in ${place}`, "may_create_tables"),
      ...privilege("create temporary tables", "may_stage"),
      ...privilege("read past row-level security", "may_bypass_rls"),
    ],
  };
}
