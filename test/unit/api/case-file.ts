/** Cases of a capture with one incident and no packets. */
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { makeCase } from '../../../src-main/run/api/cases/make.ts';

const UID = 'wanted';
const TIME = '2023-11-14T22:13:20.000000000Z';

/** A database that `exportCase` takes a case from. */
export function fillForCases(database: string): void {
  const db = openDatabase(database);
  db.exec(`INSERT INTO captures (id, name, status, imported_at, program, report)
    VALUES (3, 'office', 'complete', 1, 'sonde', '{}')`);
  const body = { id: 1, uid: UID, kind: 'port-scan', severity: 'warning', confidence: 1, title: 'T', summary: '', firstTs: TIME, decidedTs: TIME, lastTs: TIME, sources: ['10.0.0.1'], sourcesTotal: 1, targets: ['10.0.0.2'], targetsTotal: 1, ports: [80], portsTotal: 1, domains: [], domainsTotal: 0, flows: 0, packets: 1, bytes: 1, technique: [], evidence: [], attributions: [], detectors: {}, response: [], wiresharkFilter: '' }; // prettier-ignore
  db.prepare(
    "INSERT INTO incidents (capture, uid, number, kind, severity, confidence, title, first_ts, decided_ts, last_ts, body) VALUES (3, ?, 1, 'port-scan', 'warning', 1, 'T', ?, '', '', ?)",
  ).run(UID, TIME, JSON.stringify(body));
  db.close();
}

/** Two of different titles are two cases. */
export async function exportCase(database: string, out: string, title: string): Promise<void> {
  const incidents = [{ capture: 3, uid: UID }];
  await makeCase({ database, rings: `${database}.packets`, incidents, out, title, note: '', now: 5, user: 'ann' });
}
