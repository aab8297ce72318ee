import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { testNamespace } from "../../support/engines.ts";

export interface Project {
  readonly folder: string;
  readonly namespace: string;
  /** Writes a file below the folder. */
  write(path: string, text: string): void;
  read(path: string): string;
  /** Removes a file or folder below the folder. */
  delete(path: string): void;
  remove(): void;
}

export interface ProjectOptions {
  /** Replaces the stores of the shared test stack. */
  readonly stores?: Readonly<Record<string, unknown>>;
}

/** A project named `shop` in a temporary folder, on a namespace of its own of the shared test stack. */
export function createProject(purpose: string, options: ProjectOptions = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "dbctl-cli-"));
  const namespace = testNamespace(purpose);
  const urls = inject("engineUrls");
  const stores = options.stores ?? {
    postgres: { url: urls.postgres },
    clickhouse: { url: urls.clickhouse },
  };
  const project: Project = {
    folder,
    namespace,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    delete: (path) => rmSync(join(folder, path), { recursive: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.write("dbctl.config.json", JSON.stringify({ name: "shop", namespace, stores }));
  return project;
}
