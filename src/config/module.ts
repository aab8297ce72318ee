import { readFile, stat } from "node:fs/promises";
import { createRequire, registerHooks } from "node:module";
import { sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DbctlError } from "../errors.ts";
import type { Helpers } from "./helpers.ts";
import type { Secrets } from "./secrets.ts";

/** dbctl itself, whatever way this code was started: a configuration needs no local install. */
const SELF = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url).href;

/** A path or URL in a stack, without the query that tells versions of a module apart, and its line. */
const FRAME = /(file:\/\/[^\s?:()]+|\/[^?:()\n]+)(?:\?[^\s:)]*)?:(\d+)/g;

/** Node's own loader, also under a test runner or in a bundle. */
const nodeImport: (url: string) => Promise<object> = createRequire(import.meta.url)("./native-import.cjs");

/**
 * What the file exports by default, called with `helpers` if it is a function.
 * @throws CONFIG_INVALID naming file and line for whatever the file throws
 */
export async function importConfig(file: string, helpers: Helpers, secrets: Secrets): Promise<unknown> {
  try {
    const exported = file.endsWith(".json")
      ? parseJson(file, await readFile(file, "utf8"))
      : await importDefault(file, "export default defineConfig({ … })");
    return typeof exported === "function" ? await exported(helpers) : exported;
  } catch (error) {
    throw error instanceof DbctlError ? error : await describe(error, file, secrets);
  }
}

/**
 * The default export of a project's own module (configuration, seeds), in which `dbctl` means this dbctl.
 * @throws CONFIG_INVALID without one, with a hint to write `example`; whatever the module throws
 */
export async function importDefault(file: string, example: string): Promise<unknown> {
  const url = pathToFileURL(file);
  // Modules are cached by URL: a changed file is another one.
  url.searchParams.set("v", String((await stat(file)).mtimeMs));
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === "dbctl") return { ...nextResolve(SELF, context), shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      // Without this Node tries CommonJS first and warns wherever package.json does not say "type": "module".
      const isOwnTypeScript = /\.ts(\?|$)/.test(resolved.url) && !resolved.url.includes("/node_modules/");
      return isOwnTypeScript ? { ...resolved, format: "module-typescript" } : resolved;
    },
  });
  try {
    const module = await nodeImport(url.href);
    if ("default" in module) return module.default;
  } finally {
    hooks.deregister();
  }
  throw new DbctlError("CONFIG_INVALID", `${file} has no default export`, {
    hint: `write: ${example}`,
  });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const line = position === undefined ? "" : `:${text.slice(0, Number(position)).split("\n").length}`;
    // The parser quotes the text around the fault, which may hold a password.
    throw new DbctlError("CONFIG_INVALID", `${file}${line}: this is not JSON`);
  }
}

async function describe(error: unknown, file: string, secrets: Secrets): Promise<DbctlError> {
  const message = secrets.redact(error instanceof Error ? error.message : String(error));
  const place =
    (error instanceof Error ? placeOf(error.stack ?? "", file) : null) ??
    (error instanceof SyntaxError ? await placeOfSyntaxError(file) : null);
  return new DbctlError("CONFIG_INVALID", `${place ?? file}: ${message}`, {
    hint: "correct the configuration file",
    cause: cleaned(error, secrets),
  });
}

/** What was thrown, fit to be shown: whoever wrote the file may have put a URL into an error. */
function cleaned(error: unknown, secrets: Secrets): Error {
  const clean = new Error(secrets.redact(error instanceof Error ? error.message : String(error)));
  if (error instanceof Error && error.stack !== undefined) clean.stack = secrets.redact(error.stack);
  return clean;
}

/** `file:line` of the innermost frame in the configuration or in what it imports from its own folder. */
function placeOf(stack: string, file: string): string | null {
  const folder = file.slice(0, file.lastIndexOf(sep) + 1);
  for (const [, frame = "", line] of stack.matchAll(FRAME)) {
    const path = frame.startsWith("file://") ? fileURLToPath(frame) : frame;
    if (path.startsWith(folder) && !path.includes(`${sep}node_modules${sep}`)) return `${path}:${line}`;
  }
  return null;
}

/** Node tells the place of a fault in JavaScript's syntax to the terminal only. */
async function placeOfSyntaxError(file: string): Promise<string | null> {
  const { spawnSync } = await import("node:child_process");
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 5_000 });
  return placeOf(stderr.split("\n", 1)[0] ?? "", file);
}
