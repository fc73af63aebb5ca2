import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { signatureId } from '../../../src-main/keep/exports/incidents/eve.ts';
import { nanosecondsBetween } from '../../../src-main/keep/exports/incidents/lines.ts';
import { formatOfName, INCIDENT_FORMATS } from '../../../src-main/keep/exports/incidents/registry.ts';
import { uuid5 } from '../../../src-main/keep/exports/incidents/stix.ts';
import type { ExportContext, ExportedIncident, FirstFlow } from '../../../src-main/keep/exports/incidents/types.ts';

const incident: Incident = {
  id: 1,
  uid: 'a1b2',
  kind: 'brute-force',
  severity: 'critical',
  confidence: 0.987,
  title: '=cmd, "guessed"',
  summary: 'Nine logins failed.',
  firstTs: '2026-03-10T09:22:00.000000001Z',
  decidedTs: '2026-03-10T09:22:09.522164900Z',
  lastTs: '2026-03-10T09:22:10.500000003Z',
  sources: ['203.0.113.9'],
  sourcesTotal: 1,
  targets: ['10.0.0.5', '10.0.0.6'],
  targetsTotal: 2,
  ports: [22],
  portsTotal: 1,
  domains: ['a.example.com'],
  domainsTotal: 1,
  flows: 9,
  packets: 90,
  bytes: 9000,
  technique: [
    { id: 'T1110.001', name: 'Password Guessing' },
    { id: 'T1021', name: 'Remote Services' },
  ],
  evidence: [{ fact: 'failed logins', value: 9, expected: 0, unit: 'logins' }],
  attributions: [],
  detectors: { 'behaviour:login-guessing': 0.987 },
  response: ['Block the source.'],
  wiresharkFilter: 'ip.addr == 203.0.113.9',
};
const flow: FirstFlow = {
  uid: 'CHhAvVGS1DHFjwGM9',
  communityId: '1:AAwuytLmTGKu3JYkpWTBMLImhCM=',
  number: 17,
  origHost: '203.0.113.9',
  origPort: 40000,
  respHost: '10.0.0.5',
  respPort: 22,
  protocol: 6,
  transport: 'tcp',
  hasPorts: true,
  service: 'ssh',
  start: '2026-03-10T09:22:00.000000001Z',
  end: '2026-03-10T09:22:03.000000000Z',
  origBytes: 1380,
  respBytes: 1376,
  origPackets: 11,
  respPackets: 10,
  packet: 41,
};
const context: ExportContext = { version: '0.1.0', capture: 'a.pcap', source: 'ab'.repeat(32) };

function written(id: string, incidents: readonly ExportedIncident[] = [{ incident, flow }]): string {
  return [...INCIDENT_FORMATS.find((format) => format.id === id)!.write(incidents, context)].join('');
}

type Json = Record<string, unknown>;
const line = (id: string, one: ExportedIncident = { incident, flow }): Json => JSON.parse(written(id, [one])) as Json;

describe('formats of incidents', () => {
  it.each([
    ['a.csv', 'csv'],
    ['a.ndjson', 'ndjson'],
    ['a.eve.json', 'eve'],
    ['a.ecs.ndjson', 'ecs'],
    ['b.ocsf.ndjson', 'ocsf'],
    ['b.stix.json', 'stix'],
  ])('%s is %s', (name, id) => expect(formatOfName(name)?.id).toBe(id));

  it('are told by the ending alone', () => {
    expect(formatOfName('a.json')).toBeUndefined();
    expect(formatOfName('csv')).toBeUndefined();
  });

  it.each(INCIDENT_FORMATS.map(({ id }) => id))(
    '%s writes the same twice, and an incident of which no flow is kept',
    (id) => {
      expect(written(id)).toBe(written(id));
      expect(written(id, [{ incident: { ...incident, sources: [], targets: [], technique: [] } }])).toContain('a1b2');
      expect(written(id, []).includes('a1b2')).toBe(false);
    },
  );

  it('writes CSV that no spreadsheet runs', () => {
    const [header, row] = written('csv').split('\n');
    expect(header).toMatch(/^uid,kind,severity,confidence,title,/);
    expect(row).toMatch(/^a1b2,brute-force,critical,0\.987,"'=cmd, ""guessed""",/);
    expect(row).toContain(',10.0.0.5 10.0.0.6,2,22,1,');
    const hostile = '＝cmd\u001b[2J\u202e\nnext';
    const [, line] = written('csv', [{ incident: { ...incident, title: hostile } }]).split('\n');
    expect(line).toContain("0.987,'＝cmd?[2J??next,");
  });

  it('writes NDJSON as in the report', () => expect(line('ndjson')).toEqual(incident));
});

describe('times that no calendar has', () => {
  const far = '+011476-08-15T05:20:00.000000001Z';
  const before = '-000005-01-01T00:00:00.000000000Z';

  it.each(['eve', 'ecs', 'ocsf', 'stix'])('are the last and first that it has, in %s', (id) => {
    const odd = { ...incident, firstTs: before, decidedTs: far, lastTs: far };
    const text = written(id, [{ incident: odd, flow: { ...flow, start: before, end: far } }]);
    expect(text).not.toMatch(/[+-]0\d{5}-|null|NaN|\+011476/);
    if (id !== 'ocsf') expect(text).toContain('9999-12-31T23:59:59.999');
    else expect(text).toContain(String(Date.parse('9999-12-31T23:59:59.999Z')));
  });
});

describe('EVE', () => {
  it('has what every alert of Suricata has', () => {
    expect(line('eve')).toMatchObject({
      timestamp: '2026-03-10T09:22:09.522164+0000',
      flow_id: 17,
      pcap_cnt: 41,
      pcap_filename: 'a.pcap',
      event_type: 'alert',
      src_ip: '203.0.113.9',
      src_port: 40000,
      dest_ip: '10.0.0.5',
      dest_port: 22,
      proto: 'TCP',
      app_proto: 'ssh',
      community_id: flow.communityId,
      alert: {
        action: 'allowed',
        gid: 7300,
        rev: 1,
        signature: 'Password guessing',
        category: 'brute-force',
        severity: 1,
        metadata: { mitre_technique_id: ['T1110.001', 'T1021'] },
      },
    });
  });

  it('numbers kinds for good: a new kind stands behind the others', () => {
    const numbers = KINDS.map(({ id }) => signatureId(id));
    expect(new Set(numbers).size).toBe(KINDS.length);
    expect([signatureId('dos-flood'), signatureId('brute-force'), signatureId('behavioural-anomaly')]).toEqual([
      1000, 1008, 1026,
    ]);
  });

  it('gives types and codes of ICMP, and no ports', () => {
    const icmp = { ...flow, protocol: 1, transport: 'icmp', hasPorts: false, origPort: 8, respPort: 0, service: '' };
    const event = line('eve', { incident, flow: icmp });
    expect(event).toMatchObject({ proto: 'ICMP', icmp_type: 8, icmp_code: 0 });
    expect(event).not.toHaveProperty('src_port');
  });
});

describe('ECS', () => {
  it('has an alert with its ends, threat and own incident', () => {
    expect(line('ecs')).toMatchObject({
      '@timestamp': incident.decidedTs,
      ecs: { version: '9.4.0' },
      event: {
        kind: 'alert',
        category: ['intrusion_detection', 'network'],
        id: 'a1b2',
        severity: 99,
        risk_score: 98.7,
      },
      source: { ip: '203.0.113.9', port: 40000 },
      destination: { ip: '10.0.0.5', port: 22 },
      network: { transport: 'tcp', type: 'ipv4', protocol: 'ssh', iana_number: '6', community_id: flow.communityId },
      related: { ip: ['203.0.113.9', '10.0.0.5', '10.0.0.6'], hosts: ['a.example.com'] },
      threat: { technique: { id: ['T1110', 'T1021'], subtechnique: { id: ['T1110.001'] } } },
      sonde: incident,
    });
  });

  it('states durations in nanoseconds', () => {
    expect(nanosecondsBetween(incident.firstTs, incident.lastTs)).toBe(10_500_000_002);
    expect(line('ecs')).toMatchObject({ event: { duration: 10_500_000_002 } });
  });
});

describe('OCSF', () => {
  it('has what a Detection Finding requires', () => {
    expect(line('ocsf')).toMatchObject({
      activity_id: 1,
      category_uid: 2,
      class_uid: 2004,
      type_uid: 200_401,
      severity_id: 5,
      time: Date.parse('2026-03-10T09:22:09.522Z'),
      metadata: { version: '1.4.0', product: { name: 'Sonde', vendor_name: 'Sonde' } },
      finding_info: {
        uid: 'a1b2',
        title: incident.title,
        attacks: [
          { technique: { uid: 'T1110' }, sub_technique: { uid: 'T1110.001' } },
          { technique: { uid: 'T1021', name: 'Remote Services' } },
        ],
      },
      evidences: [
        { src_endpoint: { ip: '203.0.113.9', port: 40000 }, connection_info: { protocol_num: 6 } },
        { dst_endpoint: { ip: '10.0.0.6' } },
        { dst_endpoint: { hostname: 'a.example.com' } },
      ],
    });
    expect((line('ocsf')['observables'] as Json[]).map((o) => o['type_id'])).toEqual([2, 2, 2, 1]);
  });

  it('tells of the same finding again in an event of its own', () => {
    const events = (['open', 'update', 'closed'] as const).map((state) =>
      line('ocsf', { incident: { ...incident, state } }),
    );
    expect(new Set(events.map((event) => (event['metadata'] as Json)['uid'])).size).toBe(events.length);
    expect(new Set(events.map((event) => (event['finding_info'] as Json)['uid']))).toEqual(new Set(['a1b2']));
    expect(events.map((event) => event['status'])).toEqual(['New', 'New', 'Unknown']);
  });
});

describe('STIX', () => {
  interface StixObject extends Json {
    type: string;
    id: string;
  }
  const objects = (one?: ExportedIncident): StixObject[] => line('stix', one)['objects'] as StixObject[];
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('derives ids as RFC 4122 does', () => {
    // The example of Python's documentation of its module uuid.
    expect(uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'python.org')).toBe('886313e1-3b8a-5372-9b90-0c9aee199e5d');
  });

  it('gives every object an id of its type, once', () => {
    const all = objects();
    for (const { type, id } of all) {
      expect(id.startsWith(`${type}--`)).toBe(true);
      expect(id.slice(type.length + 2)).toMatch(UUID);
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('makes domain names only of what can be one', () => {
    const good = ['a.example.com', '_ldap._tcp.dc-1.corp', 'localhost', 'EXAMPLE.com.', `${'a.'.repeat(126)}b`];
    const bad = [
      '',
      'two words',
      '=cmd',
      'a..b',
      '203.0.113.9',
      'a\u0000b',
      'é.example',
      '*.example',
      'a/b',
      'x'.repeat(64),
    ];
    const domains = [...good, ...bad, `${'a.'.repeat(126)}bc`];
    const names = objects({ incident: { ...incident, domains } }).filter(({ type }) => type === 'domain-name');
    expect(names.map((one) => (one as unknown as { value: string }).value)).toEqual(good);
  });

  it('refers to nothing that is not there', () => {
    const all = objects();
    const ids = new Set(all.map(({ id }) => id));
    const references = all.flatMap((object) =>
      Object.entries(object).flatMap(([name, value]) =>
        name.endsWith('_ref') ? [value as string] : name.endsWith('_refs') ? (value as string[]) : [],
      ),
    );
    expect(references.length).toBeGreaterThan(8);
    expect(references.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('has what the standard requires of each type', () => {
    const required: Record<string, string[]> = {
      identity: ['created', 'modified', 'name'],
      incident: ['created', 'modified', 'name'],
      'observed-data': ['created', 'modified', 'first_observed', 'last_observed', 'number_observed', 'object_refs'],
      'network-traffic': ['protocols', 'src_ref', 'dst_ref'],
      'ipv4-addr': ['value'],
      'domain-name': ['value'],
      relationship: ['created', 'modified', 'relationship_type', 'source_ref', 'target_ref'],
      'attack-pattern': ['created', 'modified', 'name', 'external_references'],
      sighting: ['created', 'modified', 'sighting_of_ref'],
    };
    const all = objects();
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(Object.keys(required)));
    for (const object of all) for (const name of required[object.type]!) expect(object).toHaveProperty(name);
  });

  it('knows the same address again in another incident', () => {
    const address = (one?: ExportedIncident): string | undefined =>
      objects(one).find((o) => o['value'] === '203.0.113.9')?.id;
    expect(address({ incident: { ...incident, uid: 'other' } })).toBe(address());
  });
});
