/**
 * ClickHouse itself, called in the library of the npm package: `clickhouse-local`, which opens the real HTTP listener
 * and serves until its standard input is closed.
 *
 *     node engine.ts <package folder> <uid:gid or empty> <ClickHouse's arguments…>
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { dropRights } from "./rights.ts";

/** The part of ffi-rs used here. */
interface Ffi {
  open(library: { library: string; path: string }): void;
  load(call: {
    library: string;
    funcName: string;
    retType: number;
    paramsType: number[];
    paramsValue: unknown[];
  }): unknown;
  readonly DataType: Readonly<Record<"I32" | "BigInt" | "String" | "StringArray" | "Void", number>>;
}

/** The first statement opens the listener, the second reads standard input to its end. */
const QUERY =
  "SYSTEM START LISTEN HTTP; SELECT count() FROM file('-', 'LineAsString') SETTINGS max_execution_time = 0";

const [folder = "", user = "", ...options] = process.argv.slice(2);
const ffi = createRequire(join(folder, "package.json"))("ffi-rs") as Ffi;
const { BigInt: pointer, I32, String: text, StringArray, Void } = ffi.DataType;
ffi.open({ library: "chdb", path: join(folder, "node_modules/@chdb/lib-linux-x64-gnu/libchdb.so") });
ffi.open({ library: "libc", path: "" });
dropRights(user);

const args = ["clickhouse", ...options, `--query=${QUERY}`];
const result = call("chdb", "chdb_query_cmdline", pointer, [I32, StringArray], [args.length, args]);
// NULL on success, and a NULL must not be read as a string.
const failed = Boolean(call("chdb", "chdb_result_error", pointer, [pointer], [result]));
if (failed) process.stderr.write(`${call("chdb", "chdb_result_error", text, [pointer], [result])}\n`);
// The library's own threads do not survive a regular exit.
call("libc", "_exit", Void, [I32], [failed ? 1 : 0]);

function call(library: string, name: string, returns: number, types: number[], values: unknown[]): unknown {
  return ffi.load({ library, funcName: name, retType: returns, paramsType: types, paramsValue: values });
}
