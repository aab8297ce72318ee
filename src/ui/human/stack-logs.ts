import type { StackLogs } from "../../stack/index.ts";
import type { Render } from "./style.ts";

/** The lines as the engine wrote them, for grep and eyes alike. */
export const render: Render<StackLogs> = (data) => data.lines.join("\n");
