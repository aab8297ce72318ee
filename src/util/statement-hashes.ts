import { createHash } from "node:crypto";

/**
 * `Revision.statementHashes`: entry k−1 is the SHA-256 (hex) over the first k texts, each in UTF-8 and followed by a
 * zero byte, so that no two splits of one text hash alike. Adapters record it, the resume check compares it.
 */
export function cumulativeHashes(texts: readonly string[]): string[] {
  const running = createHash("sha256");
  return texts.map((text) => {
    running.update(text).update("\0");
    return running.copy().digest("hex");
  });
}
