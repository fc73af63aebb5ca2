/** Text that has to fit into so many bytes of UTF-8. */
import { shorten } from '../../http/words.ts';

/** What `make` gives for the largest of these lengths with which it fits into `max` bytes; else for the last of them. */
export function firstFitting(lengths: readonly number[], max: number, make: (length: number) => string): string {
  let made = '';
  for (const length of lengths) {
    made = make(length);
    if (Buffer.byteLength(made) <= max) break;
  }
  return made;
}

/** Escaped, at most `room` bytes: what is cut is the text, never an escape. */
export function fitting(text: string, room: number, escape: (text: string) => string): string {
  let kept = shorten(text, Math.max(0, room));
  while (kept !== '' && Buffer.byteLength(escape(kept)) > room)
    kept = shorten(kept, Math.max(0, Math.floor(kept.length * 0.9) - 1));
  return escape(kept);
}
