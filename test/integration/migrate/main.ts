/** The command line from the sources: tests of processes need no build. */
import { main } from "../../../src/cli.ts";

await main(process.argv.slice(2), process);
