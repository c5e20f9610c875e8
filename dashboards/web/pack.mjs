// pack.mjs OUT.c NAME FILE... : writes files as a C table of struct shipped_file (config/build/shipped_files.h).
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const [out, name, ...files] = process.argv.slice(2);
// Above 127 as a character: a char may be signed or not, and the compiler must not see a number that does not fit.
const literal = (byte) => (byte > 127 ? `'\\${byte.toString(8)}'` : byte);
const bytesOf = (content) => [...content, 0].map((byte, i) => (i % 24 === 0 ? "\n    " : "") + literal(byte)).join(",");
const parts = ['#include "config/build/shipped_files.h"'];
files.sort().forEach((file, i) => {
  parts.push(`static const char file_${i}[] = {${bytesOf(readFileSync(file))}};`);
});
parts.push(`const struct shipped_file ${name}[] = {`);
files.forEach((file, i) => parts.push(`    {"${basename(file)}", file_${i}, sizeof file_${i} - 1},`));
parts.push("};", `const int ${name}_count = ${files.length};`, "");
writeFileSync(out, parts.join("\n"));
