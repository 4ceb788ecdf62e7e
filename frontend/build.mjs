// Turns frontend/ into wiki/static/dist: hashed names, .br and .gz twins, manifest.json and THIRD-PARTY.txt.
import {createHash} from "node:crypto";
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from "node:fs";
import {basename, dirname, extname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {brotliCompressSync, gzipSync} from "node:zlib";
import * as esbuild from "esbuild";
import * as lightningcss from "lightningcss";
import {band, rosette} from "./guilloche.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const target = join(here, "../wiki/static/dist");
const files = new Map();
const manifest = {};

pictures();
await scripts();
styles();
files.set("manifest.json", JSON.stringify(manifest, null, 1) + "\n");
files.set("THIRD-PARTY.txt", notices(["htmx.org", "lucide-static", "@fontsource/source-serif-4"]));
write();

function pictures() {
  emit("mark.svg", readFileSync(join(here, "src/img/mark.svg")));
  emit("lock.svg", readFileSync(join(packages, "lucide-static/icons/lock.svg")));
  emit("band.svg", band());
  emit("guilloche.svg", rosette());
  emit("icons.svg", sprite(JSON.parse(readFileSync(join(here, "icons.json"), "utf8"))));
}

// One file with every icon we use; a page draws one with <use href="...#name">.
function sprite(names) {
  const icons = names.map((name) => symbol(name, "0 0 24 24", join(packages, "lucide-static/icons", `${name}.svg`)));
  icons.push(symbol("mark", "0 0 40 40", join(here, "src/img/mark.svg")));
  return `<svg xmlns="http://www.w3.org/2000/svg">${icons.join("")}</svg>`;
}

function symbol(name, box, path) {
  const drawing = readFileSync(path, "utf8").replace(/<!--.*?-->/gs, "").match(/<svg[^>]*>(.*)<\/svg>/s)[1];
  return `<symbol id="${name}" viewBox="${box}">${drawing.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>")}</symbol>`;
}

async function scripts() {
  const built = await esbuild.build({
    absWorkingDir: here, entryPoints: ["src/js/app.js"], outdir: target, write: false, bundle: true, minify: true,
    splitting: true, format: "esm", target: ["chrome109", "firefox115", "safari16"], legalComments: "none",
    entryNames: "[name]-[hash]", chunkNames: "part-[hash]",
  });
  for (const file of built.outputFiles) {
    const name = basename(file.path);
    files.set(name, Buffer.from(file.contents));
    if (!name.startsWith("part-")) manifest[name.replace(/-[^-]+\.js$/, ".js")] = name;
  }
}

// Lightning CSS lowers nesting and light-dark() for the browsers posts really have.
function styles() {
  const targets = {chrome: 109 << 16, firefox: 115 << 16, safari: 16 << 16};
  const options = {minify: true, targets, analyzeDependencies: true};
  const sheet = lightningcss.bundle({...options, filename: join(here, "src/css/app.css")});
  const faces = lightningcss.transform({...options, filename: "faces.css", code: Buffer.from(fontFaces())});
  emit("app.css", linked(faces) + linked(sheet));
}

function linked({code, dependencies}) {
  return dependencies.reduce((css, {placeholder, url}) => css.replaceAll(placeholder, manifest[url]), code.toString());
}

function fontFaces() {
  const font = join(packages, "@fontsource/source-serif-4");
  const ranges = JSON.parse(readFileSync(join(font, "unicode.json"), "utf8"));
  return ["latin", "latin-ext", "cyrillic", "greek"].map((subset) => {
    emit(`serif-${subset}.woff2`, readFileSync(join(font, `files/source-serif-4-${subset}-600-normal.woff2`)));
    return `@font-face { font-family: "Source Serif 4"; font-weight: 600; font-display: optional;
      src: url("serif-${subset}.woff2") format("woff2"); unicode-range: ${ranges[subset]}; }`;
  }).join("\n");
}

function emit(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = `${basename(name, extname(name))}-${digest}${extname(name)}`;
  files.set(hashed, content);
  manifest[name] = hashed;
}

// We ship these inside our wheel, so their licence texts travel with them.
function notices(names) {
  return names.map((name) => {
    const folder = join(packages, name);
    const {version, license} = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, licence), "utf8").trim()}\n`;
  }).join("\n----\n\n");
}

// Everything is ready in memory before the folder is touched, so a server that runs meanwhile keeps its files.
function write() {
  for (const [name, content] of [...files]) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    files.set(`${name}.br`, brotliCompressSync(content));
    files.set(`${name}.gz`, gzipSync(content, {level: 9}));
  }
  mkdirSync(target, {recursive: true});
  for (const [name, content] of files) writeFileSync(join(target, name), content);
  for (const name of readdirSync(target)) if (!files.has(name)) rmSync(join(target, name), {recursive: true});
}
