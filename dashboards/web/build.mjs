// build.mjs OUT.c : bundles the dashboard with esbuild and packs it, gzip, as a C table of struct web_asset.
import { build } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const types = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };

const bundle = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.tsx"],
  bundle: true,
  minify: true,
  target: "es2020",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  outdir: "assets",
  write: false,
});
const files = bundle.outputFiles.map((file) => [`/assets/${file.path.split("/").pop()}`, Buffer.from(file.contents)]);
for (const name of readdirSync(join(here, "public"))) {
  files.push([name === "index.html" ? "/" : `/assets/${name}`, readFileSync(join(here, "public", name))]);
}
files.sort();

const typeOf = (path) => types[path === "/" ? "html" : path.split(".").pop()] ?? "application/octet-stream";
const bytesOf = (content) => [...content].map((byte, i) => (i % 24 === 0 ? "\n    " : "") + byte).join(",");
const packed = files.map(([path, content]) => [path, gzipSync(content, { level: 9 })]);
const parts = ['#include "gateway/daemon/assets.h"'];
packed.forEach(([, content], i) => parts.push(`static const unsigned char asset_${i}[] = {${bytesOf(content)}};`));
parts.push("const struct web_asset assets[] = {");
packed.forEach(([path], i) => parts.push(`    {"${path}", "${typeOf(path)}", asset_${i}, sizeof asset_${i}},`));
parts.push("};", `const int assets_count = ${packed.length};`, "");
writeFileSync(out, parts.join("\n"));
console.log(packed.map(([path, content]) => `${path} ${content.length} bytes gzip`).join("\n"));
