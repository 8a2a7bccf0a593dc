import { parts } from './highlight';
import classes from './Row.module.css';

/** A text with what was searched for emphasised. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  if (words.length === 0) return text;
  return parts(text, words).map((part, index) =>
    part.found ? (
      <mark key={index} className={classes.found}>
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}
