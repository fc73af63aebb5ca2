/** What headers say again and again, read once: nearly all rules of a set have one of a few. */
import type { Variables } from './groups.ts';

const MOST = 1024;
/** Letters of a text that is worth it. */
const SHORT = 256;

/** As `read`, which depends on the text and the variables alone. What it throws is not remembered. */
export function remembered<T>(
  read: (text: string, variables: Variables) => T,
): (text: string, variables: Variables) => T {
  const all = new WeakMap<Variables, Map<string, T>>();
  return (text, variables) => {
    let known = all.get(variables);
    if (!known) all.set(variables, (known = new Map<string, T>()));
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const made = read(text, variables);
    // A text of its own: a part of a file would hold all of the file.
    if (text.length <= SHORT && known.size < MOST) known.set(Buffer.from(text).toString(), made);
    return made;
  };
}
