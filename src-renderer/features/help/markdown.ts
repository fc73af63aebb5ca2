/** As much Markdown as our own pages use: headings, paragraphs, lists, tables, code. Texts come with the program. */

export type Block =
  | { kind: 'heading'; level: number; text: string; id: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] };

/** As GitHub names headings: what links lead to. */
export function headingId(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

const cells = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** What a line begins; undefined: it goes on with the paragraph. */
function isBeginning(line: string): boolean {
  return /^(#|- |\||```|\s*$)/.test(line);
}

function takeCode(lines: readonly string[], from: number): [Block, number] {
  let end = from + 1;
  while (end < lines.length && !lines[end]!.startsWith('```')) end++;
  return [{ kind: 'code', text: lines.slice(from + 1, end).join('\n') }, end + 1];
}

function takeTable(lines: readonly string[], from: number): [Block, number] {
  let end = from;
  while (end < lines.length && lines[end]!.startsWith('|')) end++;
  const [head = [], , ...rows] = lines.slice(from, end).map(cells);
  return [{ kind: 'table', head, rows }, end];
}

/** Items go on in lines that are indented. */
function takeList(lines: readonly string[], from: number): [Block, number] {
  const items: string[] = [];
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('- ')) items.push(line.slice(2));
    else if (items.length > 0 && /^ {2,}\S/.test(line)) items[items.length - 1] += ` ${line.trim()}`;
    else break;
  }
  return [{ kind: 'list', items }, at];
}

function takeText(lines: readonly string[], from: number): [Block, number] {
  let end = from + 1;
  while (end < lines.length && !isBeginning(lines[end]!)) end++;
  return [{ kind: 'text', text: lines.slice(from, end).join(' ') }, end];
}

function take(lines: readonly string[], at: number): [Block | null, number] {
  const line = lines[at]!;
  if (line.trim() === '') return [null, at + 1];
  const heading = /^(#{1,4}) (.+)$/.exec(line);
  if (heading) {
    const text = heading[2]!;
    return [{ kind: 'heading', level: heading[1]!.length, text, id: headingId(text) }, at + 1];
  }
  if (line.startsWith('```')) return takeCode(lines, at);
  if (line.startsWith('|')) return takeTable(lines, at);
  return line.startsWith('- ') ? takeList(lines, at) : takeText(lines, at);
}

export function blocksOf(text: string): Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, next] = take(lines, at);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

export type Span = { kind: 'plain' | 'code' | 'strong'; text: string } | { kind: 'link'; text: string; to: string };

export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  for (const [part, code, strong, label, to] of text.matchAll(
    /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)|[^`*[]+|./g,
  )) {
    if (code !== undefined) spans.push({ kind: 'code', text: code });
    else if (strong !== undefined) spans.push({ kind: 'strong', text: strong });
    else if (label !== undefined && to !== undefined) spans.push({ kind: 'link', text: label, to });
    else spans.push({ kind: 'plain', text: part });
  }
  return spans;
}
