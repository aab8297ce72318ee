/** Canonical bytes as SQL literals: COPY takes no parameters. */
import {
  DATE_MAX_DAYS,
  DATE_MIN_DAYS,
  formatDate,
  formatTimestamp,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  TIMESTAMP_MAX_US,
  TIMESTAMP_MIN_US,
} from "../../encoding/civil.ts";
import { formatField } from "../../encoding/text.ts";
import type { FieldType } from "../../encoding/types.ts";
import type { Field } from "../store.ts";

/** `"a""b"`, whatever the name holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Safe with `standard_conforming_strings` on or off. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

export function bytesLiteral(bytes: Uint8Array): string {
  return `${quoteText(`\\x${Buffer.from(bytes).toString("hex")}`)}::bytea`;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null when PostgreSQL has no such text: it knows no zero byte and nothing but UTF-8. */
function decodeText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a column of PostgreSQL can hold the value at all; other engines' keys may be beyond it. */
export function isRepresentable(type: FieldType, bytes: Uint8Array): boolean {
  switch (type.kind) {
    case "text":
      return decodeText(bytes) !== null;
    case "timestamp": {
      const us = viewOf(bytes).getBigInt64(0);
      return us === INT64_MIN || us === INT64_MAX || (us >= TIMESTAMP_MIN_US && us <= TIMESTAMP_MAX_US);
    }
    case "date": {
      const days = viewOf(bytes).getInt32(0);
      return days === INT32_MIN || days === INT32_MAX || (days >= DATE_MIN_DAYS && days <= DATE_MAX_DAYS);
    }
    default:
      return true;
  }
}

/**
 * What the type's input function reads. A time beyond PostgreSQL's range becomes the nearest value that compares
 * alike with everything finite. The text must be representable.
 */
export function inputText(type: FieldType, bytes: Uint8Array): string {
  switch (type.kind) {
    case "text":
    case "json":
      return decodeText(bytes) ?? "";
    case "timestamp": {
      const us = viewOf(bytes).getBigInt64(0);
      if (us > TIMESTAMP_MAX_US) return "infinity";
      if (us === INT64_MIN) return "-infinity";
      const isEarlier = us < TIMESTAMP_MIN_US;
      return yearOfPostgres(formatTimestamp(isEarlier ? TIMESTAMP_MIN_US : us));
    }
    case "date": {
      const days = viewOf(bytes).getInt32(0);
      if (days > DATE_MAX_DAYS) return "infinity";
      if (days === INT32_MIN) return "-infinity";
      return yearOfPostgres(formatDate(Math.max(days, DATE_MIN_DAYS)));
    }
    case "float": {
      const value = viewOf(bytes).getFloat64(0);
      return String(value);
    }
    default:
      return formatField(type, bytes);
  }
}

/** `+012345-…` → `12345-…`, `-000043-…` → `0044-… BC`: ISO's year 0 is 1 BC. */
function yearOfPostgres(iso: string): string {
  const match = /^([+-]?\d+)(-\d\d-\d\d.*)$/.exec(iso);
  if (match === null) return iso;
  const year = Number(match[1]);
  const [shown, era] = year > 0 ? [year, ""] : [1 - year, " BC"];
  return `${String(shown).padStart(4, "0")}${match[2]}${era}`;
}

/** `'…'::int8`. @param sqlType what the column compares with */
export function literal(type: FieldType, sqlType: string, bytes: Uint8Array): string {
  return `${quoteText(inputText(type, bytes))}::${sqlType}`;
}

/** `'{…}'::int8[]`, one element a field. */
export function arrayLiteral(type: FieldType, sqlType: string, fields: readonly Field[]): string {
  const elements = fields.map((field) => (field === null ? "NULL" : quoteElement(inputText(type, field))));
  return `${quoteText(`{${elements.join(",")}}`)}::${sqlType}[]`;
}

const PLAIN_ELEMENT = /^[0-9A-Za-z.+-]+$/;

function quoteElement(text: string): string {
  if (PLAIN_ELEMENT.test(text) && text.toUpperCase() !== "NULL") return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
