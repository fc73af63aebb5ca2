import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import type { ProposedRole } from '../../../src-shared/domain/roles.ts';
import { RoleCensus } from '../../../src-main/detect/roles/census.ts';
import { proposeRoles } from '../../../src-main/detect/roles/judge.ts';
import { findNetworks, networkOf, networksAround, withNetwork } from '../../../src-main/detect/roles/networks.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { CONN_STATES } from '../../../src-main/meter/flows/types.ts';
import type { DhcpMessage } from '../../../src-main/meter/protocols/types.ts';
import { outside, PROTO, Stage, times, type Delivery, type Ended } from '../behaviours/harness.ts';

const SF = CONN_STATES.indexOf('SF');
const S0 = CONN_STATES.indexOf('S0');
const ACK = 5;
const host = (n: number): string => `10.0.0.${n}`;

function proposals(delivery: (stage: Stage) => Delivery): ProposedRole[] {
  let census: RoleCensus | undefined;
  const stage = new Stage(() => ({
    id: 'roles',
    observe: (seen, { hosts, network }) => (census ??= new RoleCensus({ hosts, network })).observe(seen),
    finish: () => undefined,
  }));
  stage.see(delivery(stage));
  return proposeRoles(census!);
}

const roles = (flows: readonly Ended[]): string[] =>
  proposals(() => ({ flows })).map(({ address, role }) => `${address} ${role}`);

const answered = (flow: Omit<Ended, 'at'> & { at?: number }): Ended => ({
  at: 1000,
  origPkts: 2,
  respPkts: 2,
  origIpBytes: 200,
  respIpBytes: 200,
  connState: SF,
  ...flow,
});

const questions = (count: number, clients: number): Ended[] =>
  times(count, (i) =>
    answered({ from: host(10 + (i % clients)), to: host(2), respPort: 53, proto: PROTO.UDP, respPkts: 1 }),
  );

describe('a role is proposed by what a host does', () => {
  it('DNS: with how many questions of how many hosts', () => {
    expect(proposals(() => ({ flows: questions(1204, 23) }))).toEqual([
      {
        address: host(2),
        role: 'dns-server',
        evidence: [{ fact: 'answered 1,204 DNS questions of 23 hosts', value: 1204, unit: 'answers' }],
        against: [],
        within: [],
        decision: null,
      },
    ]);
  });

  it('mail, and a domain controller', () => {
    const mail = times(6, (i) => answered({ from: outside(i), to: host(3), respPort: 25 }));
    const directory = times(8, (i) => answered({ from: host(10 + i), to: host(4), respPort: i % 2 ? 88 : 389 }));
    expect(roles([...mail, ...directory]).sort()).toEqual([`${host(3)} mail-server`, `${host(4)} domain-controller`]);
  });

  it('a proxy: clients here, and many places outside', () => {
    const taken = times(12, (i) => answered({ from: host(10 + (i % 3)), to: host(5), respPort: 3128 }));
    const gone = times(6, (i) => answered({ from: host(5), to: outside(i), respPort: 443 }));
    expect(roles([...taken, ...gone])).toEqual([`${host(5)} proxy`]);
    expect(roles(taken)).toEqual([]);
  });

  it('a backup server: much in of several, little out, whoever began it', () => {
    const pulled = answered({ from: host(6), to: host(20), respPort: 22, origIpBytes: 9000, respIpBytes: 4e7 });
    const pushed = answered({ from: host(21), to: host(6), respPort: 445, origIpBytes: 5e7, respIpBytes: 9000 });
    const [one] = proposals(() => ({ flows: [pulled, pushed] }));
    expect(one).toMatchObject({ address: host(6), role: 'backup', within: ['10.0.0.0/24'] });
    expect(one!.evidence[0]!.fact).toContain('took in 90.0 MB of 2 hosts');
    expect(one!.against).toHaveLength(1);
    expect(roles([pulled, { ...pushed, respIpBytes: 4e7 }])).toEqual([]);
  });

  it('monitoring: the same hosts again and again, at few ports', () => {
    const asks = times(40, (i) =>
      answered({ at: 1000 + i * 30, from: host(7), to: host(30 + (i % 8)), respPort: 161, proto: PROTO.UDP }),
    );
    const [one] = proposals(() => ({ flows: asks }));
    expect(one).toMatchObject({ role: 'monitoring', within: ['10.0.0.0/24'] });
    expect(one!.evidence[0]!.fact).toBe('asked 8 hosts at least 5 times each, at port 161, shortly');
    expect(roles(asks.map((ask) => ({ ...ask, connState: S0, respPkts: 0 })))).toEqual([]);
    expect(roles(asks.map((ask) => ({ ...ask, at: 1000 })))).toEqual([]);
  });

  it('a scanner: many ports at many hosts, with a warning beside it', () => {
    const tries = times(240, (i) => ({
      at: 1000 + i,
      from: host(8),
      to: `10.0.${i % 2}.${40 + (i % 6)}`,
      respPort: 1 + Math.floor(i / 4),
      connState: S0,
      origPkts: 1,
    }));
    const [one] = proposals(() => ({ flows: tries }));
    expect(one).toMatchObject({ address: host(8), role: 'scanner', within: ['10.0.0.0/24', '10.0.1.0/24'] });
    expect(one!.evidence[0]!.fact).toBe('tried 60 ports in all, at 6 hosts; 0 % of it was answered');
    expect(one!.against[0]).toContain('intruder');
  });

  it('no scanner: one host that is scanned, and others that are talked to', () => {
    const tries = times(240, (i) => ({
      at: 1000 + i,
      from: host(8),
      to: i < 200 ? '10.0.0.40' : `10.0.1.${i % 6}`,
      respPort: i < 200 ? i + 1 : 443,
      connState: S0,
      origPkts: 1,
    }));
    expect(proposals(() => ({ flows: tries }))).toEqual([]);
  });

  it('DHCP servers and the way out; where there are two servers, each names the other', () => {
    const ack = (stage: Stage, server: string, card: number): DhcpMessage =>
      ({
        kind: 'dhcp',
        type: ACK,
        fromOrig: true,
        orig: stage.id(server),
        resp: stage.id('255.255.255.255'),
        clientMac: `a4:83:e7:00:00:0${card}`,
        yourAddress: host(50 + card),
        hostname: '',
        routers: [host(1)],
        sec: 1000,
      }) as unknown as DhcpMessage;
    const found = proposals((stage) => ({
      messages: [1, 2, 3].flatMap((card) => [ack(stage, host(1), card), ack(stage, host(9), card)]),
    }));
    expect(found.map(({ address, role }) => `${address} ${role}`)).toEqual([
      `${host(1)} dhcp-server`,
      `${host(1)} gateway`,
      `${host(9)} dhcp-server`,
    ]);
    expect(found[2]!.against[0]).toContain(`${host(1)} hands out addresses too`);
    const routers = ['203.0.113.9', '127.0.0.1', 'fe80::1', '0.0.0.0'];
    const strange = proposals((stage) => ({ messages: [{ ...ack(stage, host(1), 1), routers }] }));
    expect(strange.map(({ role }) => role)).not.toContain('gateway');
  });

  it('a scanner in too many networks to be listed: in ours, not anywhere', () => {
    const tries = times(800, (i) => ({ at: 1000 + i, from: host(8), to: `10.${i % 80}.7.1`, respPort: 1 + (i % 5) * 10 + Math.floor(i / 80), connState: S0, origPkts: 1 })); // prettier-ignore
    const one = proposals(() => ({ flows: tries })).find(({ role }) => role === 'scanner');
    expect(one?.within).toEqual(['10.0.0.0/8']);
  });
});

describe('no role is proposed', () => {
  it.each<[string, Ended[]]>([
    ['of a host that answered one client', questions(500, 1)],
    ['of a few questions', questions(12, 4)],
    ['of hosts outside', questions(100, 5).map((one) => ({ ...one, to: outside(1) }))],
    ['of neighbours who ask each other by mDNS', questions(100, 5).map((one) => ({ ...one, respPort: 5353 }))],
    ['of what was refused', questions(100, 5).map((one) => ({ ...one, respPkts: 0, connState: S0 }))],
    ['of an ordinary client', times(50, (i) => answered({ from: host(9), to: outside(i), respPort: 443 }))],
  ])('%s', (_, flows) => {
    expect(roles(flows)).toEqual([]);
  });
});

describe('networks', () => {
  it('are those of the addresses; links and groups have none', () => {
    expect(['10.1.2.3', 'fd00::1', '2001:db8:1:2:3::4'].map(networkOf)).toEqual(['10.1.2.0/24', 'fd00::/64', '2001:db8:1:2::/64']); // prettier-ignore
    expect(['fe80::1', '127.0.0.1', '224.0.0.1', '169.254.1.1', 'ff02::1', 'x'].map(networkOf)).toEqual(Array(6).fill(null)); // prettier-ignore
  });

  it('around hosts are never none: a link is one, and many are those of ours', () => {
    const hosts = new HostTable();
    const id = (address: string): number => {
      const { buffer } = parseAddress(address)!;
      return hosts.intern(
        Uint32Array.from({ length: 4 }, (_, i) => new DataView(buffer).getUint32(4 * i)),
        0,
      );
    };
    expect(networksAround(hosts, ['fe80::1', 'fe80::2', '10.1.2.3'].map(id), [])).toEqual(['10.1.2.0/24', 'fe80::/64']);
    const many = Array.from({ length: 65 }, (_, i) => id(`203.0.${i}.7`));
    expect(networksAround(hosts, many, ['203.0.0.0/16', '10.0.0.0/8'])).toEqual(['203.0.0.0/16']);
    expect(networksAround(hosts, [], []).length).toBeGreaterThan(0);
  });

  it('outside are found where machines of theirs are on our own links', () => {
    const cards = new Map([
      ['203.0.113.5', ['a4:83:e7:00:00:01']],
      ['203.0.113.6', ['a4:83:e7:00:00:02']],
      ['198.51.100.7', ['a4:83:e7:00:00:03']],
    ]);
    const speakers = ['10.0.0.1', '10.0.0.2', '10.0.0.3', ...cards.keys(), '192.0.2.9'];
    expect(findNetworks(speakers, cards, [])).toEqual([
      { network: '10.0.0.0/24', hosts: 3, cards: 0, ours: true },
      { network: '203.0.113.0/24', hosts: 2, cards: 2, ours: false },
    ]);
    expect(findNetworks(speakers, cards, ['203.0.113.0/24'])).toMatchObject([
      { network: '203.0.113.0/24', ours: true },
    ]);
  });

  it('that are added stand beside the private ones, where none was named', () => {
    expect(withNetwork([], '203.0.113.0/24')).toEqual(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', '203.0.113.0/24']); // prettier-ignore
    expect(withNetwork(['10.0.0.0/8'], '10.0.0.0/8')).toEqual(['10.0.0.0/8']);
  });
});
