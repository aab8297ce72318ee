/** Rows, keys and ranges as every store and every part of dbctl passes them. */
import type { FieldType } from "../encoding/types.ts";
import type { StoreName } from "./store.ts";

/** One value in its canonical bytes (src/encoding/README.md), or null. */
export type Field = Uint8Array | null;
/** Key fields in declaration order; compared by the order of their types, the same in every engine. */
export type Key = readonly Field[];
/** Half-open: from ≤ key < to; null is unbounded. Bounds are whole keys, which need not be there. */
export interface KeyRange {
  readonly from: Key | null;
  readonly to: Key | null;
}
/** Encoded rows (tuples of PostgreSQL's COPY binary format) back to back. Rows are never split over batches. */
export interface RowBatch {
  readonly rows: number;
  readonly bytes: Uint8Array;
}
/** SHA-256 over the row encodings of a range in key order. */
export interface LeafDigest {
  readonly range: KeyRange;
  readonly rows: number;
  readonly sha256: Uint8Array;
}

export interface ProjectedField {
  /** The field's name in the entity. */
  readonly name: string;
  /** The column, path or hash field that holds it in this store. */
  readonly column: string;
  readonly type: FieldType;
}

/**
 * A predicate on one field; operands are canonical bytes. It means what `matches` (src/encoding/predicate.ts) does:
 * `isNot` keeps NULL rows, comparison is by the declared order. Arrays have isNull and isNotNull only, json no order.
 */
export type Predicate =
  | { readonly field: ProjectedField; readonly op: "isNull" | "isNotNull" }
  | {
      readonly field: ProjectedField;
      readonly op: "is" | "isNot" | "lt" | "lte" | "gt" | "gte";
      readonly operand: Uint8Array;
    }
  | { readonly field: ProjectedField; readonly op: "in"; readonly operands: readonly Uint8Array[] };

/** Which rows and fields of a collection are read or written, in the order of the row encoding. */
export interface Projection {
  /** Key fields first, then the others in declaration order. */
  readonly fields: readonly ProjectedField[];
  /** The first `keyLength` fields are the key; at least 1. */
  readonly keyLength: number;
  /** All must hold; applied to reads only. */
  readonly where: readonly Predicate[];
}

/** Names a table, an index, a key pattern; without the namespace. */
export interface CollectionRef {
  readonly store: StoreName;
  readonly name: string;
}
