/** Flags and arguments of one invocation, by name; commander has checked and converted them. */
export interface Values {
  /** Whether a boolean flag was given. */
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** The parsers of src/cli/parsers.ts make these. */
  number(name: string): number | undefined;
  list(name: string): readonly string[] | undefined;
  /** A required argument that commander has checked against `choices`. */
  choice<T extends string>(name: string, choices: readonly T[]): T;
}

/** Reads what commander collected. A value of another type than asked for is a fault of the table: it throws. */
export function valuesOf(raw: Readonly<Record<string, unknown>>): Values {
  const read = <T>(name: string, isType: (value: unknown) => value is T): T | undefined => {
    const value = raw[name];
    if (value === undefined || isType(value)) return value;
    throw new TypeError(`option ${name} has an unexpected type, ${typeof value}`);
  };
  return {
    flag: (name) => read(name, (value) => typeof value === "boolean") ?? false,
    text: (name) => read(name, (value) => typeof value === "string"),
    number: (name) => read(name, (value) => typeof value === "number"),
    list: (name) => read(name, isList),
    choice: (name, choices) => {
      const chosen = choices.find((choice) => choice === raw[name]);
      if (chosen === undefined) throw new TypeError(`argument ${name} is none of ${choices.join(", ")}`);
      return chosen;
    },
  };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
