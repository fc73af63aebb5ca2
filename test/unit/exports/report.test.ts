import { describe, expect, it } from 'vitest';
import type { Incident, TriageReport } from '../../../src-shared/domain/report.ts';
import type { ReportDocument } from '../../../src-main/keep/exports/report/document.ts';
import { reportDocument } from '../../../src-main/keep/exports/report/build.ts';
import { reportHtml } from '../../../src-main/keep/exports/report/html.ts';
import { reportPdf } from '../../../src-main/keep/exports/report/pdf.ts';

function incident(id: number, more: Partial<Incident> = {}): Incident {
  return {
    id,
    uid: `uid${id}`,
    kind: 'port-scan',
    severity: 'warning',
    confidence: 0.9,
    title: `Scan number ${id}`,
    summary: 'It asked for 10.0.0.5 and 80 ports. It is how open services are looked for.',
    firstTs: '2026-03-10T09:22:00.000000000Z',
    decidedTs: '2026-03-10T09:22:09.000000000Z',
    lastTs: '2026-03-10T09:22:10.000000000Z',
    sources: ['203.0.113.9'],
    sourcesTotal: 1,
    targets: ['10.0.0.5'],
    targetsTotal: 1,
    ports: [22],
    portsTotal: 1,
    domains: [],
    domainsTotal: 0,
    flows: 9,
    packets: 90,
    bytes: 9000,
    technique: [],
    evidence: [{ fact: 'ports', value: 80, expected: 2, unit: 'ports' }],
    attributions: [],
    detectors: { 'behaviour:port-scan': 0.9 },
    response: ['Find out who runs it.'],
    wiresharkFilter: 'ip.addr == 203.0.113.9',
    ...more,
  };
}

function report(incidents: Incident[], more: Partial<TriageReport> = {}): TriageReport {
  return {
    schema: 'sonde.triage/1',
    version: '0.1.0',
    inputs: [
      {
        path: '/somewhere/office.pcap',
        sha256: 'ab'.repeat(32),
        format: 'pcap',
        linkTypes: ['ETHERNET'],
        packets: 1000,
        bytes: 2_000_000,
        firstTs: '2026-03-10T09:00:00.000000000Z',
        lastTs: '2026-03-10T10:00:00.000000000Z',
        warnings: [],
      },
    ],
    flows: { count: 100, anomalous: 2, cutShort: 0 },
    status: 'scored',
    profile: { name: 'office', reason: 'as it looks' },
    model: null,
    hosts: [
      { address: '203.0.113.9', risk: 0.8, incidents: incidents.map((i) => i.uid), flows: 9, bytesOut: 1, bytesIn: 2, roles: ['client'] }, // prettier-ignore
    ],
    hostsTotal: 2,
    incidents,
    signatures: [],
    rules: { loaded: 0, refused: [] },
    suppressed: 0,
    detectors: [],
    timings: { readMs: 1, totalMs: 2, packetsPerSecond: 3, peakRssBytes: 4 },
    ...more,
  };
}

const html = (of: TriageReport): string => reportHtml(reportDocument(of));

describe('a report', () => {
  it('says first what it comes to', () => {
    const critical = incident(1, { severity: 'critical' });
    expect(html(report([critical]))).toContain('<strong>One thing needs action now.</strong>');
    expect(html(report([critical, { ...critical, id: 2 }]))).toContain('<strong>2 things need action now.</strong>');
    expect(html(report([incident(1)]))).toContain('<strong>One thing should be looked at.</strong>');
    expect(html(report([incident(1, { severity: 'info' })]))).toContain('Nothing calls for action.');
    expect(html(report([]))).toContain('Nothing stands out');
    expect(html(report([], { flows: { count: 0, anomalous: 0, cutShort: 0 } }))).toContain('No IP traffic');
  });

  it('has of an incident the first sentence and step on its first page, and all evidence after it', () => {
    const [first, rest] = html(report([incident(1)])).split('<div class="page"></div>');
    expect(first).toContain('<p>It asked for 10.0.0.5 and 80 ports. Find out who runs it.</p>');
    expect(first).not.toContain('how open services');
    for (const text of ['how open services', '80 ports', 'ip.addr == 203.0.113.9', 'uid1', 'behaviour:port-scan'])
      expect(rest).toContain(text);
    expect(rest).toContain('ab'.repeat(32));
  });

  it('says what was left out and what was not read', () => {
    const one = report([], { suppressed: 3 });
    one.inputs[0]!.warnings.push({ code: 'truncated-packet', message: 'cut', offset: 24, count: 2 });
    expect(html(one)).toContain('3 incidents that someone expects');
    expect(html(one)).toContain('cut (truncated-packet, at byte 24, 2 times)');
  });

  it('is made of a capture whose clock was wrong by ten thousand years', async () => {
    const far = '+011476-08-15T05:20:00.000000000Z';
    const one = report([incident(1, { lastTs: far })]);
    one.inputs[0]!.lastTs = far;
    expect(html(one)).toContain('9999-12-31 23:59:59 UTC');
    expect((await reportPdf(reportDocument(one))).length).toBeGreaterThan(1000);
  });

  it('runs nothing of what a capture says', () => {
    const hostile = '<script>alert(1)</script>"onload=\u202e';
    const text = html(report([incident(1, { title: hostile, summary: hostile, domains: [hostile], domainsTotal: 1 })]));
    expect(text).not.toContain('<script');
    expect(text).not.toContain('"onload');
    expect(text).not.toContain('\u202e');
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/(?:src|href|url)\s*[=(]/);
  });

  it('is the same twice, whenever it took how long', async () => {
    const one = report([incident(1)]);
    const other = { ...one, timings: { ...one.timings, totalMs: 99 } };
    expect(html(other)).toBe(html(one));
    const [a, b] = [await reportPdf(reportDocument(one)), await reportPdf(reportDocument(other))];
    expect(Buffer.compare(a, b)).toBe(0);
  });

  const pagesIn = async (document: ReportDocument): Promise<number> => {
    const text = Buffer.from(await reportPdf(document)).toString('latin1');
    expect(text.startsWith('%PDF-1.')).toBe(true);
    expect(text.trimEnd().endsWith('%%EOF')).toBe(true);
    return Number(/\/Type \/Pages[^>]*\/Count (\d+)|\/Count (\d+)/.exec(text)?.slice(1).find(Boolean));
  };

  it('has one page for who decides, though there is much to tell', async () => {
    const summary = `${'Failed logins at a server of the office, from outside. '.slice(0, -2).repeat(4)}. More.`;
    const critical = (id: number): Incident =>
      incident(id, {
        severity: 'critical',
        title: `A title of that length: ${'guessed passwords '.repeat(4)}`,
        summary,
      });
    const incidents = Array.from({ length: 9 }, (_, i) => critical(i + 1));
    const host = report(incidents).hosts[0]!;
    const hosts = Array.from({ length: 9 }, (_, i) => ({ ...host, address: `203.0.113.${i}` }));
    const document = reportDocument(report(incidents, { hosts, suppressed: 2 }));
    const first = document.blocks.slice(
      0,
      document.blocks.findIndex(({ kind }) => kind === 'page'),
    );
    expect(first.filter((block) => block.kind === 'heading').map(({ text }) => text)).toContain(
      'Hosts to look at first',
    );
    expect(await pagesIn({ ...document, blocks: first })).toBe(1);
  });

  it('is a PDF of as many pages as it needs', async () => {
    const pagesOf = (incidents: Incident[]): Promise<number> => pagesIn(reportDocument(report(incidents)));
    expect(await pagesOf([])).toBe(2);
    const many = await pagesOf(Array.from({ length: 300 }, (_, i) => incident(i + 1)));
    expect(many).toBeGreaterThan(30);
    expect(many).toBeLessThan(80);
  });

  it('sets what the fonts of a PDF lack as a question mark', async () => {
    const odd = incident(1, {
      title: '名前 ≥ 5 → “x”',
      evidence: [{ fact: 'x'.repeat(20_000), value: 1, expected: null, unit: '' }],
    });
    const text = Buffer.from(await reportPdf(reportDocument(report([odd])))).toString('latin1');
    expect(text.length).toBeGreaterThan(2000);
  });
});
