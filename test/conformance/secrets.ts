import { inspect } from "node:util";

/** A password with everything in it that URLs, headers and shells treat in a way of their own. */
export const PASSWORD = `S3cr3t/p@ss:wörd%&?#"'`;

/** How a password shows up in what drivers and servers say. */
function formsOf(password: string): readonly string[] {
  const bytes = Buffer.from(password);
  const base64 = [0, 1, 2].map((shift) => {
    // Behind a user and a colon the password may begin at any of three places of base64's groups.
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  return [
    password,
    encodeURIComponent(password),
    encodeURI(password),
    JSON.stringify(password).slice(1, -1),
    new URLSearchParams({ p: password }).toString().slice(2),
    bytes.toString("hex"),
    bytes.toString("latin1"),
    "S3cr3t",
    ...base64,
  ];
}

/** The forms of the password that show anywhere in `value`: message, hint, data, causes, stacks, hidden properties. */
export function leaksIn(value: unknown, password = PASSWORD): readonly string[] {
  const options = { depth: Number.POSITIVE_INFINITY, maxStringLength: null, maxArrayLength: null } as const;
  const texts = [
    inspect(value, { ...options, showHidden: true }),
    inspect(value, { ...options, getters: true }),
    JSON.stringify(value) ?? "",
    String(value),
    value instanceof Error ? `${value.stack}` : "",
  ];
  return formsOf(password).filter((form) => texts.some((text) => text.includes(form)));
}
