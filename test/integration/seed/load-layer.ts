import { join } from "node:path";
import type { Entity } from "../../../src/config/entity.ts";
import { loadConfig } from "../../../src/config/load.ts";

/** The entities that a project's configuration declares. */
export async function loadEntities(folder: string): Promise<readonly Entity[]> {
  const configFile = join(folder, "dbctl.config.ts");
  return (await loadConfig({ cwd: folder, configFile, flags: {}, env: {} })).entities;
}
