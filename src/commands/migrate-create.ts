import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command, Context } from "../context.ts";
import { DbctlError, EXIT } from "../errors.ts";
import { readMigrations } from "../migrate/files.ts";
import { scriptLanguage, scriptPath, storeOrder } from "../migrate/layout.ts";
import { nextVersion } from "../migrate/version.ts";
import type { StoreName } from "../stores/store.ts";

export interface MigrateCreateOptions {
  /** What the version does: letters, digits, blanks, `_` and `-`. */
  readonly name: string;
  /** Default: every store of the project. */
  readonly stores?: readonly string[] | undefined;
}

export interface MigrateCreateData {
  readonly version: string;
  readonly name: string;
  /** Relative to the project. */
  readonly files: readonly string[];
}

/**
 * Makes the folder of the next version with an up and a down script for each store. They enter dbctl.sum once they are
 * applied: what is still being written has no hash worth keeping. Connects to nothing.
 */
export const run: Command<MigrateCreateOptions, MigrateCreateData> = async (context, options) => {
  const { config } = context;
  const stores = chosenStores(context, options.stores);
  const name = folderName(options.name);
  const steps = readMigrations(config.migrationsDir, config.root);
  const version = nextVersion(steps.map((step) => step.version));
  const folder = `${version}_${name}`;
  mkdirSync(join(config.migrationsDir, folder), { recursive: true });
  const files = stores.flatMap((store) =>
    (["up", "down"] as const).map((direction) => {
      const file = join(config.migrationsDir, scriptPath(folder, store, direction));
      writeFileSync(file, template(store, direction, folder), { flag: "wx" });
      return relative(config.root, file);
    }),
  );
  return { exitStatus: EXIT.ok, data: { version, name, files }, warnings: [] };
};

function chosenStores({ config }: Context, wanted: readonly string[] | undefined): readonly StoreName[] {
  const known = [...config.stores.keys(), ...config.missing.keys()].sort(
    (a, b) => storeOrder(a) - storeOrder(b),
  );
  if (wanted === undefined || wanted.length === 0) return known;
  const unknown = wanted.filter((name) => !known.some((store) => store === name));
  if (unknown.length > 0) {
    throw new DbctlError("USAGE", `this project has no store ${unknown.join(", ")}`, {
      hint: `it has ${known.join(", ")}`,
    });
  }
  return known.filter((store) => wanted.includes(store));
}

function folderName(text: string): string {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
  if (!/^[a-z0-9][a-z0-9_]*$/.test(name)) {
    throw new DbctlError("USAGE", `"${text}" can't be the name of a migration`, {
      hint: "use letters, digits and underscores: dbctl migrate create add_orders",
    });
  }
  return name;
}

function template(store: StoreName, direction: "up" | "down", folder: string): string {
  const { comment } = scriptLanguage(store);
  const what =
    direction === "up"
      ? "statements that bring the store to this version"
      : "statements that undo the up script; stored with the step when it is applied";
  return `${comment} ${folder}, ${store}, ${direction}: ${what}.\n`;
}
