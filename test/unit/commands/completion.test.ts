import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { completionTree } from "../../../src/cli/tree.ts";
import { completionScript } from "../../../src/commands/completion.ts";

const bash = completionScript("bash", completionTree());

/** What bash offers for the last word of `words`, as its completion machinery calls the function. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `source /dev/stdin <<'DBCTL_EOF'
${bash}
DBCTL_EOF
complete -p dbctl >/dev/null || exit 1
COMP_WORDS=(dbctl ${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_dbctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "--noprofile", "-c", script], { encoding: "utf8" });
  return text.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test.each<[string[], string[]]>([
    [["mig"], ["migrate"]],
    [["s"], ["stack", "seed", "sync", "status"]],
    [
      ["migrate", ""],
      ["up", "down", "status", "create"],
    ],
    [["migrate", "up", "--al"], ["--allow-out-of-order"]],
    [["migrate", "up", "--j"], ["--json"]],
    [["--json", "migrate", "st"], ["status"]],
    [
      ["status", "--fail-on", ""],
      ["warning", "critical"],
    ],
    [["status", "--env", "pro"], ["production"]],
    [["stack", "logs", "post"], ["postgres"]],
    [["completion", "z"], ["zsh"]],
    [["migrate", "up", "--lock-wait", ""], []],
    [
      ["nonsense-", ""],
      [
        "stack",
        "init",
        "migrate",
        "seed",
        "sync",
        "status",
        "verify-consistency",
        "reset",
        "config",
        "test",
        "completion",
      ],
    ],
  ])("dbctl %j offers %j", (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

test.each(["bash", "zsh", "fish"] as const)("%s knows every command and flag", (shell) => {
  const script = completionScript(shell, completionTree());
  for (const word of [
    "verify-consistency",
    "out-of-order",
    "skip-postgres",
    "critical",
    "staging",
    "completion",
  ]) {
    expect(script).toContain(word);
  }
});
