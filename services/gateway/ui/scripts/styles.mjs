// Mantine's style sheets are chosen one by one: fails where a part of the app has a component without its own.
import { readdirSync, readFileSync } from 'node:fs';
import { filesOf, manifest, read } from './built.mjs';

const sheets = new URL('../node_modules/@mantine/core/styles/', import.meta.url);
const CLASS = /\bm_[0-9a-f]{6,9}\b/g;
const componentOf = new Map();
for (const name of readdirSync(sheets)) {
  if (!name.endsWith('.css') || name.endsWith('.layer.css')) continue;
  for (const [found] of readFileSync(new URL(name, sheets), 'utf8').matchAll(CLASS)) componentOf.set(found, name);
}

function classesIn(files, kind) {
  const text = files.filter((file) => file.endsWith(kind)).map((file) => read(file).toString());
  return new Set(text.flatMap((each) => each.match(CLASS) ?? []));
}

const missing = new Set();
for (const [name, { isDynamicEntry }] of Object.entries(manifest)) {
  if (!isDynamicEntry) continue;
  const files = filesOf(name);
  const styled = classesIn(files, '.css');
  for (const used of classesIn(files, '.js')) {
    if (componentOf.has(used) && !styled.has(used)) missing.add(`${name} needs @mantine/core/styles/${componentOf.get(used)}`);
  }
}
if (missing.size > 0) {
  console.error([...missing].sort().join('\n'));
  process.exit(1);
}
