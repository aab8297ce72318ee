/**
 * Flags and arguments of one invocation, by name; commander has checked and converted them. A value of another kind
 * than asked for is a fault of the table: it throws.
 */
export interface Values {
  /** Whether a boolean flag was given. */
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** Of an argument that commander requires. */
  argument(name: string): string;
  /** Of a flag that has a default. */
  number(name: string): number;
  list(name: string): readonly string[] | undefined;
  /** Items that are all among `choices`, in their order. */
  listOf<T extends string>(name: string, choices: readonly T[]): readonly T[] | undefined;
  /** An argument that commander has checked against `choices`. */
  choice<T extends string>(name: string, choices: readonly T[]): T;
  /** The same for a flag that may be left out. */
  optionalChoice<T extends string>(name: string, choices: readonly T[]): T | undefined;
}

export function valuesOf(raw: Readonly<Record<string, unknown>>): Values {
  const values: Values = {
    flag: (name) => optional(raw, name, isBoolean) ?? false,
    text: (name) => optional(raw, name, isText),
    argument: (name) => required(raw, name, isText),
    number: (name) => required(raw, name, (value) => typeof value === "number"),
    list: (name) => optional(raw, name, isList),
    listOf(name, choices) {
      const chosen = values.list(name);
      return chosen && choices.filter((choice) => chosen.includes(choice));
    },
    choice: (name, choices) => required(raw, name, isOneOf(choices)),
    optionalChoice: (name, choices) => optional(raw, name, isOneOf(choices)),
  };
  return values;
}

type Raw = Readonly<Record<string, unknown>>;

function optional<T>(raw: Raw, name: string, isType: (value: unknown) => value is T): T | undefined {
  return raw[name] === undefined ? undefined : required(raw, name, isType);
}

function required<T>(raw: Raw, name: string, isType: (value: unknown) => value is T): T {
  const value = raw[name];
  if (isType(value)) return value;
  throw new TypeError(`the value of ${name} is not what the table of commands says`);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isOneOf<T extends string>(choices: readonly T[]) {
  return (value: unknown): value is T => choices.some((choice) => choice === value);
}
