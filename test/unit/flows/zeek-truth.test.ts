/** Against Zeek's own baselines, where the evaluation data is at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { suiteNeeds } from '../../setup/skip.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { flowJson } from '../../../src-main/meter/flows/record.ts';
import { makeFlowTable } from '../../../src-main/meter/flows/table.ts';
import { makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../../src-main/meter/packets/types.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/flow_truth/zeek/', import.meta.url));
const SUFFIX = '.conn.log';
const KEY = ['proto', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p'];
const FIELDS = [
  'orig_pkts',
  'resp_pkts',
  'orig_ip_bytes',
  'resp_ip_bytes',
  'orig_bytes',
  'resp_bytes',
  'conn_state',
  'history',
  'missed_bytes',
];

/** Traces that a full Zeek reads otherwise than the reduced one that made the baseline (docs/flow-fidelity.md). */
const DIFFERS = new Set(['zeek_tunnels_gre-aruba-amsdu.pcap']);

type Record_ = Record<string, string | number | null | undefined>;

function line(record: Record_): string {
  const value = (name: string): string => String(record[name] ?? '-');
  return [...KEY, ...FIELDS].map(value).join(' ');
}

function zeekLog(path: string): string[] {
  let fields: string[] = [];
  const lines: string[] = [];
  for (const row of readFileSync(path, 'utf8').split('\n')) {
    if (row.startsWith('#fields')) fields = row.split('\t').slice(1);
    else if (row !== '' && !row.startsWith('#')) {
      const cells = row.split('\t');
      lines.push(line(Object.fromEntries(fields.map((name, i) => [name, cells[i]]))));
    }
  }
  return lines.sort();
}

async function ours(path: string): Promise<string[]> {
  const table = makeFlowTable({ hosts: new HostTable() });
  const decoder = makeDecoder();
  const segments = makeSegmentBatch();
  const flows = makeFlowBatch(64);
  const reader = await openCaptures([path]);
  for (let packets = await reader.read(); packets; packets = await reader.read()) {
    decoder.decode(packets, segments);
    table.process(packets, segments);
    table.drain(flows, () => undefined);
    reader.release(packets);
  }
  table.finish();
  table.drain(flows, () => undefined);
  await reader.close();
  return Array.from({ length: flows.count }, (_, i) => line(JSON.parse(flowJson(flows, i)) as Record_));
}

suiteNeeds(existsSync(folder), 'no ../shared/data')('the connections of Zeek baselines', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  it.each(names.map((name) => name.slice(0, -SUFFIX.length)).filter((name) => !DIFFERS.has(name)))(
    '%s',
    async (name) => {
      const mine = await ours(folder + name);
      const truth = zeekLog(folder + name + SUFFIX);
      expect(mine).toEqual(expect.arrayContaining(truth));
      // IP-in-IP and GRE carriers are flows of ours and no connections of Zeek's.
      expect(mine.length - truth.length).toBeLessThanOrEqual(1);
    },
  );
});
