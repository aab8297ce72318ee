import type { MigrateCreateData } from "../../commands/migrate-create.ts";
import type { Render } from "./style.ts";

/** The files, one a line: they can be handed to an editor. */
export const render: Render<MigrateCreateData> = ({ files }) => files.join("\n");
