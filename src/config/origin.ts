import { relative } from "node:path";
import type { Origin } from "./config.ts";

/** A value, and where it came from. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** `--env`, `environment DB_HOST`, `.env.local:3 DB_HOST`, `dbctl.config.ts`, `.dbctl/stack.json`, `default`. */
export function formatOrigin(origin: Origin, root: string): string {
  switch (origin.from) {
    case "flag":
      return `--${origin.name}`;
    case "environment":
      return `environment ${origin.name}`;
    case "file": {
      const line = origin.line === undefined ? "" : `:${origin.line}`;
      const name = origin.name === undefined ? "" : ` ${origin.name}`;
      return `${relativePath(origin.file, root)}${line}${name}`;
    }
    case "stack":
      return relativePath(origin.file, root);
    case "default":
      return "default";
  }
}

/** The file alone, for a fault whose path is named beside it. */
export function faultOrigin(origin: Origin, root: string): string {
  if (origin.from === "environment") return "environment";
  return formatOrigin(origin.from === "file" ? { ...origin, name: undefined } : origin, root);
}

function relativePath(file: string, root: string): string {
  const path = relative(root, file);
  return path === "" || path.startsWith("..") ? file : path;
}
