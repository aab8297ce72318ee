import { readFileSync } from "node:fs";
import type { Io } from "./cli/io.ts";
import { outputModeOf } from "./cli/mode.ts";
import { type Parsed, parse } from "./cli/program.ts";
import { LateRedactor } from "./cli/redactor.ts";
import type { Host } from "./cli/run.ts";
import { isTextCommand } from "./cli/spec.ts";
import { widthOf } from "./cli/terminal.ts";
import { namedPath } from "./cli/usage.ts";
import { asDbctlError, EXIT, type ExitStatus } from "./errors.ts";
import { createOutput } from "./ui/output.ts";

/** How long open handles may keep the process after everything is done. */
const LINGER_MS = 500;
/** Help is at most as wide as the page that the build keeps for `bin/dbctl.js`. */
const WIDEST_HELP = 80;

/**
 * The command line: `argv` is what stands after the script. Resolves when the result is written, and is the only
 * place that sets `process.exitCode`. What help does not need is loaded later: a start is counted in milliseconds.
 */
export async function main(argv: readonly string[], process: NodeJS.Process): Promise<void> {
  // Node's own warnings (a feature is experimental, a package.json has no type) are not for whoever runs dbctl.
  process.removeAllListeners("warning");
  const io = ioOf(process);
  const redactor = new LateRedactor();
  const output = createOutput(io, redactor);
  const exit = (status: ExitStatus) => process.exit(status);
  const status = await runLine(argv, { io, output, redactor, process, exit }).catch((thrown) => {
    output.say(`error: ${asDbctlError(thrown).message}`);
    return EXIT.failed;
  });
  const failure = await output.written();
  if (failure !== null) output.say(`error: the result could not be written: ${failure.message}`);
  process.exitCode = failure === null ? status : EXIT.failed;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

async function runLine(argv: readonly string[], host: Host): Promise<ExitStatus> {
  const { io, output } = host;
  let parsed: Parsed;
  try {
    parsed = parse(argv, { version: io.version, width: Math.min(widthOf(io.stdout), WIDEST_HELP) });
  } catch (thrown) {
    return refuse(thrown, argv, host);
  }
  if (parsed.kind === "text") {
    output.result(parsed.text);
    return EXIT.ok;
  }
  const { spec, values } = parsed;
  if (isTextCommand(spec)) {
    output.result(await spec.text(values));
    return EXIT.ok;
  }
  const { runCommand } = await import("./cli/run.ts");
  return runCommand({ ...parsed, spec }, host);
}

/** Says what is wrong with the line itself, in the form it asked for. */
async function refuse(thrown: unknown, argv: readonly string[], host: Host): Promise<ExitStatus> {
  const error = asDbctlError(thrown);
  const { exitStatus } = error;
  const command = namedPath(argv).join(" ");
  const outcome = { command, exitStatus, data: null, error, warnings: [], render: null };
  const color = !argv.includes("--no-color");
  const { presentOutcome } = await import("./cli/present.ts");
  await presentOutcome(outcome, { ...host, mode: outputModeOf(argv), verbose: false, quiet: false, color });
  return exitStatus;
}

function ioOf(process: NodeJS.Process): Io {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  // Getters: Node makes a stream at its first use, and the folder may be gone.
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    env: process.env,
    get cwd() {
      return process.cwd();
    },
    version,
  };
}
