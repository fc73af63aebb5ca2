/** What speaks in lines of text: the head of HTTP/1 (RFC 9112), and others line by line. */
import { lineEnd } from '../bytes.ts';
import { shown, type Next, type Part } from './part.ts';

/** Lines of one packet that are told. */
const LINES_MAX = 100;

/** The next line without its end, and where the one after it begins. */
function line(part: Part): { text: string; from: number; to: number } {
  const from = part.at;
  const feed = lineEnd(part.bytes, from, part.end);
  const to = feed < 0 ? part.end : feed + 1;
  let stop = feed < 0 ? part.end : feed;
  if (stop > from && part.bytes[stop - 1] === 0x0d) stop--;
  part.at = to;
  return { text: shown(part.bytes.subarray(from, stop)), from, to };
}

function startLine(part: Part): void {
  const { text, from } = line(part);
  const [a = '', b = ''] = text.split(' ');
  part.summary = text;
  part.about('http.start_line', 'First line', from, part.at, text);
  part.depth = 1;
  const second = from + a.length + 1;
  if (a.startsWith('HTTP/')) {
    part.about('http.response.version', 'Version', from, from + a.length, a);
    if (b !== '') part.about('http.response.code', 'Status', second, second + b.length, b);
  } else {
    part.about('http.request.method', 'Method', from, from + a.length, a);
    // Where a letter had to be written otherwise, or was left out, its place is not known any more.
    const plain = !text.includes('\\x') && !text.endsWith('…');
    if (b !== '' && plain) part.about('http.request.uri', 'Path', second, second + b.length, b);
  }
  part.depth = 0;
}

export function http(part: Part): Next | null {
  startLine(part);
  for (let lines = 0; part.left > 0 && lines < LINES_MAX; lines++) {
    const { text, from, to } = line(part);
    if (text === '') return part.rest('data');
    const colon = text.indexOf(':');
    const [name, value] = colon < 0 ? ['Line', text] : [text.slice(0, colon), text.slice(colon + 1).trim()];
    part.about('http.header', name, from, to, value);
  }
  return part.rest('data');
}

export function lines(part: Part): Next | null {
  for (let count = 0; part.left > 0 && count < LINES_MAX; count++) {
    const { text, from, to } = line(part);
    part.about('text.line', `Line ${count + 1}`, from, to, text);
    if (count === 0) part.summary = text;
  }
  return part.rest('data');
}
