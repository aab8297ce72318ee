import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { importDefault } from "../../../src/config/module.ts";
import { loadSeeds } from "../../../src/seed/load.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const ENTITIES = [{ name: "users", fields: { id: {}, email: {} } }];

function load(files: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), "dbctl-seeds-"));
  folders.push(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return loadSeeds({ dir, entities: ENTITIES, importDefault });
}

const rows = "rows: () => []";

test("seeds are TypeScript that imports dbctl, plain objects, or functions of helpers, in the order of their files", async () => {
  const seeds = await load({
    "b.ts": `import { defineSeed, type SeedRow } from "dbctl";
      const none: readonly SeedRow[] = [];
      export default defineSeed({ name: "typed", entities: { users: { rows: () => none } } });`,
    "c.mjs": `export default { name: "plain", entities: { users: { keep: ["id"], ${rows} } } };`,
    "a.ts": `export default ({ defineSeed, JsonText }) => defineSeed({ name: "function " + JsonText.name, entities: {} });`,
    "notes.md": "not a seed",
    "types.d.ts": "export default 1;",
  });
  expect(seeds.map((seed) => seed.name)).toEqual(["function JsonText", "typed", "plain"]);
});

test("every fault of every file is reported at once", async () => {
  const loading = load({
    "a.ts": "export const x = 1;",
    "b.ts": "export default 42;",
    "c.ts": `export default { now: "yesterday", entities: { users: { rows: 3 }, user: { ${rows} } } };`,
    "d.ts": `export default { name: "d", entities: { users: { ${rows}, keep: ["id", "mail"] } } };`,
    "e.ts": `throw new Error("on purpose");`,
  });
  await expect(loading).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    data: {
      faults: [
        expect.stringMatching(/^a\.ts: .*no default export/),
        expect.stringMatching(/^b\.ts: its default export is not a seed/),
        "c.ts: name: must be a text",
        "c.ts: now: yesterday is no ISO 8601 instant",
        "c.ts: entities.users.rows: must be a function that makes rows",
        "c.ts: entities.user: the configuration declares no such entity",
        "d.ts: entities.users.keep: users has no field mail",
        "e.ts: on purpose",
      ],
    },
  });
});

test("two seeds of one name would make the same rows", async () => {
  const seed = `export default { name: "same", entities: {} };`;
  await expect(load({ "a.ts": seed, "b.ts": seed })).rejects.toThrow("two seeds are called same");
});

test("no seed at all says where to write one", async () => {
  await expect(load({})).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    hint: expect.stringContaining("demo.ts"),
  });
  await expect(loadSeeds({ dir: "/nowhere", entities: [], importDefault })).rejects.toThrow(
    "there is no seed",
  );
});
