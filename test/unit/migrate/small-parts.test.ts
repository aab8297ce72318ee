import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum, scriptText } from "../../../src/migrate/checksum.ts";
import { DEFAULT_DIRECTIVES, parseDirectives } from "../../../src/migrate/directives.ts";
import { checkResume } from "../../../src/migrate/resume.ts";
import {
  compareVersions,
  nextVersion,
  parseVersionFolder,
  versionKey,
} from "../../../src/migrate/version.ts";
import type { Statement } from "../../../src/stores/store.ts";
import { cumulativeHashes } from "../../../src/util/statement-hashes.ts";
import { files, revision } from "./layer-of.ts";

describe("checksum", () => {
  it("is SHA-256 of the text, under the name of its rule", () => {
    // printf 'SELECT 1;\n' | sha256sum
    expect(checksum("SELECT 1;\n")).toBe(
      "v1:b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd",
    );
  });

  it("sees every other difference between two texts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const [left, right] = [a, b].map((text) => scriptText(Buffer.from(text)));
        expect(checksum(left ?? "") === checksum(right ?? "")).toBe(left === right);
      }),
    );
  });
});

describe("versions", () => {
  it("are numbers, however they are spelled", () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 17n });
    fc.assert(
      fc.property(digits, digits, fc.nat(4), (a, b, zeros) => {
        const spelled = "0".repeat(zeros) + a;
        expect(Math.sign(compareVersions(spelled, String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(versionKey(spelled)).toBe(String(a));
        expect(compareVersions(nextVersion([spelled, String(b)]), spelled)).toBeGreaterThan(0);
      }),
    );
  });

  it("grow at their own width", () => {
    expect(nextVersion([])).toBe("0001");
    expect(nextVersion(["0009", "0010"])).toBe("0011");
    expect(nextVersion(["9999"])).toBe("10000");
    expect(nextVersion(["000007"])).toBe("000008");
    expect(nextVersion(["20260101120000"])).toBe("20260101120001");
  });

  it("come from folders with a name", () => {
    expect(parseVersionFolder("0003_add-orders")).toEqual({ version: "0003", name: "add-orders" });
    for (const folder of ["0003", "x_1", "0003_", "_x", "0003_a b", "0003_é"]) {
      expect(parseVersionFolder(folder)).toBeNull();
    }
  });
});

describe("directives", () => {
  const faults = (text: string) => parseDirectives(text, "--").faults;

  it("stand in the header, on one line or several", () => {
    const text =
      "\n-- why\n-- dbctl: no-transaction,lock-timeout=500ms\n--dbctl: statement-timeout = 2m\nSELECT 1";
    expect(parseDirectives(text, "--")).toEqual({
      directives: { transaction: false, lockTimeoutMs: 500, statementTimeoutMs: 120_000 },
      faults: [],
    });
  });

  it("default to a transaction and a bounded wait for locks", () => {
    expect(parseDirectives("SELECT 1", "--").directives).toEqual(DEFAULT_DIRECTIVES);
    expect(DEFAULT_DIRECTIVES.transaction).toBe(true);
    expect(DEFAULT_DIRECTIVES.lockTimeoutMs).toBeGreaterThan(0);
  });

  it("say where they are wrong", () => {
    expect(faults("-- dbctl: lock-timeout=5")).toMatchObject([{ line: 1 }]);
    expect(faults("-- dbctl: lock-timeout")).toHaveLength(1);
    expect(faults("-- dbctl:")).toHaveLength(1);
    expect(faults("-- dbctl: no-transaction=1")).toHaveLength(1);
    expect(faults("-- dbctl: no-transaction\n-- dbctl: no-transaction")).toMatchObject([{ line: 2 }]);
    expect(faults("SELECT 1;\n-- dbctl: no-transaction")).toMatchObject([
      { line: 2, message: "a dbctl: line counts only above the first statement" },
    ]);
  });

  it("take the comment of their language", () => {
    expect(parseDirectives("# dbctl: lock-timeout=0\nSET a 1", "#").directives.lockTimeoutMs).toBe(0);
  });
});

describe("going on with a half-applied step", () => {
  const statement = (text: string, index: number): Statement => ({ text, line: index + 1, column: 1 });
  const texts = fc.array(fc.string(), { minLength: 1, maxLength: 6 });

  function check(ran: readonly string[], now: readonly string[]) {
    const half = revision(files("0001", "clickhouse"), "c", {
      statementsApplied: ran.length,
      statementsTotal: ran.length + 1,
      statementHashes: cumulativeHashes(ran),
    });
    const script = { file: "f.sql", statements: now.map(statement) };
    return checkResume(half, script, { store: "clickhouse", version: "0001" });
  }

  it("is allowed whatever follows the statements that ran", () => {
    fc.assert(
      fc.property(texts, texts, (ran, rest) => {
        expect(check(ran, [...ran, ...rest])).toBeNull();
      }),
    );
  });

  it("is refused at the first statement that is another one", () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.string({ minLength: 1 }), (ran, seed, extra) => {
        const at = seed % ran.length;
        const now = ran.map((text, index) => (index === at ? text + extra : text));
        const found = check(ran, now);
        expect(found).toMatchObject({ code: "CHECKSUM_MISMATCH", file: "f.sql" });
        expect(found?.message).toContain(`f.sql:${at + 1} statement ${at + 1} was edited`);
      }),
    );
  });

  it("is refused when statements that ran are gone", () => {
    expect(check(["a", "b"], ["a"])?.message).toContain("has 1 statements, but 2");
  });
});
