/** Words that are everywhere: a password of that name is blanked only where it stands as a password. */
const COMMON_WORDS = new Set(
  (
    "admin clickhouse confirm database dbctl default development elasticsearch error false health init localhost " +
    "message migrate null password postgres postgresql production public redis reset result schema secret seed " +
    "stack staging status store stores sync test testing true undefined user verify version warning"
  ).split(" "),
);

const SHORTEST = 6;
export const REDACTED = "***";

/**
 * The passwords of a run, and the last line of defence against printing one. Messages must not hold passwords in
 * the first place; whatever is printed goes through `redact` all the same.
 */
export class Secrets {
  /** Longest first, so that no part of a secret is left over. */
  #everywhere: string[] = [];
  /** Too short or too common to be blanked everywhere. */
  #besideMarks: string[] = [];

  /**
   * Remembers a password and every form it travels in: as given, decoded, percent-encoded, in JSON, in Base64 with its user.
   * `publicWords` (user, database, host) are never blanked on their own.
   */
  add(secret: string | null | undefined, publicWords: readonly (string | null | undefined)[] = []): void {
    if (secret === null || secret === undefined || secret === "") return;
    const isCommon = (text: string) =>
      text.length < SHORTEST || COMMON_WORDS.has(text.toLowerCase()) || publicWords.includes(text);
    for (const form of formsOf(secret, publicWords)) {
      const list = isCommon(form) ? this.#besideMarks : this.#everywhere;
      if (!list.includes(form)) list.push(form);
    }
    this.#everywhere.sort((a, b) => b.length - a.length);
  }

  /** The password of a URL, however odd the URL is: all between the user's colon and the last `@`. */
  addUrl(url: string): void {
    const userinfo = /^[^:/]+:\/\/([^:@/]*):(.*)@/s.exec(url.trim());
    const [, user = "", password = ""] = userinfo ?? [];
    this.add(password, [user]);
    const plain = decodeLeniently(password);
    if (plain !== password) this.add(plain, [user]);
  }

  /** `text` with every known password replaced by `***`. */
  redact(text: string): string {
    let clean = text;
    for (const form of this.#everywhere) clean = clean.replaceAll(form, REDACTED);
    for (const form of this.#besideMarks) {
      clean = clean
        .replaceAll(`:${form}@`, `:${REDACTED}@`)
        .replaceAll(`password=${form}`, `password=${REDACTED}`);
    }
    return clean;
  }

  /** A copy of JSON-like data with every string in it (keys left alone) redacted. */
  redactDeep<T>(value: T): T;
  redactDeep(value: unknown): unknown {
    if (typeof value === "string") return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.redactDeep(item));
    if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
      return value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.redactDeep(item)]));
  }
}

function formsOf(secret: string, publicWords: readonly (string | null | undefined)[]): Set<string> {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const userinfo = new URL("http://host");
  userinfo.password = secret;
  const forms = new Set([
    secret,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    new URLSearchParams({ "": secret }).toString().slice(1),
    userinfo.password,
    JSON.stringify(secret).slice(1, -1),
  ]);
  for (const user of publicWords) {
    if (user) forms.add(Buffer.from(`${user}:${secret}`).toString("base64"));
  }
  return forms;
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
