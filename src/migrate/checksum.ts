import { hash } from "node:crypto";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The text that is hashed, stored and run: UTF-8, byte order mark stripped, CRLF turned into LF, nothing else, so that
 * a checkout on another system is the same migration. @throws TypeError for bytes that are not UTF-8
 */
export function scriptText(bytes: Uint8Array): string {
  return decoder.decode(bytes).replaceAll("\r\n", "\n");
}

/** `v1:<sha256 hex>` of a text that `scriptText` returned. The prefix names this rule. */
export function checksum(text: string): string {
  return `v1:${hash("sha256", text)}`;
}
