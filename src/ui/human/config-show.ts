import type { ConfigShowData } from "../../commands/config-show.ts";
import type { Render } from "./style.ts";

export const render: Render<ConfigShowData> = ({ file, envFiles, values }, style) => {
  const withOrigin = values.some(({ origin }) => origin !== null);
  const head = ["setting", "value", ...(withOrigin ? ["from"] : [])];
  const rows = values.map(({ path, value, origin }) => [
    path,
    style.color.bold(value),
    ...(withOrigin ? [style.color.dim(origin ?? "")] : []),
  ]);
  const read = [file, ...envFiles].join("\n     ");
  return `${style.table(head, rows)}\n\nread ${read}`;
};
