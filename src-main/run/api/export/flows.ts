/** Flows of a selection as CSV or NDJSON, in Zeek's names, in chunks so that nothing waits long. */
import { open } from 'node:fs/promises';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { FlowRow } from '../../../../src-shared/contract/topics/flows.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { factsOf, flowRowOf, type StoredFlow } from '../../../keep/store/queries/flows.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { Readers } from '../../../keep/store/readers.ts';

const CHUNK = 4000;

/** Zeek's name → value. */
const COLUMNS: readonly [name: string, value: (f: FlowRow) => string | number | boolean | null][] = [
  ['ts', (f) => f.ts],
  ['uid', (f) => f.uid],
  ['community_id', (f) => f.communityId],
  ['id.orig_h', (f) => f.origH],
  ['id.orig_p', (f) => f.origP],
  ['id.resp_h', (f) => f.respH],
  ['id.resp_p', (f) => f.respP],
  ['proto', (f) => f.proto],
  ['service', (f) => f.service || null],
  ['duration', (f) => Number(f.duration.toFixed(9))],
  ['orig_bytes', (f) => f.origBytes],
  ['resp_bytes', (f) => f.respBytes],
  ['conn_state', (f) => f.connState],
  ['missed_bytes', (f) => f.missedBytes],
  ['history', (f) => f.history || null],
  ['orig_pkts', (f) => f.origPkts],
  ['orig_ip_bytes', (f) => f.origIpBytes],
  ['resp_pkts', (f) => f.respPkts],
  ['resp_ip_bytes', (f) => f.respIpBytes],
  ['vlan', (f) => f.vlan],
  ['app', (f) => f.app || null],
  ['score', (f) => f.score],
  ['anomalous', (f) => f.anomalous],
];

/**
 * One cell. Text that a spreadsheet would take for a formula is written as text: names in it come from the network.
 */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '-';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** NDJSON has what was learned of the flow besides, as `facts`. */
function line(stored: StoredFlow, format: 'csv' | 'ndjson'): string {
  const row = flowRowOf(stored);
  if (format === 'csv') return COLUMNS.map(([, value]) => csvCell(value(row))).join(',');
  const columns = Object.fromEntries(COLUMNS.map(([name, value]) => [name, value(row)]));
  const facts = stored.facts === '' ? {} : { facts: factsOf(stored) };
  return JSON.stringify({ ...columns, ...facts, ...(row.process ? { process: row.process } : {}) });
}

/** How many flows were written. @throws SondeError `cancelled`, `disk-full`, `write-failed`, `bad-filter` */
export async function writeFlowFile(
  readers: Readers,
  selection: Selection,
  format: 'csv' | 'ndjson',
  path: string,
  signal: CancelSignal,
): Promise<number> {
  const file = await open(path, 'w', 0o600);
  let [written, after] = [0, -1];
  try {
    if (format === 'csv') await file.write(`${COLUMNS.map(([name]) => name).join(',')}\n`);
    for (;;) {
      const chunk = await readers.ask('flowsAfter', [selection, after, CHUNK], signal);
      if (chunk.length > 0) await file.write(chunk.map((f) => `${line(f, format)}\n`).join(''));
      written += chunk.length;
      after = chunk.at(-1)?.id ?? after;
      if (chunk.length < CHUNK) return written;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new SondeError('disk-full', 'the disk is full', path, 'Free some space, then try again.', { cause: error });
  } finally {
    await file.close();
  }
}
