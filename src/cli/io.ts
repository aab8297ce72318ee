import type { ReadStream, WriteStream } from "node:tty";

export type Env = Readonly<Record<string, string | undefined>>;

/** What the command line takes from its process. */
export interface Io {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: Env;
  readonly cwd: string;
  readonly version: string;
}
