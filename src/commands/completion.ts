/** A command, or a word in front of commands, as a shell completes it. */
export interface CompletionNode {
  /** The words after `dbctl`; empty for dbctl itself. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  /** What the first argument may be. */
  readonly choices: readonly string[];
  readonly commands: readonly CompletionNode[];
}

export interface CompletionFlag {
  /** `--steps`, and `-s` where there is one. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly value: "none" | "file" | "text" | readonly string[];
}

export type Shell = "bash" | "zsh" | "fish";

/** A script that completes commands, flags and their choices; needs nothing but the shell when it runs. */
export function completionScript(shell: Shell, root: CompletionNode): string {
  const nodes = flatten(root);
  if (shell === "bash") return bashScript(nodes);
  return shell === "zsh" ? zshScript(nodes) : fishScript(nodes);
}

function flatten(node: CompletionNode): readonly CompletionNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

/** `case` lines that follow the words typed so far down the tree, the same in bash and zsh. */
function walkCases(nodes: readonly CompletionNode[]): string {
  return nodes
    .flatMap((node) =>
      node.commands.map((child) => `      "${node.path}:${child.name}") at="${child.path}" ;;`),
    )
    .join("\n");
}

function valueCases(
  nodes: readonly CompletionNode[],
  complete: (words: string) => string,
  files: string,
): string {
  const cases = nodes.flatMap((node) =>
    node.flags.flatMap((flag) => {
      if (flag.value === "none") return [];
      const action =
        flag.value === "file" ? files : flag.value === "text" ? ":" : complete(flag.value.join(" "));
      return [`    ${flag.names.map((name) => `"${node.path}:${name}"`).join("|")}) ${action}; return ;;`];
    }),
  );
  return cases.join("\n");
}

function bashScript(nodes: readonly CompletionNode[]): string {
  const words = nodes.map((node) => {
    const offered = [...node.commands.map(({ name }) => name), ...node.choices];
    const flags = node.flags.flatMap(({ names }) => names);
    return `    "${node.path}") words="${offered.join(" ")}"; flags="${flags.join(" ")}" ;;`;
  });
  return `# dbctl completion for bash: source it, or append it to ~/.bashrc
_dbctl() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" words="" flags="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at:\${COMP_WORDS[i]}" in
${walkCases(nodes)}
    esac
  done
  case "$at:$prev" in
${valueCases(nodes, (choices) => `mapfile -t COMPREPLY < <(compgen -W "${choices}" -- "$cur")`, 'mapfile -t COMPREPLY < <(compgen -f -- "$cur")')}
  esac
  case "$at" in
${words.join("\n")}
  esac
  [[ $cur == -* ]] && words="$flags"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _dbctl dbctl
`;
}

function zshScript(nodes: readonly CompletionNode[]): string {
  const described = nodes.map((node) => {
    const offered = [
      ...node.commands.map(({ name, summary }) => zshItem(name, summary)),
      ...node.choices.map((choice) => zshItem(choice, "")),
    ];
    const flags = node.flags.flatMap(({ names, summary }) => names.map((name) => zshItem(name, summary)));
    return `    "${node.path}") words_=(${offered.join(" ")}); flags=(${flags.join(" ")}) ;;`;
  });
  return `#compdef dbctl
# dbctl completion for zsh: put it into a folder of $fpath as _dbctl, or source it after compinit
_dbctl() {
  local at="" i
  local -a words_ flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at:\${words[i]}" in
${walkCases(nodes)}
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${valueCases(nodes, (choices) => `compadd -- ${choices}`, "_files")}
  esac
  case "$at" in
${described.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then _describe flag flags; else _describe command words_; fi
}
if [[ $funcstack[1] == _dbctl ]]; then _dbctl "$@"; else compdef _dbctl dbctl; fi
`;
}

function zshItem(name: string, summary: string): string {
  return quoted(summary === "" ? name : `${name}:${summary.replaceAll(":", "\\:")}`);
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap((node) => {
    const words = node.path === "" ? [] : node.path.split(" ");
    const condition =
      words.length === 0
        ? ""
        : ` -n '${words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ")}'`;
    const children = node.commands.map(({ name }) => name);
    const here = [
      ...words.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(children.length > 0 ? [`not __fish_seen_subcommand_from ${children.join(" ")}`] : []),
    ].join("; and ");
    return [
      ...node.commands.map(
        ({ name, summary }) => `complete -c dbctl -f -n '${here}' -a ${name} -d ${quoted(summary)}`,
      ),
      ...node.choices.map((choice) => `complete -c dbctl -f -n '${here}' -a ${choice}`),
      ...node.flags.map((flag) => `complete -c dbctl${condition} ${fishFlag(flag)}`),
    ];
  });
  return `# dbctl completion for fish: put it into ~/.config/fish/completions/dbctl.fish
complete -c dbctl -f
${[...new Set(lines)].join("\n")}
`;
}

function fishFlag(flag: CompletionFlag): string {
  const names = flag.names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value =
    flag.value === "none"
      ? []
      : flag.value === "file"
        ? ["-r", "-F"]
        : flag.value === "text"
          ? ["-x"]
          : ["-x", `-a ${quoted(flag.value.join(" "))}`];
  return [...names, ...value, `-d ${quoted(flag.summary)}`].join(" ");
}

/** In single quotes, as bash, zsh and fish read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
