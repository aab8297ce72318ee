/** `organizationId` → `organization_id`, `HTTPStatus` → `http_status`, `IMDB Rating` → `imdb_rating`. */
export function snakeCase(name: string): string {
  // Most names are ASCII, and expressions over all of Unicode take milliseconds to compile.
  if (/^[a-z][a-z0-9_]*[a-z0-9]$/.test(name) && !name.includes("__")) return name;
  return /^[ -~]*$/.test(name) ? snakeCaseOfAscii(name) : snakeCaseOfUnicode(name);
}

function snakeCaseOfAscii(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
}

function snakeCaseOfUnicode(name: string): string {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
}

/** The project's name as every engine takes it for a database: `My-Shop 2` → `my_shop_2`; never empty. */
export function identifierOf(name: string): string {
  const ascii = /^[ -~]*$/.test(name) ? name : name.normalize("NFKD").replace(/\p{M}/gu, "");
  const identifier = snakeCase(ascii)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 48);
  if (identifier === "") return "project";
  return /^[0-9]/.test(identifier) ? `p_${identifier}` : identifier;
}
