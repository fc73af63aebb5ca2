/** What the flows of an incident tell beside it: protocols, and fingerprints of clients. */
import type Database from 'better-sqlite3';
import type { FlowMarks } from '../../../detect/incidents/suppressions/engine.ts';
import { PROTO_WORDS } from '../../../../src-shared/domain/filter/fields.ts';

const NAMES: ReadonlyMap<number, string> = new Map(
  [...PROTO_WORDS]
    .filter(([name]) => name !== 'icmp6')
    .flatMap(([name, numbers]) => numbers.map((n): [number, string] => [n, name])),
);

/** Zeek's word for an IP protocol number, else the number. */
export function protoWord(proto: number): string {
  return NAMES.get(proto) ?? String(proto);
}

const OF_INCIDENT = `FROM incident_flows i JOIN flows f ON f.capture = i.capture AND f.id = i.flow
  WHERE i.capture = ? AND i.uid = ?`;

/** Each is read once it is asked for. */
export function incidentMarks(db: Database.Database): (capture: number, uid: string) => FlowMarks {
  const spoken = db.prepare(`SELECT DISTINCT f.proto, f.service ${OF_INCIDENT}`);
  const printed = db
    .prepare(
      `SELECT DISTINCT json_extract(f.facts, '$."tls.ja4"') AS ja4 ${OF_INCIDENT} AND f.facts LIKE '%"tls.ja4"%'`,
    )
    .pluck();
  return (capture, uid) => ({
    protocols: () => {
      const found = new Set<string>();
      for (const row of spoken.iterate(capture, uid) as Iterable<{ proto: number; service: string }>) {
        found.add(protoWord(row.proto));
        for (const service of row.service.split(',')) if (service !== '') found.add(service.toLowerCase());
      }
      return found;
    },
    ja4: () => {
      const found = printed.all(capture, uid) as (string | null)[];
      return new Set(found.filter((ja4) => ja4 !== null).map((ja4) => ja4.toLowerCase()));
    },
  });
}
