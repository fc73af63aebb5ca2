/** Which protocols the flows of an incident spoke. */
import type Database from 'better-sqlite3';
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

/** Transports and services, lower case. */
export function incidentProtocols(db: Database.Database): (capture: number, uid: string) => ReadonlySet<string> {
  const statement = db.prepare(
    `SELECT DISTINCT f.proto, f.service FROM incident_flows i JOIN flows f ON f.capture = i.capture AND f.id = i.flow
     WHERE i.capture = ? AND i.uid = ?`,
  );
  return (capture, uid) => {
    const found = new Set<string>();
    for (const row of statement.iterate(capture, uid) as Iterable<{ proto: number; service: string }>) {
      found.add(protoWord(row.proto));
      for (const service of row.service.split(',')) if (service !== '') found.add(service.toLowerCase());
    }
    return found;
  };
}
