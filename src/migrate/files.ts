import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { DbctlError } from "../errors.ts";
import type { Directives, Script, StoreName } from "../stores/store.ts";
import { checksum, scriptText } from "./checksum.ts";
import { type DirectiveFault, parseDirectives } from "./directives.ts";
import { parseScriptName, scriptLanguage, storeOrder } from "./layout.ts";
import { parseVersionFolder, versionKey } from "./version.ts";

/** A script as it lies on disk. */
export interface ScriptFile extends Script {
  /** Relative to the folder of migrations, with slashes. */
  readonly path: string;
  readonly checksum: string;
  readonly directives: Directives;
}

/** What one version does to one store. */
export interface StepFiles {
  readonly version: string;
  readonly name: string;
  readonly store: StoreName;
  readonly up: ScriptFile;
  readonly down: ScriptFile | null;
}

/** Something in the folder of migrations that can't be meant. */
export interface FileFault {
  /** Relative to the project. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly message: string;
}

/**
 * Every step there is, versions ascending, system of record first within one. Reads synchronously: many small files.
 * Nothing is passed over in silence except dot files, Markdown and dbctl.sum. A missing folder holds no steps.
 * @throws MIGRATION_INVALID naming every fault
 */
export function readMigrations(migrationsDir: string, root: string): readonly StepFiles[] {
  const reader = new MigrationsReader(migrationsDir, root);
  const steps = reader.read();
  if (reader.faults.length > 0) throw invalidMigrations(reader.faults);
  return steps;
}

/** The one error for faults in files, whoever found them. */
export function invalidMigrations(faults: readonly FileFault[]): DbctlError {
  const lines = faults.map(
    ({ file, line, message }) => `${file}${line === undefined ? "" : `:${line}`} ${message}`,
  );
  const [only] = lines;
  const message =
    lines.length === 1 && only !== undefined
      ? only
      : `${lines.length} faults in the migrations:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return new DbctlError("MIGRATION_INVALID", message, {
    hint: lines.length === 1 ? undefined : "correct the migration files",
    data: { files: faults },
  });
}

class MigrationsReader {
  readonly faults: FileFault[] = [];
  readonly #dir: string;
  readonly #root: string;

  constructor(dir: string, root: string) {
    this.#dir = dir;
    this.#root = root;
  }

  read(): readonly StepFiles[] {
    const folders = new Map<string, { version: string; name: string; folder: string }>();
    for (const entry of this.#list("")) {
      if (!entry.isFolder) {
        if (/\.(up|down)\./.test(entry.name))
          this.#fault(entry.name, "belongs in a folder <version>_<name>/");
        continue;
      }
      const parsed = parseVersionFolder(entry.name);
      if (parsed === null) {
        this.#fault(entry.name, "is no version: folders are named <digits>_<name>, such as 0003_executions");
        continue;
      }
      const key = versionKey(parsed.version);
      const twin = folders.get(key);
      if (twin === undefined) folders.set(key, { ...parsed, folder: entry.name });
      else this.#fault(entry.name, `has the version of ${twin.folder}`);
    }
    return [...folders]
      .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
      .flatMap(([, { version, name, folder }]) => this.#steps(version, name, folder));
  }

  #steps(version: string, name: string, folder: string): StepFiles[] {
    const scripts = new Map<StoreName, { up?: ScriptFile; down?: ScriptFile }>();
    for (const entry of this.#list(folder)) {
      const path = `${folder}/${entry.name}`;
      const parsed = entry.isFolder ? "is a folder: a version holds files only" : parseScriptName(entry.name);
      if (typeof parsed === "string") {
        this.#fault(path, parsed);
        continue;
      }
      const script = this.#script(path, parsed.store);
      if (script !== null) {
        scripts.set(parsed.store, { ...scripts.get(parsed.store), [parsed.direction]: script });
      }
    }
    if (scripts.size === 0) this.#fault(folder, "holds no migration script");
    const steps: StepFiles[] = [];
    for (const [store, { up, down }] of scripts) {
      if (up !== undefined) steps.push({ version, name, store, up, down: down ?? null });
      else if (down !== undefined) this.#fault(down.path, "has no up script beside it");
    }
    return steps.sort((a, b) => storeOrder(a.store) - storeOrder(b.store));
  }

  #script(path: string, store: StoreName): ScriptFile | null {
    let text: string;
    try {
      text = scriptText(readFileSync(join(this.#dir, path)));
    } catch (error) {
      this.#fault(path, error instanceof TypeError ? "is not UTF-8" : `can't be read: ${String(error)}`);
      return null;
    }
    const { directives, faults } = parseDirectives(text, scriptLanguage(store).comment);
    for (const fault of faults) this.#directiveFault(path, fault);
    return { file: this.#projectPath(path), path, text, checksum: checksum(text), directives };
  }

  /** Entries that may mean something; a missing top folder has none. */
  #list(folder: string): { readonly name: string; readonly isFolder: boolean }[] {
    try {
      return readdirSync(join(this.#dir, folder), { withFileTypes: true })
        .filter(({ name }) => !name.startsWith(".") && !name.endsWith(".md"))
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
    } catch (error) {
      if (folder === "" && error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      this.#fault(folder, `can't be read: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  #fault(path: string, message: string): void {
    this.faults.push({ file: this.#projectPath(path), message });
  }

  #directiveFault(path: string, { line, message }: DirectiveFault): void {
    this.faults.push({ file: this.#projectPath(path), line, message });
  }

  #projectPath(path: string): string {
    return relative(this.#root, join(this.#dir, path)).split(sep).join("/");
  }
}
