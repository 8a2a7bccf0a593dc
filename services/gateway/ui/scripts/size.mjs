// What a browser must fetch before the inbox can be used: prints it, and fails above the limit.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 350;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const files = new Set();

function add(name) {
  const chunk = manifest[name];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  chunk.css?.forEach((file) => files.add(file));
  chunk.imports?.forEach(add);
}

add('index.html');
add('src/locales/pl.json'); // the largest language

let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(new URL(file, dist))).length / 1024;
  total += size;
  console.log(`${size.toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB  in all, compressed (limit ${LIMIT_KB} kB)`);
if (total > LIMIT_KB) process.exit(1);
