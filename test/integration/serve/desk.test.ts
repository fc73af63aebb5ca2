import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TextError } from '../../../src-shared/contract/wire.ts';
import type { IncidentRow } from '../../../src-shared/contract/topics/common.ts';
import { failure, importSample, testDesk, type Testing } from './desk-client.ts';

let now = Date.UTC(2026, 0, 1);
let t: Testing;
let capture: number;

beforeAll(async () => {
  t = await testDesk({ now: () => now });
  capture = await importSample(t.client);
}, 120_000);
afterAll(() => t.desk.close());

const report = (): { inputs: number } => ({ inputs: 1 });

describe('the sample capture on the desk', () => {
  it('is listed with its counts', async () => {
    const { captures } = await t.client.captures.list({});
    expect(captures).toHaveLength(1);
    const [row] = captures;
    expect(row).toMatchObject({
      id: capture,
      status: 'complete',
      name: 'Sample: an hour in a small office',
      suppressed: 0,
    });
    expect(row!.flows).toBeGreaterThan(1000);
    const detail = await t.client.captures.get({ capture });
    expect(detail.inputs).toHaveLength(report().inputs);
    expect(detail.scores).toBe('scored');
  });

  it('has an overview whose counts agree with the lists', async () => {
    const overview = await t.client.overview.get({ capture });
    const all = await t.client.incidents.list({ capture, limit: 1000 });
    const { critical, warning, info } = overview.severities;
    expect(critical + warning + info).toBe(all.total);
    expect(overview.worst).toBe('critical');
    expect(overview.verdict).toMatch(/^\d+ critical, /);
    const totals = await t.client.flows.totals({ capture });
    expect(totals.flows).toBe(overview.flows);
    expect(overview.incidents).toEqual(all.rows.slice(0, 10));
  });

  it('sums to the same in every chart', async () => {
    const overview = await t.client.overview.get({ capture });
    const line = await t.client.overview.timeline({ capture, buckets: 100 });
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    expect(line.packets.length).toBeLessThanOrEqual(101);
    expect([sum(line.packets), sum(line.flows), sum(line.anomalous)]).toEqual([
      overview.packets,
      overview.flows,
      overview.anomalousFlows,
    ]);
    const { sizes } = await t.client.overview.packetSizes({ capture });
    expect([sum(sizes.map((s) => s.packets)), sum(sizes.map((s) => s.bytes))]).toEqual([
      overview.packets,
      sum(line.bytes),
    ]);
    const mix = await t.client.overview.mix({ capture });
    for (const shares of [mix.protocols, mix.services, mix.apps])
      expect(sum(shares.map((s) => s.flows))).toBe(overview.flows);
    const first = line.start + 10 * line.width;
    const range = { from: first, to: first + 20 * line.width };
    const part = await t.client.overview.timeline({ capture, buckets: 20, range });
    expect(sum(part.packets)).toBe(sum(line.packets.slice(10, 30)));
    const few = await t.client.overview.mix({ capture, range });
    expect(sum(few.protocols.map((s) => s.flows))).toBe(sum(line.flows.slice(10, 30)));
  });

  it('has heat maps by host and by network that agree with each other', async () => {
    for (const measure of ['anomaly', 'bytes', 'flows', 'failures'] as const) {
      const hosts = await t.client.overview.heatmap({ capture, measure, rows: 500, buckets: 60 });
      const networks = await t.client.overview.heatmap({ capture, measure, group: 'network', rows: 500, buckets: 60 });
      const sum = (map: typeof hosts): number =>
        map.rows.reduce((all, row) => all + row.values.reduce((a, b) => a + b, 0), 0);
      expect(hosts.rowsTotal).toBe(hosts.rows.length);
      expect(sum(hosts)).toBe(hosts.rows.reduce((all, row) => all + row.total, 0));
      expect(sum(networks)).toBe(sum(hosts));
      expect(sum(hosts)).toBeGreaterThan(0);
      expect(networks.rows[0]!.label).toMatch(/\/(24|64)$/);
      const within = await t.client.overview.heatmap({
        capture,
        measure,
        rows: 500,
        buckets: 60,
        within: networks.rows[0]!.label,
      });
      expect(within.rows.every((r) => hosts.rows.some((h) => h.label === r.label))).toBe(true);
      expect(within.rows).toHaveLength(networks.rows[0]!.hosts);
    }
  });

  it('ranks hosts and knows their names, peers and services', async () => {
    const { rows, total, next } = await t.client.hosts.list({ capture, limit: 10 });
    expect(rows.map((r) => r.risk)).toEqual([...rows.map((r) => r.risk)].sort((a, b) => b - a));
    const more = await t.client.hosts.list({ capture, limit: 1000, cursor: next! });
    expect(new Set([...rows, ...more.rows].map((r) => r.address)).size).toBe(total);
    const named = [...rows, ...more.rows].filter((r) => r.name !== '');
    expect(named.length).toBeGreaterThan(5);
    const page = await t.client.hosts.get({ capture, address: rows[0]!.address });
    expect(page.host).toEqual(rows[0]);
    expect(page.incidents.length).toBe(rows[0]!.incidents);
    expect(page.peers.length).toBeGreaterThan(0);
    expect(page.windows.length).toBeGreaterThan(0);
    const inside = await t.client.hosts.list({ capture, search: '192.168.10.0/24', limit: 1000 });
    expect(inside.rows.every((r) => r.address.startsWith('192.168.10.'))).toBe(true);
    expect((await failure(t.client.hosts.get({ capture, address: '203.0.113.250' }))).code).toBe('not-found');
  });

  it('draws the graph of the whole, of a filter and of an incident', async () => {
    const whole = await t.client.graph.get({ capture, limit: 50 });
    expect(whole.nodes).toHaveLength(50);
    expect(whole.edges.every((e) => e.from < 50 && e.to < 50)).toBe(true);
    // What the import summed is what a walk over the flows gives.
    expect(await t.client.graph.get({ capture, limit: 50, filter: 'orig_pkts >= 0' })).toEqual(whole);
    expect(whole.edges.some((e) => e.failed > 0) && whole.edges.some((e) => e.anomalous > 0)).toBe(true);
    const dns = await t.client.graph.get({ capture, filter: 'service == dns' });
    expect(dns.nodesTotal).toBeLessThan(whole.nodesTotal);
    const [incident] = (await t.client.incidents.list({ capture, kinds: ['port-scan', 'brute-force', 'host-sweep'] }))
      .rows;
    const small = await t.client.incidents.graph({ capture, uid: incident!.uid });
    expect(small.nodes.map((n) => n.address)).toContain(incident!.sources[0]);
  });
});

describe('the flow table', () => {
  const all = async (input: Omit<Parameters<typeof t.client.flows.page>[0], 'capture'>): Promise<number[]> => {
    const ids: number[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await t.client.flows.page({ capture, limit: 700, ...input, ...(cursor ? { cursor } : {}) });
      ids.push(...page.rows.map((r) => r.id));
      cursor = page.next;
    } while (cursor !== null);
    return ids;
  };

  it('gives every flow once, whatever the order', async () => {
    const { flows } = await t.client.flows.totals({ capture });
    for (const sort of ['ts', 'orig_bytes', 'score', 'service', 'id.resp_h', 'proto'] as const) {
      for (const descending of [false, true]) {
        const ids = await all({ sort, descending });
        expect([sort, ids.length, new Set(ids).size]).toEqual([sort, flows, flows]);
      }
    }
  });

  it('is sorted, with unset values before all others', async () => {
    const rows = (await t.client.flows.page({ capture, sort: 'orig_bytes', limit: 1000 })).rows.map(
      (r) => r.origBytes ?? -1,
    );
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
  });

  it('jumps to a place as paging would reach it', async () => {
    const ids = await all({ sort: 'duration' });
    const { rows } = await t.client.flows.page({ capture, sort: 'duration', offset: 500, limit: 50 });
    expect(rows.map((r) => r.id)).toEqual(ids.slice(500, 550));
  });

  it('filters in the database as the filter says', async () => {
    const rows = (await t.client.flows.page({ capture, limit: 1000 })).rows;
    const { rows: more } = await t.client.flows.page({
      capture,
      limit: 1000,
      filter: 'id.resp_p in {53, 443} && !(id.orig_h in 192.168.10.0/25) && orig_bytes > 100B',
    });
    const wanted = (r: (typeof rows)[number]): boolean =>
      [53, 443].includes(r.respP) &&
      !(r.origH.startsWith('192.168.10.') && Number(r.origH.split('.')[3]) < 128) &&
      (r.origBytes ?? 0) > 100;
    expect(more.length).toBeGreaterThan(0);
    expect(more.every(wanted)).toBe(true);
    const ids = new Set(more.map((r) => r.id));
    const last = more.length < 1000 ? Infinity : more.at(-1)!.ts;
    expect(rows.filter((r) => wanted(r) && r.ts < last).every((r) => ids.has(r.id))).toBe(true);
  });

  it('counts a filter and its opposite to the whole', async () => {
    const { flows } = await t.client.flows.totals({ capture });
    for (const filter of [
      'orig_bytes > 1kB',
      'service == dns',
      'score >= 0.9',
      'proto == icmp',
      'anomalous',
      'host in 192.168.0.0/16',
      'port != 443',
      'orig_bytes == unset',
      'ts < 2030-01-01',
      'tunnel == none',
      'conn_state in {SF, S0}',
      'app contains "http"',
      'port in 0..1023',
    ]) {
      const yes = await t.client.flows.totals({ capture, filter });
      const no = await t.client.flows.totals({ capture, filter: `!(${filter})` });
      expect([filter, yes.flows + no.flows]).toEqual([filter, flows]);
    }
  });

  it('points at the fault of a filter', async () => {
    const error = (await failure(t.client.flows.page({ capture, filter: 'port == 22 && prto == tcp' }))) as TextError;
    expect([error.code, error.at]).toEqual(['bad-filter', { start: 14, end: 18 }]);
  });

  it('takes a hostile filter or cursor for text', async () => {
    const { flows } = await t.client.flows.totals({ capture });
    const injected = `service == "x' OR 1=1 --"`;
    expect((await t.client.flows.totals({ capture, filter: injected })).flows).toBe(0);
    expect(
      (
        await failure(
          t.client.flows.page({ capture, cursor: Buffer.from('["1); DROP TABLE flows; --"]').toString('base64url') }),
        )
      ).code,
    ).toBe('bad-request');
    expect((await t.client.flows.totals({ capture })).flows).toBe(flows);
  });

  it('completes with values that occur', async () => {
    const { items, from, to } = await t.client.flows.complete({ capture, text: 'service == d', position: 12 });
    expect([from, to]).toEqual([11, 12]);
    expect(items.map((i) => i.text)).toContain('dns');
  });

  it('shows one flow with its facts', async () => {
    const [row] = (await t.client.flows.page({ capture, filter: 'service contains "ssl"', limit: 1 })).rows;
    const { flow, facts } = await t.client.flows.get({ capture, id: row!.id });
    expect(flow).toEqual(row);
    expect(Object.keys(facts).length).toBeGreaterThan(0);
  });

  it('keeps filters by name', async () => {
    await t.client.flows.saveFilter({ name: 'web', filter: 'port == 443' });
    await t.client.flows.saveFilter({ name: 'web', filter: 'port in {80, 443}' });
    expect((await t.client.flows.savedFilters({})).filters).toEqual([
      { name: 'web', filter: 'port in {80, 443}', savedAt: now },
    ]);
    await t.client.flows.removeFilter({ name: 'web' });
    expect((await t.client.flows.savedFilters({})).filters).toEqual([]);
  });
});

describe('incidents and what is done about them', () => {
  const list = async (input: Parameters<typeof t.client.incidents.list>[0] = {}): Promise<IncidentRow[]> =>
    (await t.client.incidents.list(input)).rows;

  it('can be paged, searched and filtered', async () => {
    const all = await list({ limit: 1000 });
    const paged: IncidentRow[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await t.client.incidents.list({ limit: 2, ...(cursor ? { cursor } : {}) });
      paged.push(...page.rows);
      cursor = page.next;
    }
    expect(paged).toEqual(all);
    const one = all[0]!;
    expect((await list({ host: one.sources[0]! })).map((i) => i.uid)).toContain(one.uid);
    expect((await list({ search: `${one.kind} ${one.sources[0]}` })).map((i) => i.uid)).toContain(one.uid);
    expect(await list({ search: '%_nothing' })).toEqual([]);
    expect((await list({ severities: ['warning'] })).every((i) => i.severity === 'warning')).toBe(true);
    const byTime = await list({ order: 'time', limit: 1000 });
    expect(byTime.map((i) => i.firstTs)).toEqual([...byTime.map((i) => i.firstTs)].sort().reverse());
  });

  it('are listed without those of the built-in sample where that is asked for, with how many they are', async () => {
    const { total } = await t.client.incidents.list({ order: 'time' });
    expect(await t.client.incidents.list({ order: 'time', sample: 'show' })).toMatchObject({ total, ofSample: 0 });
    const without = await t.client.incidents.list({ order: 'time', sample: 'hide' });
    expect(without).toMatchObject({ rows: [], total: 0, ofSample: total });
    expect(total).toBeGreaterThan(0);
    const few = await list({ severities: ['warning'], limit: 1000 });
    expect(await t.client.incidents.list({ severities: ['warning'], sample: 'hide' })).toMatchObject({
      ofSample: few.length,
    });
  });

  it('have a status with a history of who set it when', async () => {
    const [row] = await list();
    const { capture, uid } = row!;
    now += 1000;
    expect(
      await t.client.incidents.setStatus({ capture, uid, status: 'investigating', note: 'asked Bob' }),
    ).toMatchObject({ uid, status: 'investigating' });
    now += 1000;
    await t.as({ user: 'bob', role: 'analyst' }).incidents.setStatus({ capture, uid, status: 'closed' });
    expect((await t.client.incidents.get({ capture, uid })).history).toEqual([
      { at: now - 1000, user: 'ann', status: 'investigating', note: 'asked Bob' },
      { at: now, user: 'bob', status: 'closed', note: '' },
    ]);
    expect((await list({ statuses: ['closed'] })).map((i) => i.uid)).toEqual([uid]);
    expect((await failure(t.as({ role: 'viewer' }).incidents.setStatus({ capture, uid, status: 'new' }))).code).toBe(
      'not-allowed',
    );
  });

  it('fall silent by a suppression as its preview said, and are heard again', async () => {
    const before = await list({ limit: 1000 });
    const one = before.find((i) => i.sourcesTotal === 1)!;
    const scope = { kind: one.kind, source: one.sources[0]! };
    const preview = await t.client.suppressions.preview({ scope });
    expect(preview.rows.map((r) => r.uid)).toContain(one.uid);
    const made = await t.client.suppressions.create({ scope, reason: 'our scanner', expiresAt: now + 60_000 });
    expect(made).toMatchObject({ hits: preview.total, state: 'active', author: 'ann' });
    const after = await list({ limit: 1000 });
    expect(after.map((i) => i.uid)).not.toContain(one.uid);
    expect(after).toHaveLength(before.length - preview.total);
    expect((await list({ suppressed: 'only' })).map((i) => i.uid).sort()).toEqual(
      preview.rows.map((r) => r.uid).sort(),
    );
    expect((await t.client.overview.get({ capture })).suppressed).toBe(preview.total);
    expect((await t.client.suppressions.preview({ scope })).total).toBe(0);

    await t.client.suppressions.setEnabled({ id: made.id, enabled: false });
    expect(await list({ limit: 1000 })).toEqual(before);
    await t.client.suppressions.setEnabled({ id: made.id, enabled: true });
    now += 60_001;
    await t.desk.refreshSuppressions();
    expect((await t.client.suppressions.list({})).suppressions[0]).toMatchObject({ state: 'expired', hits: 0 });
    expect(await list({ limit: 1000 })).toEqual(before);
    await t.client.suppressions.remove({ id: made.id });
    expect((await t.client.suppressions.list({})).suppressions).toEqual([]);
  });

  it('silence what is imported later, too', async () => {
    const [one] = await list();
    const { id } = await t.client.suppressions.create({ scope: { kind: one!.kind } });
    const again = await importSample(t.client);
    expect(await list({ capture: again, kinds: [one!.kind] })).toEqual([]);
    expect((await list({ capture: again, kinds: [one!.kind], suppressed: 'only' })).length).toBeGreaterThan(0);
    await t.client.suppressions.remove({ id });
    await t.client.captures.remove({ capture: again });
    expect((await t.client.captures.list({})).captures.map((c) => c.id)).toEqual([capture]);
  }, 60_000);

  it('know what was new since the last visit', async () => {
    expect(await t.client.incidents.visit({})).toEqual({ previous: null });
    const at = now;
    now += 5000;
    expect(await t.client.incidents.visit({})).toEqual({ previous: at });
    expect(await list({ since: at })).toEqual([]);
    expect((await list({ since: 0 })).length).toBeGreaterThan(0);
  });
});

describe('settings, audit and exports', () => {
  it('changes what is given and refuses what means nothing', async () => {
    const before = await t.client.settings.get({});
    expect(await t.client.settings.set({ theme: 'dark', networks: ['192.168.10.0/24'] })).toEqual({
      ...before,
      theme: 'dark',
      networks: ['192.168.10.0/24'],
    });
    expect((await failure(t.client.settings.set({ networks: ['nowhere'] }))).code).toBe('bad-request');
    expect((await failure(t.client.settings.set({ timeZone: 'Mars/Olympus' }))).code).toBe('bad-request');
    expect((await failure(t.client.settings.set({ devices: [{ address: 'x', name: '', role: '' }] }))).code).toBe(
      'bad-request',
    );
    await t.client.settings.set({ networks: [] });
  });

  it('notes who did what, latest first, and cannot be changed', async () => {
    const { rows, total } = await t.client.audit.list({ limit: 1000 });
    expect(rows).toHaveLength(total);
    expect(rows.map((r) => r.action)).toEqual(
      expect.arrayContaining(['import', 'open', 'status', 'suppress', 'settings', 'remove']),
    );
    expect(rows.map((r) => r.id)).toEqual([...rows.map((r) => r.id)].sort((a, b) => b - a));
    expect(
      (await t.client.audit.list({ search: 'asked B', actions: ['status'] })).rows.map((r) => [r.user, r.detail]),
    ).toEqual([['ann', 'investigating: asked Bob']]);
  });

  it('exports flows as CSV and NDJSON', async () => {
    const filter = 'service == dns';
    const { flows } = await t.client.flows.totals({ capture, filter });
    const csv = await t.client.exports.flows({ capture, filter });
    const lines = readFileSync(t.desk.downloads.get(csv.download).path, 'utf8').trimEnd().split('\n');
    expect([csv.flows, lines.length]).toEqual([flows, flows + 1]);
    expect(lines[0]).toMatch(/^ts,uid,community_id,id\.orig_h,/);
    const json = await t.client.exports.flows({ capture, filter, format: 'ndjson' });
    const first = JSON.parse(readFileSync(t.desk.downloads.get(json.download).path, 'utf8').split('\n')[0]!) as Record<
      string,
      unknown
    >;
    expect(first['service']).toContain('dns');
    expect(first['facts']).toMatchObject({ 'dns.query': expect.any(String) as string });
  });

  it('filters by what was learned of a flow', async () => {
    const count = async (filter: string): Promise<number> => (await t.client.flows.totals({ capture, filter })).flows;
    expect(await count('dns.query contains "METRIC-sync.info"')).toBeGreaterThan(700);
    expect(await count('name contains metric-sync')).toBe(await count('dns.query contains metric-sync'));
    expect(await count('facts contains metric-sync')).toBeGreaterThanOrEqual(await count('name contains metric-sync'));
    const withName = await count('tls.sni != ""');
    expect(withName).toBeGreaterThan(0);
    expect((await count('tls.sni == ""')) + withName).toBe(await count(''));
    expect(await count('name == ""')).toBeGreaterThan(0);
  });

  it('exports the ARP of an incident that has no flow', async () => {
    const [arp] = (await t.client.incidents.list({ capture, kinds: ['arp-spoofing'] })).rows;
    const made = await t.client.exports.packets({ capture, incident: arp!.uid });
    expect(made.flows).toBe(0);
    expect(made.packets).toBeGreaterThan(50);
    expect(made.name).toMatch(/-\d+-arp-spoofing\.pcapng$/);
  });

  it('cancels a question', async () => {
    const cancel = new AbortController();
    const asked = failure(
      t.client.flows.totals({ capture, filter: 'history contains "q"' }, { signal: cancel.signal }),
    );
    cancel.abort();
    expect((await asked).code).toBe('cancelled');
    expect((await t.client.flows.page({ capture, limit: 1 })).rows).toHaveLength(1);
  });
});
