import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { DbctlError } from "../errors.ts";
import type { Sourced } from "./origin.ts";
import type { Secrets } from "./secrets.ts";

/** A variable of the environment or of a `.env` file. */
export interface Variable extends Sourced<string> {
  readonly name: string;
  /** Whether the file goes on behind a `#` that nothing quotes: what follows was taken for a comment. */
  readonly isCut: boolean;
  /** Smaller is stronger: 0 is the environment itself. */
  readonly layer: number;
}

/** The variables of a run: the environment's, then those of the `.env` files, strongest first. */
export interface Variables {
  /**
   * The strongest layer that has the variable decides; undefined when its value is empty there, so that
   * `DATABASE_URL= dbctl …` switches off what a file says.
   */
  get(name: string): Variable | undefined;
  /** Names set in any layer. */
  names(): Iterable<string>;
  /** `.env` files that were read, strongest first. */
  readonly files: readonly string[];
}

/** Ends of names: SSH_ASKPASS is a path, MAX_TOKENS a number. */
const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|_SECRET|SECRET_KEY)$/i;
const TOKEN_NAME = /(_TOKEN|API_?KEY|ACCESS_KEY)$/i;

export type ProcessEnv = Readonly<Record<string, string | undefined>>;

interface Layer {
  readonly file: string | null;
  readonly text: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** Reads `.env.<environment>.local`, `.env.<environment>`, `.env.local`, `.env` of `root`; null leaves out the first two. */
export async function loadVariables(
  root: string,
  environment: string | null,
  env: ProcessEnv,
): Promise<Variables> {
  const names = environment === null ? [] : [`.env.${environment}.local`, `.env.${environment}`];
  const files = await Promise.all(
    [...names, ".env.local", ".env"].map((name) => readLayer(join(root, name))),
  );
  return variablesOf([{ file: null, text: "", values: env }, ...files.filter((layer) => layer !== null)]);
}

function variablesOf(layers: readonly Layer[]): Variables {
  return {
    files: layers.flatMap(({ file }) => file ?? []),
    names: () => new Set(layers.flatMap(({ values }) => Object.keys(values))),
    get(name) {
      const layer = layers.findIndex(
        ({ values }) => Object.hasOwn(values, name) && values[name] !== undefined,
      );
      const found = layers[layer];
      const value = found?.values[name];
      if (found === undefined || value === undefined || value.trim() === "") return undefined;
      if (found.file === null)
        return { name, value, isCut: false, layer, origin: { from: "environment", name } };
      const { line, isCut } = findLine(found.text, name);
      return { name, value, isCut, layer, origin: { from: "file", file: found.file, line, name } };
    },
  };
}

async function readLayer(file: string): Promise<Layer | null> {
  try {
    const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
    return { file, text, values: parseEnv(text) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return null;
    throw new DbctlError("CONFIG_INVALID", `${file} cannot be read: ${code}`, { cause: error });
  }
}

/** The last line that sets `name`: a later one wins. */
function findLine(
  text: string,
  name: string,
): { readonly line: number | undefined; readonly isCut: boolean } {
  const lines = text.split("\n");
  const index = lines.findLastIndex((line) => {
    const [left] = line.split("=", 1);
    return left?.trim().replace(/^export\s+/, "") === name;
  });
  const right = lines[index]?.replace(/^[^=]*=\s*/, "") ?? "";
  return { line: index < 0 ? undefined : index + 1, isCut: /^[^"'`#][^#]*[^\s#]#/.test(right) };
}

/** Every value whose name says that it is a secret (numbers only if it is a password), and the password of every URL, used or not. */
export function registerSecrets(variables: Variables, secrets: Secrets): void {
  for (const name of variables.names()) {
    const value = variables.get(name)?.value;
    if (value === undefined) continue;
    if (SECRET_NAME.test(name) || (TOKEN_NAME.test(name) && !/^[\d.]+$/.test(value))) secrets.add(value);
    else if (value.includes("://")) secrets.addUrl(value);
  }
}
