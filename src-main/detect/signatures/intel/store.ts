/** The entries of several lists, and which of them something observed matches. */
import { formatCount } from '../../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { formatAddress } from '../../../meter/hosts.ts';
import { hashKind, hexKey, isJa3, keyOf, textKey } from './keys.ts';
import { IndicatorTable, KIND, TABLE_MAX, type Key } from './table.ts';
import type { Details, Hit, IntelList, Observable, Threat } from './types.ts';

/** Different remarks that are kept; entries beyond have none. */
const SAID_MAX = 262_144;
const LABEL_MAX = 64;
/** Lists of which one look-up tells. */
const HITS_MAX = 16;
const KINDS = { url: KIND.URL, ja3: KIND.JA3, ja4: KIND.JA4, sha1: KIND.SHA1, sha256: KIND.SHA256 } as const;
/** Labels that names have at most (253 characters). */
const LABELS_MAX = 127;
const MAPPED = 96;

interface Said {
  list: IntelList;
  threat: Threat;
  label: string;
  confidence: number;
}

const clean = (label: string): string =>
  label
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, LABEL_MAX);

const seconds = (time: number): number => Math.min(0xffffffff, Math.max(0, Math.floor(time)));

export class IndicatorStore {
  private readonly most: number;
  private readonly table = new IndicatorTable();
  private readonly said: Said[] = [];
  private readonly saidBy = new Map<string, number>();
  private readonly lists: IntelList[] = [];
  /** What was said last: most entries say what the one before said. */
  private last: Partial<Said> & { number: number } = { number: 0 };
  private readonly masked = new Uint32Array(4);
  private lengths: { v4: readonly number[]; v6: readonly number[] } | undefined;

  /** `most`: entries there is room for. */
  constructor(most: number) {
    this.most = Math.min(most, TABLE_MAX);
  }

  get size(): number {
    return this.table.size;
  }

  /** How much of one kind there is; look-ups of kinds that are not there cost nothing. */
  has(kind: 'domain' | 'url' | 'ja3' | 'ja4' | 'sha1' | 'sha256'): boolean {
    const { counts } = this.table;
    if (kind === 'domain') return counts[KIND.DOMAIN]! + counts[KIND.DOMAIN_BELOW]! > 0;
    return counts[KINDS[kind]]! > 0;
  }

  /**
   * False for what packets do not show. What a list has twice counts once, with the longer validity and the better
   * confidence, for any port where the ports differ.
   *
   * @throws SondeError `read-failed` where there is no room for more
   */
  add(list: IntelList, observable: Observable, details: Details): boolean {
    const place = keyOf(observable);
    if (!place) return false;
    const { kind, key } = place;
    const row = {
      said: this.saying(list, details),
      added: seconds(details.added),
      expires: seconds(details.expires),
      port: details.port,
    };
    for (const entry of this.table.find(kind, key)) {
      const known = this.table.row(entry);
      const before = this.said[known.said]!;
      if (before.list !== list) continue;
      this.table.write(entry, {
        said: before.confidence >= details.confidence ? known.said : row.said,
        added: known.added === 0 ? row.added : Math.min(known.added, row.added || known.added),
        expires: known.expires === 0 || row.expires === 0 ? 0 : Math.max(known.expires, row.expires),
        port: known.port === row.port ? row.port : 0,
      });
      return true;
    }
    if (this.size >= this.most) throw tooMany(list.file, this.most);
    this.table.add(kind, key, row);
    list.indicators++;
    this.lengths = undefined;
    return true;
  }

  /** Of the address whose four words stand at `words[at…]`: `now` in seconds since 1970. */
  address(words: Uint32Array, at: number, now: number): Hit[] {
    const hits: Hit[] = [];
    const mapped = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
    const { v4, v6 } = (this.lengths ??= this.prefixLengths());
    for (const bits of mapped ? v4 : v6) {
      for (let w = 0; w < 4; w++) {
        const ones = Math.min(32, Math.max(0, bits - w * 32));
        this.masked[w] = ones === 0 ? 0 : words[at + w]! & (-1 << (32 - ones));
      }
      const text = (): string => {
        const length = mapped ? bits - MAPPED : bits;
        return `${formatAddress(this.masked, 0)}${bits === 128 ? '' : `/${length}`}`;
      };
      this.gather(hits, bits, this.masked, text, now);
    }
    return hits;
  }

  /** Of a name (lower case, without the final dot): entries for it, and for names above it that mean all below. */
  name(name: string, now: number): Hit[] {
    const hits: Hit[] = [];
    const exact = this.table.counts[KIND.DOMAIN]! > 0;
    const below = this.table.counts[KIND.DOMAIN_BELOW]! > 0;
    let from = 0;
    for (let label = 0; label < LABELS_MAX && from < name.length; label++) {
      const part = name.slice(from);
      const dot = part.indexOf('.');
      // Names of one label are on no list.
      if (dot < 0 || (from > 0 && !below)) break;
      if (from === 0 && exact) this.gather(hits, KIND.DOMAIN, textKey(part), () => part, now);
      if (below) this.gather(hits, KIND.DOMAIN_BELOW, textKey(part), () => part, now);
      from += dot + 1;
    }
    return hits;
  }

  url(key: string, now: number): Hit[] {
    const hits: Hit[] = [];
    this.gather(hits, KIND.URL, textKey(key), () => `http://${key}`, now);
    return hits;
  }

  ja3(value: string, now: number): Hit[] {
    const hits: Hit[] = [];
    if (isJa3(value)) this.gather(hits, KIND.JA3, hexKey(value), () => value, now);
    return hits;
  }

  ja4(value: string, now: number): Hit[] {
    const hits: Hit[] = [];
    this.gather(hits, KIND.JA4, textKey(value), () => value, now);
    return hits;
  }

  /** Of a certificate's SHA-1 or SHA-256. */
  certificate(value: string, now: number): Hit[] {
    const hits: Hit[] = [];
    this.gather(hits, hashKind(value), hexKey(value), () => value, now);
    return hits;
  }

  private gather(hits: Hit[], kind: number, key: Key, value: () => string, now: number): void {
    for (const entry of this.table.find(kind, key)) {
      if (hits.length >= HITS_MAX) return;
      const { said, added, expires, port } = this.table.row(entry);
      if (expires !== 0 && expires <= now) continue;
      hits.push({ ...this.said[said]!, value: value(), added, expires, port });
    }
  }

  private prefixLengths(): { v4: readonly number[]; v6: readonly number[] } {
    const there = Array.from({ length: 129 }, (_, bits) => bits).filter((bits) => this.table.counts[bits]! > 0);
    // The most exact entry first.
    return { v4: there.filter((bits) => bits > MAPPED).reverse(), v6: there.toReversed() };
  }

  private saying(list: IntelList, details: Details): number {
    const { threat, label: given, confidence: sure } = details;
    const { last } = this;
    if (last.list === list && last.threat === threat && last.label === given && last.confidence === sure)
      return last.number;
    const confidence = Math.round(Math.min(100, Math.max(0, sure)));
    let place = this.lists.indexOf(list);
    if (place < 0) place = this.lists.push(list) - 1;
    const label = this.said.length < SAID_MAX ? clean(given) : '';
    const key = `${place} ${threat} ${confidence} ${label}`;
    let number = this.saidBy.get(key);
    if (number === undefined) {
      number = this.said.push({ list, threat, label, confidence }) - 1;
      this.saidBy.set(key, number);
    }
    this.last = { list, threat, label: given, confidence: sure, number };
    return number;
  }
}

function tooMany(file: string, most: number): SondeError {
  const what = `${file}: more than ${formatCount(most)} indicators in all lists together`;
  return new SondeError('read-failed', what, file, 'Name fewer lists, or shorter ones.');
}
