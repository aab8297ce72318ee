import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withoutStoreVariables } from "../../support/environment.ts";

export const binary = fileURLToPath(new URL("../../../bin/dbctl.js", import.meta.url));

/** The environment of a test: no store, no colour setting, no CI, whatever the machine's own has. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const { CI, FORCE_COLOR, NO_COLOR, NODE_OPTIONS, ...rest } = withoutStoreVariables(process.env);
  return { ...rest, TERM: "xterm-256color" };
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Sees the process as soon as it runs: to send signals, to read early. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Spawns the built binary, its streams piped. */
export function dbctl(args: readonly string[], options: RunOptions): Promise<Ended> {
  return run(process.execPath, [binary, ...args], options);
}

/** Spawns it on a terminal of 80 × 24 (util-linux' script), types `input`; both streams come as one. */
export function dbctlOnTerminal(
  args: readonly string[],
  options: RunOptions & { readonly input?: string },
): Promise<Ended> {
  const line = [process.execPath, binary, ...args].map((word) => `'${word}'`).join(" ");
  const command = `stty cols 80 rows 24; ${line}`;
  return run("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    ...options,
    onStart: (child) => {
      options.onStart?.(child);
      if (options.input === undefined) return;
      // Typed when asked for: what comes earlier would be echoed and read all the same, but not like a person does.
      let seen = "";
      child.stdout?.on("data", (text: string) => {
        seen += text;
        if (seen.includes("to go ahead: ")) {
          seen = "";
          child.stdin?.write(options.input);
        }
      });
    },
  });
}

function run(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...cleanEnv(), ...options.env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  options.onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
