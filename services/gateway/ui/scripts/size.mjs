// What a browser fetches for the inbox with an open conversation: prints it, and fails above the limit.
import { gzipSync } from 'node:zlib';
import { filesOf, read } from './built.mjs';

const LIMIT_KB = 350;
// The page fetches the conversation as soon as it is there. Polish is the largest language.
const files = filesOf('src/conversation/ConversationView.tsx', 'src/locales/pl.json');

let total = 0;
for (const file of files) {
  const size = gzipSync(read(file)).length / 1024;
  total += size;
  console.log(`${size.toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB  in all, compressed (limit ${LIMIT_KB} kB)`);
if (total > LIMIT_KB) process.exit(1);
