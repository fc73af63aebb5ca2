/**
 * How large the program of a regular expression becomes, told from how it is written: an engine of linear time writes a
 * part that is counted out as often as it may stand, and counts within counts multiply.
 */

/** Sets of letters by a property are many ranges. */
const PROPERTY = 16;

/** One way of a group while it is read: what is complete, and the part that a count may still be about. */
interface Open {
  done: number;
  last: number;
}

/** Instructions, about: never far below what the engine makes. */
export function expandedSize(source: string): number {
  const outer: Open[] = [];
  let open: Open = { done: 0, last: 0 };
  const item = (size: number): void => {
    open.done += open.last;
    open.last = size;
  };
  for (let i = 0; i < source.length;) {
    const length = lengthAt(source, i);
    const part = source.slice(i, i + length);
    if (part === '(') {
      outer.push(open);
      open = { done: 0, last: 0 };
    } else if (part === ')') {
      const inner = open.done + open.last;
      open = outer.pop() ?? { done: 0, last: 0 };
      item(inner + 2);
    } else if (part === '*' || part === '+' || part === '?') open.last++;
    else if (part.length > 1 && part.startsWith('{')) open.last = repeated(open.last, part);
    else item(part.startsWith('\\Q') ? part.length : part.startsWith('[') || /^\\p/i.test(part) ? classSize(part) : 1);
    i += length;
  }
  let size = open.done + open.last;
  for (const each of outer) size += each.done + each.last;
  return size + 2;
}

const COUNT = /\{\d{1,9}(?:,\d{0,9})?\}/y;
const CLASS = /\[\^?\]?(?:\\.|\[:[^\]]{0,20}:\]|[^\]\\])*\]?/sy;
const ESCAPE = /\\(?:Q.*?(?:\\E|$)|[pP](?:\{[^}]{0,60}\}|.)|x(?:\{[^}]{0,20}\}|[\da-fA-F]{0,2})|.?)/sy;

/** Letters of the part that begins at `at`. */
export function lengthAt(source: string, at: number): number {
  const c = source[at]!;
  const form = c === '\\' ? ESCAPE : c === '[' ? CLASS : c === '{' ? COUNT : undefined;
  if (!form) return 1;
  form.lastIndex = at;
  return form.exec(source)?.[0].length ?? 1;
}

function repeated(size: number, count: string): number {
  const [least = 0, most] = count
    .slice(1, -1)
    .split(',')
    .map((one) => (one === '' ? undefined : Number(one)));
  const isOpen = count.includes(',') && most === undefined;
  const times = Math.max(1, most ?? least + (isOpen ? 1 : 0));
  return size * times + Math.max(0, (most ?? least) - least) + (isOpen ? 1 : 0);
}

function classSize(part: string): number {
  return 1 + PROPERTY * (part.match(/\\p/gi)?.length ?? 0);
}
