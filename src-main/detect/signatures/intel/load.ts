/** Lists from files into the store. */
import { basename } from 'node:path';
import { formatBytes } from '../../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { JSON_FORMATS, LINE_FORMATS } from './formats/registry.ts';
import { IndicatorStore } from './store.ts';
import { LineCutter, OVERLONG, textOf } from './text.ts';
import type { Details, Intake, IntelList, Observable, RefusedEntry, RefusedReason } from './types.ts';

/** Refused entries of one list that are told one by one; all are counted. */
const REFUSED_TOLD = 100;
/** Different reasons that are told apart, and lines that are told of each. */
const REASONS_MAX = 50;
const LINES_TOLD = 5;
/** Characters of a list's name. */
const NAME_MAX = 80;
const OTHER_REASONS = 'other reasons';
/** Lines by which a format is recognised. */
const HEAD_LINES = 200;
const HEAD_CHARS = 65_536;
/** A plain list may begin with `[2001:db8::1]:443`. */
const ADDRESS_IN_BRACKETS = /^\s*\[[0-9a-f:.]+\](?::\d+)?\s/i;

/** What is read at most. */
export interface Limits {
  /** Bytes of a list, unpacked; of one that is JSON, which has to be in memory as a whole. */
  text: number;
  json: number;
  /** Entries of all lists together. */
  indicators: number;
}

const LIMITS: Limits = { text: 4e9, json: 256e6, indicators: 10_000_000 };

/** A name as titles and evidence can carry it. */
function readable(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, NAME_MAX);
}

/** A file, what people call it, and whether it says what is allowed. */
interface Named {
  path: string;
  shown: string;
  allow: boolean;
}

/** A file whose beginning was read. */
interface Source {
  path: string;
  head: string;
  pieces: AsyncGenerator<string>;
}

export interface Loaded {
  /** What is looked for, and what is never told. */
  listed: IndicatorStore;
  allowed: IndicatorStore;
  lists: IntelList[];
  refused: RefusedEntry[];
}

class ListIntake implements Intake {
  private readonly into: Loaded;
  private readonly list: IntelList;
  private readonly now: number;
  private readonly reasons = new Map<string, RefusedReason>();
  private told = 0;

  /** `now`: seconds since 1970, when entries are judged to be in force. */
  constructor(into: Loaded, list: IntelList, now: number) {
    this.into = into;
    this.list = list;
    this.now = now;
  }

  head({ source, allow }: { source?: string; allow?: boolean }): void {
    const name = readable(source ?? '');
    if (name !== '') this.list.source = name;
    if (allow) this.list.allow = true;
  }

  entry(observable: Observable, details: Details): void {
    const { list, into, now } = this;
    if ((details.expires !== 0 && details.expires <= now) || details.starts > now) list.expired++;
    else if (!(list.allow ? into.allowed : into.listed).add(list, meant(observable, list), details)) list.unseen++;
  }

  refuse(line: number, reason: string, { where = '', count = 1 }: { where?: string; count?: number } = {}): void {
    const { list, into } = this;
    list.refused += count;
    this.because(reason, line, count);
    if (this.told++ >= REFUSED_TOLD) return;
    into.refused.push({ file: list.file, line, reason: where === '' ? reason : `${where}: ${reason}` });
  }

  /** Most frequent reasons first: once all is read. */
  done(): void {
    this.list.reasons.sort((a, b) => b.count - a.count);
  }

  private because(given: string, line: number, count: number): void {
    const reason = this.reasons.has(given) || this.reasons.size < REASONS_MAX ? given : OTHER_REASONS;
    let known = this.reasons.get(reason);
    if (!known) {
      known = { reason, count: 0, lines: [] };
      this.reasons.set(reason, known);
      this.list.reasons.push(known);
    }
    known.count += count;
    if (line > 0 && known.lines.length < LINES_TOLD) known.lines.push(line);
  }
}

/** Whoever allows a name allows what is below it. */
function meant(observable: Observable, list: IntelList): Observable {
  return list.allow && observable.kind === 'domain' ? { ...observable, below: true } : observable;
}

function unknown(path: string, what: string): SondeError {
  const cure = 'It may be a plain list, a hosts file, a CSV of abuse.ch, MISP JSON or a STIX 2.1 bundle.';
  return new SondeError('unknown-format', `${path}: ${what}`, path, cure);
}

/** The rest of a text that has to be in memory as a whole. */
async function wholeOf(path: string, head: string, pieces: AsyncGenerator<string>, most: number): Promise<string> {
  const all: string[] = [];
  let length = 0;
  const take = (piece: string): void => {
    length += piece.length;
    if (length > most) {
      const what = `${path}: JSON of more than ${formatBytes(most)}`;
      throw new SondeError('read-failed', what, path, 'Divide it, or use a plain list.');
    }
    all.push(piece);
  };
  take(head);
  for await (const piece of pieces) take(piece);
  return all.join('');
}

async function readJson({ path, head, pieces }: Source, intake: Intake, most: number): Promise<string> {
  let json: unknown;
  try {
    json = JSON.parse(await wholeOf(path, head, pieces, most));
  } catch (error) {
    if (error instanceof SondeError) throw error;
    throw unknown(path, 'begins like JSON, and is none');
  }
  const format = JSON_FORMATS.find((one) => one.recognises(json));
  if (!format) throw unknown(path, 'JSON that is neither of MISP nor a STIX bundle');
  format.read(json, intake);
  return format.id;
}

async function readLines({ path, head, pieces }: Source, intake: Intake): Promise<string> {
  const firsts = head.split('\n', HEAD_LINES + 1).slice(0, HEAD_LINES);
  const format = LINE_FORMATS.find((one) => one.recognises(firsts));
  if (!format) throw unknown(path, 'no list of indicators');
  const reader = format.open(firsts, intake);
  const cutter = new LineCutter();
  let number = 0;
  const take = (line: string): void => {
    number++;
    if (line === OVERLONG) intake.refuse(number, 'a line longer than 65,536 characters');
    else reader.line(line, number);
  };
  cutter.add(head).forEach(take);
  for await (const piece of pieces) cutter.add(piece).forEach(take);
  cutter.end().forEach(take);
  return format.id;
}

async function loadList({ path, shown, allow }: Named, into: Loaded, now: number, limits: Limits): Promise<void> {
  const list: IntelList = {
    file: path,
    shown,
    format: '',
    source: shown.replace(/\.gz$/, ''),
    allow,
    indicators: 0,
    refused: 0,
    reasons: [],
    expired: 0,
    unseen: 0,
    hits: 0,
  };
  const intake = new ListIntake(into, list, now);
  const pieces = textOf(path, limits.text);
  try {
    let head = '';
    while (head.length < HEAD_CHARS) {
      const piece = await pieces.next();
      if (piece.done) break;
      head += piece.value;
    }
    const isJson = /^\s*[[{]/.test(head) && !ADDRESS_IN_BRACKETS.test(head);
    list.format = isJson
      ? await readJson({ path, head, pieces }, intake, limits.json)
      : await readLines({ path, head, pieces }, intake);
  } finally {
    await pieces.return(undefined);
  }
  intake.done();
  into.lists.push(list);
}

/** What is read, and by which rules. */
export interface ListFiles {
  files: readonly string[];
  /** Lists of what is never told. */
  allowed: readonly string[];
  /** What people call a file, by its path, where that is not its own name. */
  names?: ReadonlyMap<string, string>;
}

/**
 * Reads lists, and lists of what is allowed. `now` in seconds since 1970: entries that are not in force then are left out.
 *
 * @throws SondeError where a file cannot be read at all, or holds too much; lines that are wrong are counted and told
 */
export async function loadLists(given: ListFiles, now: number, limits: Limits = LIMITS): Promise<Loaded> {
  const store = (): IndicatorStore => new IndicatorStore(limits.indicators);
  const into: Loaded = { listed: store(), allowed: store(), lists: [], refused: [] };
  const read = (path: string, allow: boolean): Promise<void> => {
    const shown = readable(given.names?.get(path) ?? basename(path));
    return loadList({ path, shown, allow }, into, now, limits);
  };
  for (const path of given.files) await read(path, false);
  for (const path of given.allowed) await read(path, true);
  return into;
}
