/** Where a text holds what was searched for: pure. */
import { foldText } from '@/app/text';

export interface Part {
  text: string;
  found: boolean;
}

/** The words of a search that are worth looking for. Quotes and signs of a query language are no letters. */
export function wordsOf(q: string | undefined): string[] {
  return [...new Set(foldText(q ?? '').split(/[\s"()*]+/).filter((word) => word.length > 1))];
}

/** The text in parts, those that hold one of the words marked; accents and capitals make no difference. */
export function parts(text: string, words: readonly string[]): Part[] {
  if (words.length === 0 || text === '') return [{ text, found: false }];
  const letters = [...text];
  // Folding may change how long a letter is, so every folded unit remembers the letter that it came from.
  const folded = letters.map(foldText);
  const owner = folded.flatMap((each, index) => Array<number>(each.length).fill(index));
  const haystack = folded.join('');
  const marked = new Set<number>();
  for (const word of words) {
    for (let at = haystack.indexOf(word); at >= 0; at = haystack.indexOf(word, at + word.length)) {
      for (let unit = at; unit < at + word.length; unit += 1) marked.add(owner[unit] ?? -1);
    }
  }
  return letters.reduce<Part[]>((found, letter, index) => {
    const last = found.at(-1);
    const hit = marked.has(index);
    return last?.found === hit ? [...found.slice(0, -1), { text: last.text + letter, found: hit }] : [...found, { text: letter, found: hit }];
  }, []);
}
