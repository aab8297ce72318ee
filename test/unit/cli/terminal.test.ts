import { expect, test } from "vitest";
import { canRedraw, colorLevelOf, hasUnicode, widthOf } from "../../../src/cli/terminal.ts";

const tty = { isTTY: true, columns: 120 };
const pipe = {};

test.each([
  ["a terminal has colours", tty, {}, true, 1],
  ["a pipe has none", pipe, {}, true, 0],
  ["NO_COLOR", tty, { NO_COLOR: "1" }, true, 0],
  ["an empty NO_COLOR says nothing", tty, { NO_COLOR: "" }, true, 1],
  ["TERM=dumb", tty, { TERM: "dumb" }, true, 0],
  ["FORCE_COLOR colours a pipe", pipe, { FORCE_COLOR: "1" }, true, 1],
  ["FORCE_COLOR names a level", pipe, { FORCE_COLOR: "3" }, true, 3],
  ["FORCE_COLOR=0 takes them away", tty, { FORCE_COLOR: "0" }, true, 0],
  ["FORCE_COLOR is stronger than NO_COLOR", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, true, 1],
  ["--no-color is stronger than all", tty, { FORCE_COLOR: "1" }, false, 0],
])("%s", (_name, stream, env, flag, level) => {
  expect(colorLevelOf(stream, env, flag)).toBe(level);
});

test("width is the terminal's, 80 without one, never useless", () => {
  expect(widthOf(tty)).toBe(120);
  expect(widthOf(pipe)).toBe(80);
  expect(widthOf({ isTTY: true, columns: 12 })).toBe(40);
  expect(widthOf({ isTTY: true, columns: 0 })).toBe(80);
});

test("lines are redrawn on a terminal that can, outside CI", () => {
  expect(canRedraw(tty, {})).toBe(true);
  expect(canRedraw(pipe, {})).toBe(false);
  expect(canRedraw(tty, { TERM: "dumb" })).toBe(false);
  expect(canRedraw(tty, { CI: "true" })).toBe(false);
  expect(hasUnicode({ TERM: "linux" })).toBe(false);
  expect(hasUnicode({ TERM: "xterm-256color" })).toBe(true);
});
