import { createHash } from "node:crypto";

/**
 * The root of a layer: SHA-256 over its entities in bytewise order of their names, each as the length of its name in
 * bytes (int32, big-endian), the name in UTF-8, and the 32 bytes of the entity's root.
 */
export function layerRoot(entities: Iterable<{ readonly name: string; readonly root: Uint8Array }>): Buffer {
  const named = [...entities].map(({ name, root }) => ({ name: Buffer.from(name, "utf8"), root }));
  const hash = createHash("sha256");
  for (const { name, root } of named.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(name.length);
    hash.update(length).update(name).update(root);
  }
  return hash.digest();
}
