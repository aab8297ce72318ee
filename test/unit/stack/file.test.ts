import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  ensureStackFolder,
  readStack,
  type StackFile,
  stackFilePath,
  writeStack,
} from "../../../src/stack/file.ts";
import { homesOf } from "../../../src/stack/home.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "dbctl-file-test-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(home: string): StackFile {
  const engine = {
    url: "postgres://dbctl:secret@127.0.0.1:20001/postgres",
    provider: "system",
    version: "18.1",
    port: 20_001,
    pid: 42,
    startTime: "x",
    dataDir: `${home}/postgres/data`,
    logFile: `${home}/postgres.log`,
  };
  return { version: 1, home, engines: { postgres: engine } };
}

test("what was written is read again; only its owner may read it", () => {
  ensureStackFolder(root);
  for (const home of homesOf(root)) {
    writeStack(root, file(home));
    expect(readStack(root)).toEqual(file(home));
    expect(statSync(stackFilePath(root)).mode & 0o777).toBe(0o600);
  }
  expect(readFileSync(join(root, ".dbctl/.gitignore"), "utf8")).toBe("*\n");
});

test("there is none: null, and nothing is made", () => {
  expect(readStack(root)).toBeNull();
  expect(readStack(join(root, "no/such/folder"))).toBeNull();
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '{"version":2,"home":"/x","engines":{}}',
  '{"version":1,"engines":{}}',
  '{"version":1,"home":"HOME","engines":null}',
])("a damaged record counts as lost: %s", (text) => {
  ensureStackFolder(root);
  writeFileSync(stackFilePath(root), text.replace("HOME", homesOf(root)[0]));
  expect(readStack(root)).toBeNull();
});

test("an engine that makes no sense is left out, the others stay", () => {
  ensureStackFolder(root);
  const good = file(homesOf(root)[0]);
  writeStack(root, { ...good, engines: { ...good.engines, clickhouse: { url: 1 } as never } });
  expect(readStack(root)).toEqual(good);
});

test("a copy of the project does not take the original's engines for its own", () => {
  const original = join(root, "original");
  mkdirSync(original);
  ensureStackFolder(original);
  for (const home of homesOf(original)) {
    writeStack(original, file(home));
    cpSync(original, join(root, "copy"), { recursive: true });
    expect(readStack(original)).not.toBeNull();
    expect(readStack(join(root, "copy"))).toBeNull();
  }
});
