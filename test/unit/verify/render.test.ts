import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run as sync } from "../../../src/commands/sync.ts";
import {
  type VerifyData,
  type VerifyOptions,
  run as verify,
} from "../../../src/commands/verify-consistency.ts";
import { createStyle } from "../../../src/ui/human/style.ts";
import { escaped, visible, visiblePair } from "../../../src/ui/human/value-text.ts";
import { render } from "../../../src/ui/human/verify-consistency.ts";
import { ENTITIES, openShop, type Shop } from "../sync/shop.ts";

describe("values side by side", () => {
  test.each([
    ["text", "a ", "'a '"],
    ["text", null, "NULL"],
    ["text", "NULL", "'NULL'"],
    ["text", "", "''"],
    ["text", "e\u0301", "'e\\u0301'"],
    ["text", "é", "'é'"],
    ["text", "a\u00a0b\u200b\u202e\t\n\u0000", "'a\\u00a0b\\u200b\\u202e\\t\\n\\u0000'"],
    ["text", "a  b", "'a \\u0020b'"],
    ["text", "it's \\n", "'it\\'s \\\\n'"],
    ["json", '{"a": 1}', "'{\"a\": 1}'"],
    ["decimal(18,4)", "1.2500", "1.2500"],
    ["timestamp", "2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000001Z"],
    ["int[]", "[1, 2]", "'[1, 2]'"],
  ])("%s %j", (type, value, text) => {
    expect(visible(type, value)).toBe(text);
  });

  test("long values are shown around the place where they part", () => {
    const [left, right] = visiblePair("text", `${"x".repeat(5000)}one`, `${"x".repeat(5000)}two`);
    expect(left).toBe(`'…${"x".repeat(20)}one'`);
    expect(right).toBe(`'…${"x".repeat(20)}two'`);
    expect(visible("text", "y".repeat(100))).toBe(`'${"y".repeat(60)}…'`);
  });

  test("different texts never look alike", () => {
    const texts = [
      "a",
      "a ",
      "a\u00a0",
      "a\u200b",
      "а",
      "a\\u00a0",
      "'a'",
      "a\n",
      "a\\n",
      "e\u0301",
      "é",
      "a  ",
      "a \u0020",
    ];
    const distinct = new Set(texts);
    expect(new Set([...distinct].map(escaped)).size).toBe(distinct.size);
  });
});

describe("the whole answer", () => {
  let shop: Shop;

  const context = (options = {}) => shop.project.context({ entities: ENTITIES, ...options });
  const text = async (options: Partial<VerifyOptions> = {}, contextOptions = {}) => {
    const all = { repair: false, deleteExtra: false, dryRun: false, limit: 20, lagMs: 0, ...options };
    const { data } = await verify(context(contextOptions), all);
    const style = await createStyle({ width: 100, colorLevel: 0, unicode: true });
    return render(withoutTimes(data), style);
  };

  beforeEach(async () => {
    shop = openShop();
    await shop.put("customers", "postgres", [
      { id: 1, name: "Ann" },
      { id: 2, name: "Bø" },
      { id: 3, name: null },
    ]);
    await sync(context(), { dryRun: false });
  });

  afterEach(() => shop[Symbol.asyncDispose]());

  test("equal", async () => {
    expect(await text()).toMatchInlineSnapshot(`
      "   entity     copy                       rows  equal  missing  extra  different    time
      ✓  customers  clickhouse                    3      3        0      0          0  0.0 ms
      ✓  orders     clickhouse:orders_archive     0      0        0      0          0  0.0 ms
      ✓  notes      no copy                       0                                    0.0 ms

      ✓ equal: 2 copies, 3 rows in 0.0 ms, 0 rows/s
        root 2300a3b63827a297c31f502b843eaa962436f130c633ad1e4dd1357f3d3f753a"
    `);
  });

  test("different, and a repair", async () => {
    const copy = await shop.collection("customers", "clickhouse");
    await copy.remove([[Buffer.from("0000000000000001", "hex")]], { signal: new AbortController().signal });
    await shop.put("customers", "clickhouse", [
      { id: 2, name: "Bo\u0308" },
      { id: 3, name: "" },
      { id: 4, name: "x" },
    ]);
    expect(await text({ limit: 3 })).toMatchInlineSnapshot(`
      "   entity     copy                       rows  equal  missing  extra  different    time
      ✗  customers  clickhouse                    3      0        1      1          2  0.0 ms
      ✓  orders     clickhouse:orders_archive     0      0        0      0          0  0.0 ms
      ✓  notes      no copy                       0                                    0.0 ms

      customers in clickhouse:customers: 4 differences
      key, column  postgres:customers  clickhouse:customers
      1            present             missing
      2
        name       'Bø'                'Bo\\u0308'
      3
        name       NULL                ''
      and 1 more: --limit 4

      ✗ different: 2 copies, 3 rows in 0.0 ms, 0 rows/s
        root 2300a3b63827a297c31f502b843eaa962436f130c633ad1e4dd1357f3d3f753a"
    `);
    expect(await text({ repair: true, dryRun: true, limit: 2 })).toMatchInlineSnapshot(`
      "   entity     copy                       rows  equal  missing  extra  different    time
      ✗  customers  clickhouse                    3      0        1      1          2  0.0 ms
      ✓  orders     clickhouse:orders_archive     0      0        0      0          0  0.0 ms
      ✓  notes      no copy                       0                                    0.0 ms

      customers in clickhouse:customers: 4 differences
      key, column  postgres:customers  clickhouse:customers
      1            present             missing
      2
        name       'Bø'                'Bo\\u0308'
      and 2 more: --limit 4

         repair                to write  to delete  left alone
      !  clickhouse:customers         3          0  1 extra (--delete-extra)

      clickhouse:customers  write  id=1
      clickhouse:customers  write  id=2
      clickhouse:customers  and 1 more: --limit

      ✗ different: 2 copies, 3 rows in 0.0 ms, 0 rows/s
        root 2300a3b63827a297c31f502b843eaa962436f130c633ad1e4dd1357f3d3f753a"
    `);
    expect(await text({ repair: true })).toMatchInlineSnapshot(`
      "   entity     copy                       rows  equal  missing  extra  different    time
      ✗  customers  clickhouse                    3      3        0      1          0  0.0 ms
      ✓  orders     clickhouse:orders_archive     0      0        0      0          0  0.0 ms
      ✓  notes      no copy                       0                                    0.0 ms

      customers in clickhouse:customers: 1 difference
      key, column  postgres:customers  clickhouse:customers
      4            absent              extra

         repair                written  deleted  left alone
      !  clickhouse:customers        3        0  1 extra (--delete-extra)

      ✗ different: 2 copies, 3 rows in 0.0 ms, 0 rows/s
        root 2300a3b63827a297c31f502b843eaa962436f130c633ad1e4dd1357f3d3f753a"
    `);
  });

  test("not checked", async () => {
    expect(await text({ entities: ["customers"] }, { skip: ["clickhouse"] })).toMatchInlineSnapshot(`
      "   entity     copy        rows  equal  missing  extra  different  time
      !  customers  clickhouse     ?      ?        ?      ?          ?

      ! clickhouse:customers was not checked: clickhouse is left out of this run

      ! not checked: 0 of 1 copy, 3 rows in 0.0 ms, 0 rows/s"
    `);
  });
});

function withoutTimes(data: VerifyData): VerifyData {
  const still = { durationMs: 0, rowsPerSecond: 0 };
  const entities = data.entities.map((entity) => ({
    ...entity,
    ...still,
    copies: entity.copies.map((copy) => ({ ...copy, ...still })),
  }));
  return { ...data, ...still, entities };
}
