// What the build has made.
import { readFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
export const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const page = readFileSync(new URL('index.html', dist), 'utf8');

/** Every file that a browser fetches for the page and these modules, each once. */
export function filesOf(...modules) {
  const files = new Set(Array.from(page.matchAll(/\/(assets\/[^"]+)/g), ([, file]) => file));
  const seen = new Set();
  const add = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const { file, css = [], imports = [] } = manifest[name];
    [file, ...css].forEach((each) => files.add(each));
    imports.forEach(add);
  };
  modules.forEach(add);
  return [...files];
}

export function read(file) {
  return readFileSync(new URL(file, dist));
}
