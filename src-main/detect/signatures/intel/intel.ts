/** The lists of a run: what is on them, what is allowed all the same, and what came of them. */
import type { ReportIntel } from '../../../../src-shared/domain/report.ts';
import { BoundedMap } from '../../behaviours/common/bounded.ts';
import type { Behaviour } from '../../types.ts';
import { loadLists, type ListFiles, type Loaded } from './load.ts';
import { IntelMatch } from './match.ts';
import type { CertificateHashes } from './certificates.ts';
import type { Hit, RefusedEntry } from './types.ts';

/** Names and fingerprints that are known to be on no list. */
const CLEAN_MAX = 65_536;
const NONE: readonly Hit[] = [];

const cleanNames = (): BoundedMap<string, true> => new BoundedMap({ ceiling: CLEAN_MAX });

export interface IntelFiles extends ListFiles {
  /** Milliseconds since 1970, when entries are judged to be in force; asked again with each match. */
  now: () => number;
}

export class Intel {
  private loaded: Loaded;
  private readonly clock: () => number;
  private clean = cleanNames();
  /** Grows when other lists take the place of these. */
  edition = 0;

  private constructor(loaded: Loaded, now: () => number) {
    this.loaded = loaded;
    this.clock = now;
  }

  /** @throws SondeError where a list cannot be read */
  static async load({ now, ...files }: IntelFiles): Promise<Intel> {
    return new Intel(await loadLists(files, now() / 1000), now);
  }

  behaviour(): Behaviour {
    return new IntelMatch(this);
  }

  get refused(): readonly RefusedEntry[] {
    return this.loaded.refused;
  }

  /** Runs go on by the lists of another; what a file's entries were found for so far stays counted. */
  replace({ loaded }: Intel): void {
    const before = new Map(this.loaded.lists.map(({ file, allow, hits }) => [`${allow} ${file}`, hits]));
    for (const list of loaded.lists) list.hits += before.get(`${list.allow} ${list.file}`) ?? 0;
    this.loaded = loaded;
    this.clean = cleanNames();
    this.edition++;
  }

  /** Entries that a host is on, by its four words. */
  address(words: Uint32Array, at: number): readonly Hit[] {
    const { listed, allowed } = this.loaded;
    const hits = listed.address(words, at, this.now);
    return hits.length > 0 && this.isAllowed(allowed.address(words, at, this.now)) ? NONE : hits;
  }

  /** Entries for a name (any case), or for names above it. */
  name(name: string): readonly Hit[] {
    const { listed, allowed } = this.loaded;
    const plain = name.toLowerCase().replace(/\.$/, '');
    if (!listed.has('domain') || this.isClean(plain)) return NONE;
    const hits = listed.name(plain, this.now);
    if (hits.length === 0) return this.remember(plain);
    return this.isAllowed(allowed.name(plain, this.now)) ? NONE : hits;
  }

  /** Entries for a URL by any of its keys; none where its name is allowed, or the server (four words) is. */
  url(keys: readonly string[], words: Uint32Array, at: number): readonly Hit[] {
    const { listed, allowed } = this.loaded;
    if (!listed.has('url')) return NONE;
    for (const key of keys) {
      const hits = listed.url(key, this.now);
      if (hits.length === 0) continue;
      const host = /^[^/]*?(?=:\d+\/|\/)/.exec(key)?.[0] ?? '';
      const wins =
        this.isAllowed(allowed.url(key, this.now)) ||
        this.isAllowed(allowed.name(host, this.now)) ||
        this.isAllowed(allowed.address(words, at, this.now));
      return wins ? NONE : hits;
    }
    return NONE;
  }

  get hasUrls(): boolean {
    return this.loaded.listed.has('url');
  }

  /** Entries for the fingerprints of a TLS client. */
  client(ja3: string, ja4: string): readonly Hit[] {
    const { listed, allowed } = this.loaded;
    const three = ja3 !== '' && listed.has('ja3') ? listed.ja3(ja3, this.now) : NONE;
    if (three.length > 0) return this.isAllowed(allowed.ja3(ja3, this.now)) ? NONE : three;
    if (ja4 === '' || !listed.has('ja4') || this.isClean(ja4)) return NONE;
    const four = listed.ja4(ja4, this.now);
    if (four.length === 0) return this.remember(ja4);
    return this.isAllowed(allowed.ja4(ja4, this.now)) ? NONE : four;
  }

  /** Whether hashes of certificates are looked for: computing them costs, and is left where none is. */
  get hasCertificates(): boolean {
    const { listed } = this.loaded;
    return listed.has('sha1') || listed.has('sha256');
  }

  /** Entries for a certificate; none where it is allowed, or the server (four words) is. */
  certificate({ sha1, sha256 }: CertificateHashes, words: Uint32Array, at: number): readonly Hit[] {
    const { listed, allowed } = this.loaded;
    const hashes = [sha256, sha1];
    const hits = hashes.flatMap((hash) => listed.certificate(hash, this.now));
    if (hits.length === 0) return NONE;
    const excuses = hashes.flatMap((hash) => allowed.certificate(hash, this.now));
    return this.isAllowed([...excuses, ...allowed.address(words, at, this.now)]) ? NONE : hits;
  }

  report(): ReportIntel[] {
    return this.loaded.lists.map(({ file, format, indicators, refused, reasons, expired, unseen, hits, allow }) => ({
      ...{ file, format, indicators, refused, expired, unseen, hits },
      ...(reasons.length > 0 ? { reasons } : {}),
      ...(allow ? { allow } : {}),
    }));
  }

  private get now(): number {
    return this.clock() / 1000;
  }

  /** Lists of what is allowed win, and count it. */
  private isAllowed(hits: readonly Hit[]): boolean {
    for (const { list } of hits) list.hits++;
    return hits.length > 0;
  }

  private isClean(text: string): boolean {
    return this.clean.touch(text, 0) !== undefined;
  }

  private remember(text: string): readonly Hit[] {
    this.clean.set(text, true, 0);
    return NONE;
  }
}
