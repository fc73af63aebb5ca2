/** What one side of a comparison is made of. */
import type Database from 'better-sqlite3';
import type { Answer } from '../../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../../src-shared/contract/index.ts';
import type { ComparedSide, CompareSide } from '../../../../../src-shared/contract/topics/compare.ts';
import { captureRecord, packetSpanOf, spanOf, type Range } from '../common.ts';
import { timeText } from '../period/rows.ts';
import { notSample } from '../period/sample.ts';
import { emptyTally, tallyFlows, type Tally } from './tally.ts';

export type IncidentLine = Answer<typeof contract.compare.get>['incidents']['new']['rows'][number] & {
  sources: string;
};

export interface Read {
  side: ComparedSide;
  tally: Tally;
  /** What is the same in two captures: its kind and who began it. */
  incidents: Map<string, IncidentLine>;
  /** Captures of the very same files as a newer one, which were left out. */
  twice: string[];
  /** Captures of the built-in sample in its days, which were left out. */
  samples: string[];
}

interface Part {
  capture: number;
  name: string;
  /** null: it holds nothing. */
  span: Range | null;
  files: string;
  isSample: boolean;
}

/** When its packets were seen; of a capture whose files are not known yet, when its flows began. */
const spanSeen = (db: Database.Database, capture: number): Range | null =>
  packetSpanOf(db, capture) ?? spanOf(db, capture);

function parts(db: Database.Database, range: Range): Part[] {
  const sql = `SELECT id AS capture, name, NOT ${notSample('id')} AS isSample FROM captures ORDER BY id DESC`;
  const captures = db.prepare(sql).all() as { capture: number; name: string; isSample: 0 | 1 }[];
  const files = db
    .prepare(
      `SELECT ifnull(group_concat(sha256), '') FROM (SELECT sha256 FROM inputs WHERE capture = ? ORDER BY number)`,
    )
    .pluck();
  return captures.flatMap(({ capture, name, isSample }) => {
    const span = spanSeen(db, capture);
    if (span === null || span.to < range.from || span.from >= range.to) return [];
    const within = { from: Math.max(span.from, range.from), to: Math.min(span.to, range.to) };
    return [{ capture, name, span: within, files: files.get(capture) as string, isSample: isSample === 1 }];
  });
}

/** As incidents note their times, to the microsecond. */
const timeAt = (seconds: number): string => timeText(Math.round(seconds * 1e6) / 1000);

/** Seconds in at least one of the spans. */
function covered(spans: readonly Range[]): number {
  let [sum, end] = [0, -Infinity];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}

function partsOf(db: Database.Database, asked: CompareSide): { used: Part[] } & Pick<Read, 'twice' | 'samples'> {
  if (asked.kind === 'capture') {
    const { id: capture, name } = captureRecord(db, asked.capture);
    const part = { capture, name, span: spanSeen(db, capture), files: '', isSample: false };
    return { used: [part], twice: [], samples: [] };
  }
  const seen = new Set<string>();
  const used: Part[] = [];
  const twice: string[] = [];
  const samples: string[] = [];
  for (const part of parts(db, asked.range)) {
    const isKnown = part.files !== '' && !part.files.split(',').includes('') && seen.has(part.files);
    seen.add(part.files);
    if (part.isSample) samples.push(part.name);
    else if (isKnown) twice.push(part.name);
    else used.push(part);
  }
  return { used, twice, samples };
}

function incidentsOf(db: Database.Database, captures: readonly number[], asked: CompareSide): Read['incidents'] {
  const within = asked.kind === 'capture' ? '' : 'AND first_ts >= ? AND first_ts < ?';
  const times = asked.kind === 'capture' ? [] : [timeText(asked.range.from * 1000), timeText(asked.range.to * 1000)];
  const sql = `SELECT capture, uid, kind, severity, title, first_ts AS firstTs, json_extract(body, '$.sources') AS sources
    FROM incidents WHERE capture = ? AND suppressed_by IS NULL ${within} ORDER BY number`;
  const read = db.prepare(sql);
  const found: Read['incidents'] = new Map();
  for (const capture of captures) {
    for (const row of read.all(capture, ...times) as IncidentLine[]) {
      const key = `${row.kind}\n${row.sources}`;
      if (!found.has(key)) found.set(key, row);
    }
  }
  return found;
}

/** @throws SondeError `not-found` */
export function readSide(db: Database.Database, asked: CompareSide): Read {
  const { used, twice, samples } = partsOf(db, asked);
  const tally = emptyTally();
  const range = asked.kind === 'capture' ? null : asked.range;
  for (const { capture } of used) tallyFlows(db, capture, range, tally);
  const captures = used.map(({ capture, name }) => ({ capture, name }));
  const incidents = incidentsOf(
    db,
    used.map(({ capture }) => capture),
    asked,
  );
  const spans = used.flatMap(({ span }) => span ?? []);
  const side: ComparedSide = {
    captures,
    firstTs: spans.length === 0 ? null : timeAt(spans.reduce((least, { from }) => Math.min(least, from), Infinity)),
    lastTs: spans.length === 0 ? null : timeAt(spans.reduce((most, { to }) => Math.max(most, to), -Infinity)),
    seconds: covered(spans),
    flows: tally.flows,
    packets: tally.packets,
    bytes: tally.bytes,
    hosts: tally.hosts.size,
    incidents: incidents.size,
  };
  return { side, tally, incidents, twice, samples };
}
