/** Values of declared types: JavaScript to canonical bytes, canonical bytes to exact text and back. */
export { compileEncoder, encodeRow, encodeValue } from "./encode.ts";
export { JsonText } from "./json.ts";
export { arrayElements, formatField, parseField } from "./text.ts";
