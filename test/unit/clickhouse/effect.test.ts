import { expect, test } from "vitest";
import { effectOf } from "../../../src/stores/clickhouse/effect.ts";

test.each([
  ["INSERT INTO t VALUES (1)", "data", null, "t"],
  ["insert into TABLE db.t select 1", "data", "db", "t"],
  ["INSERT INTO `a``b`.`c\\`d` (x) VALUES (1)", "data", "a`b", "c`d"],
  ["ALTER TABLE t ATTACH PARTITION 1 FROM u", "data", null, "t"],
  ["ALTER TABLE db.t ON CLUSTER c UPDATE a = 1 WHERE 1", "mutation", "db", "t"],
  ["ALTER TABLE t ADD COLUMN u Int8, DELETE WHERE 1", "mutation", null, "t"],
  ["ALTER TABLE t MATERIALIZE INDEX i", "mutation", null, "t"],
  ["DELETE FROM t WHERE 1", "mutation", null, "t"],
  ["UPDATE t SET a = a + 1 WHERE 1", "data", null, "t"],
  ["EXCHANGE TABLES a AND b", "swap", null, "a"],
])("%s shows in its table", (statement, kind, database, table) => {
  expect(effectOf(statement)).toMatchObject({ kind, target: { database, table } });
});

test.each([
  "CREATE TABLE t (a Int8) ENGINE = Memory",
  "ALTER TABLE t ADD COLUMN (update Int8)",
  "ALTER TABLE t MODIFY COLUMN a Int16",
  "ALTER USER u DEFAULT ROLE ALL",
  "DROP TABLE t",
  "RENAME TABLE a TO b",
  "INSERT INTO FUNCTION null('a Int8') SELECT 1",
  "OPTIMIZE TABLE t FINAL",
])("%s is run again to see", (statement) => {
  expect(effectOf(statement)).toMatchObject({ kind: "definition", target: null });
});
