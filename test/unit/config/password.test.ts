import fc from "fast-check";
import { expect, test } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import { jsonProject, load } from "./project.ts";

const MARKS = ["Kaw9", "Vun3"];
const password = fc
  .string({ unit: "grapheme", maxLength: 24 })
  .map((text) => `Kaw9${text.toWellFormed().replaceAll("\0", "")}Vun3`);
const hasMark = (text: string) => MARKS.some((mark) => text.includes(mark));

test("any password arrives as it is by URL and by variable, and stands in nothing that is shown", async () => {
  const root = await jsonProject({ stores: { postgres: {}, clickhouse: {} } });
  await fc.assert(
    fc.asyncProperty(password, async (secret) => {
      const encoded = encodeURIComponent(secret);
      const env = {
        DATABASE_URL: `postgres://app:${encoded}@db.example/shop?sslmode=require`,
        CLICKHOUSE_HOST: "ch.example",
        CLICKHOUSE_PASSWORD: secret,
      };
      const { stores, origins, warnings, missing, secrets } = await load(root, { env });
      expect(stores.get("postgres")?.options.connection.password).toBe(secret);
      expect(stores.get("clickhouse")?.options.connection.password).toBe(secret);
      expect(hasMark(JSON.stringify([[...origins], warnings, [...missing]]))).toBe(false);
      const leak = `could not log in with ${secret}, that is ${encoded} or ${JSON.stringify(secret)}`;
      expect(hasMark(secrets.redact(leak))).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test("a password that is not encoded arrives, or is refused without being quoted", async () => {
  const root = await jsonProject({ stores: { postgres: {}, clickhouse: {} } });
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      password.filter((text) => text.trim() === text),
      async (secret) => {
        const env = {
          DATABASE_URL: `postgres://app:${secret}@db.example/shop`,
          CLICKHOUSE_URL: `http://app:${secret}@ch.example`,
        };
        try {
          const { stores } = await load(root, { env });
          expect(stores.get("postgres")?.options.connection).toMatchObject({
            password: secret,
            host: "db.example",
          });
          outcomes.add("taken");
        } catch (error) {
          if (!(error instanceof DbctlError)) throw error;
          const { message, hint, data, stack } = error;
          expect(hasMark(JSON.stringify([message, hint, data, stack]))).toBe(false);
          outcomes.add("refused");
        }
      },
    ),
    { numRuns: 300, examples: [["Kaw9#Vun3"], ["Kaw9%41Vun3".replace("%41", "%4")], ["Kaw9@:/Vun3"]] },
  );
  expect(outcomes).toEqual(new Set(["taken", "refused"]));
});
