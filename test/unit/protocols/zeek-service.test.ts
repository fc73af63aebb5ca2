/** The services of Zeek's own baselines, where the evaluation data is at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeFlowTable } from '../../../src-main/meter/flows/table.ts';
import { makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { formatAddress, HostTable } from '../../../src-main/meter/hosts.ts';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../../src-main/meter/packets/types.ts';
import { makeProtocolStage } from '../../../src-main/meter/protocols/stage.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/flow_truth/zeek/', import.meta.url));
const SUFFIX = '.conn.log';

/** "orig port resp port service" of each connection whose service Zeek states. */
function stated(path: string): string[] {
  let fields: string[] = [];
  const lines: string[] = [];
  for (const row of readFileSync(path, 'utf8').split('\n')) {
    if (row.startsWith('#fields')) fields = row.split('\t').slice(1);
    if (row === '' || row.startsWith('#')) continue;
    const cells = row.split('\t');
    const value = (name: string): string => cells[fields.indexOf(name)] ?? '-';
    const names = value('service').split(',');
    const service = names.filter((n) => !n.startsWith('-')).toSorted();
    if (service.length === 0) continue;
    lines.push(['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p'].map(value).join(' ') + ` ${service.join(',')}`);
  }
  return lines.toSorted();
}

async function ours(path: string): Promise<string[]> {
  const hosts = new HostTable();
  const table = makeFlowTable({ hosts });
  const stage = makeProtocolStage({ hosts });
  const decoder = makeDecoder();
  const segments = makeSegmentBatch();
  const flows = makeFlowBatch(64);
  const reader = await openCaptures([path]);
  const drain = (): void => table.drain(flows, (slot) => stage.finish(slot, table, []));
  for (let packets = await reader.read(); packets; packets = await reader.read()) {
    decoder.decode(packets, segments);
    table.process(packets, segments);
    stage.process(packets, segments, table, []);
    drain();
    reader.release(packets);
  }
  table.finish();
  drain();
  await reader.close();
  const c = flows.columns;
  return Array.from({ length: flows.count }, (_, row) => {
    const end = (words: Uint32Array, port: number): string => `${formatAddress(words, row * 4)} ${port}`;
    return `${end(c.orig, c.origPort[row]!)} ${end(c.resp, c.respPort[row]!)} ${flows.meta[row]?.service ?? ''}`;
  });
}

if (existsSync(folder)) {
  describe('the services that Zeek names', () => {
    const traces = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
    it.each(traces)('%s', async (name) => {
      const left = await ours(folder + name.slice(0, -SUFFIX.length));
      const missed = stated(folder + name).filter((line) => {
        const at = left.indexOf(line);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
      expect(missed).toEqual([]);
    });
  });
} else {
  describe('the services that Zeek names', () => {
    it('as its baselines state them', (context) => {
      context.skip('no ../shared/data');
    });
  });
}
