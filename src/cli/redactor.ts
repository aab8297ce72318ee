import type { Redactor } from "../ui/output.ts";

/** Blanks nothing until the configuration has told which passwords there are. */
export class LateRedactor implements Redactor {
  #known: Redactor | null = null;

  use(redactor: Redactor): void {
    this.#known = redactor;
  }

  // Arrow functions: they are handed on without their object.
  readonly redact = (text: string): string => this.#known?.redact(text) ?? text;
  readonly redactDeep = (value: unknown): unknown =>
    this.#known === null ? value : this.#known.redactDeep(value);
}
