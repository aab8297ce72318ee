import type { ConfigShowData, ConfigValue } from "../../commands/config-show.ts";
import type { Render } from "./style.ts";

const INDENT = "  ";

export const render: Render<ConfigShowData> = ({ file, envFiles, values }, style) => {
  const withOrigin = values.some(({ origin }) => origin !== null);
  const groups = Map.groupBy(values, groupOf);
  const row = (name: string, { value, origin }: ConfigValue) => [
    name,
    value,
    ...(withOrigin ? [style.color.dim(origin ?? "")] : []),
  ];
  const rows = [...groups].flatMap(([group, members]) =>
    group === ""
      ? members.map((member) => row(member.path, member))
      : [
          [style.color.bold(group), "", ...(withOrigin ? [""] : [])],
          ...members.map((member) => row(`${INDENT}${member.path.slice(group.length + 1)}`, member)),
        ],
  );
  const head = ["setting", "value", ...(withOrigin ? ["from"] : [])];
  const read = [file, ...envFiles].join(`\n${" ".repeat("read ".length)}`);
  return `${style.table(head, rows)}\n\nread ${read}`;
};

/** `stores.postgres`, `entities`; "" for what stands alone. */
function groupOf({ path }: ConfigValue): string {
  return /^(stores\.[^.]+|entities)\./.exec(path)?.[1] ?? "";
}
