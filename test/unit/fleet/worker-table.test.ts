/** The table of incidents keeps the latest, and loses nothing that a desk would take from it. */
import { expect, it } from 'vitest';
import { names } from '../../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { IncidentTable } from '../../../src-main/run/fleet/worker/table.ts';
import { publish, told } from './desk-kit.ts';

const GROUP = 'main';
const KEPT = 20;

async function begun() {
  const transport = new MemoryTransport(new MemoryBroker());
  const lease = (await transport.takeLease(names.correlatorRole(GROUP), 'w1', 60_000))!;
  const table = new IncidentTable({ transport, group: GROUP, lease, kept: KEPT });
  const tell = (from: number, to: number): Promise<void> => {
    const at = (i: number): string => `2026-11-21T08:40:${String(i).padStart(2, '0')}.000000000Z`;
    const all = Array.from({ length: to - from }, (_, i) => told(`i${from + i}`, [], { lastTs: at(from + i) }));
    return publish(transport, GROUP, all.toReversed());
  };
  const uids = async (): Promise<string[]> => [...(await transport.fields(names.incidents(GROUP))).keys()].sort();
  return { transport, lease, table, tell, uids };
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `i${from + i}`).sort();

it('lets those go that were quiet longest, once there are a tenth too many', async () => {
  const { table, tell, uids } = await begun();
  await tell(0, 22);
  expect(await table.trim()).toBe(0);
  expect(await uids()).toEqual(numbered(0, 22));
  await tell(22, 30);
  expect(await table.trim()).toBe(10);
  expect(await uids()).toEqual(numbered(10, 30));
});

it('lets go first what is no incident, and keeps what was told anew', async () => {
  const { transport, table, tell, uids } = await begun();
  await transport.putField(names.incidents(GROUP), 'odd', Buffer.from('nonsense'));
  await tell(0, 22);
  await publish(transport, GROUP, [told('i0', [], { lastTs: '2026-11-21T09:00:00.000000000Z', withdrawn: true })]);
  expect(await table.trim()).toBe(3);
  expect(await uids()).toEqual(['i0', ...numbered(3, 22)].sort());
});

it('removes nothing without the role', async () => {
  const { transport, lease, table, tell, uids } = await begun();
  await tell(0, 30);
  await transport.releaseLease(lease);
  expect(await table.trim()).toBe(0);
  expect(await uids()).toHaveLength(30);
});
