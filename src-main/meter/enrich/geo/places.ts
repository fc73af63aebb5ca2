/** Several databases of places as one: of each question, the first that knows the answer gives it. */
import { formatBytes } from '../../../../src-shared/domain/amounts.ts';
import type { AddressPlace, Place } from '../../../../src-shared/domain/place.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { PlaceDatabase, type AboutPlaces } from './database.ts';

export const DATABASES_MAX = 8;
/** Bytes of all of them together: so much memory they take. */
export const TOGETHER_MAX = 1024 ** 3;
const REMEMBERED = 10_000;

/** How many of them, from the first, are small enough to be read together. */
function fitting(databases: readonly PlaceDatabase[]): number {
  let bytes = 0;
  const beyond = databases.findIndex(({ about }) => (bytes += about.bytes) > TOGETHER_MAX);
  return beyond < 0 ? databases.length : beyond;
}

export class Places {
  private readonly databases: readonly PlaceDatabase[];
  private readonly known = new Map<string, Place | null>();

  private constructor(databases: readonly PlaceDatabase[]) {
    this.databases = databases;
  }

  /** Looks what the files are; they are read with the first question. @throws SondeError for one that is no such database */
  static open(files: readonly string[]): Places {
    if (files.length > DATABASES_MAX) {
      const what = `more than ${DATABASES_MAX} databases of places`;
      throw new SondeError('too-many', what, files.at(-1) ?? '', 'Name one of countries or cities, and one of AS.');
    }
    const found = files.map((file) => new PlaceDatabase(file));
    const beyond = found[fitting(found)];
    if (!beyond) return new Places(found);
    const what = `${beyond.about.file}: the databases of places together are larger than ${formatBytes(TOGETHER_MAX)}`;
    throw new SondeError('too-many', what, beyond.about.file, 'Name one of countries or cities, and one of AS.');
  }

  /** Those that can be read and have room: for runs that must not fail for want of the others. Undefined where there is none. */
  static readable(files: readonly string[]): Places | undefined {
    const found = files.slice(0, DATABASES_MAX).flatMap((file) => {
      try {
        return [new PlaceDatabase(file)];
      } catch (error) {
        if (error instanceof SondeError) return [];
        throw error;
      }
    });
    const some = found.slice(0, fitting(found));
    return some.length === 0 ? undefined : new Places(some);
  }

  get about(): (AboutPlaces & { damaged: number; fault?: SondeError })[] {
    return this.databases.map(({ about, damaged, fault }) => ({ ...about, damaged, ...(fault ? { fault } : {}) }));
  }

  /** Null where nobody knows. A look-up takes about 10 µs, and is kept. */
  place(address: string): Place | null {
    let found = this.known.get(address);
    if (found === undefined) {
      found = this.lookUp(address);
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(address, found);
    }
    return found;
  }

  /** Of these, those that are known, each once. */
  of(addresses: Iterable<string>, most: number): AddressPlace[] {
    const all: AddressPlace[] = [];
    for (const address of new Set(addresses)) {
      if (all.length >= most) break;
      const place = this.place(address);
      if (place) all.push({ address, ...place });
    }
    return all;
  }

  private lookUp(address: string): Place | null {
    const all = this.databases.map((database) => database.place(address)).filter((place) => place !== null);
    // What stands later in a spread wins: the first database comes last.
    return all.length === 0 ? null : all.reduceRight((rest, place) => ({ ...rest, ...place }), {});
  }
}
