import { describe, expect, it } from 'vitest';
import { ArpSpoofing } from '../../../src-main/detect/behaviours/arp-spoofing.ts';
import { DhcpAbuse } from '../../../src-main/detect/behaviours/dhcp-abuse.ts';
import { Bench, times } from './message-bench.ts';

const ROUTER = '10.0.0.1';
const VICTIM = '10.0.0.20';
const MAC = {
  router: '00:11:22:00:00:01',
  victim: '00:11:22:00:00:20',
  thief: '00:11:22:00:00:66',
  other: '00:11:22:00:00:30',
};
const ALL = 'ff:ff:ff:ff:ff:ff';

describe('ARP spoofing', () => {
  const reply = (bench: Bench, at: number, mac: string, address: string, toMac: string, to: string) =>
    bench.message('arp', {
      at,
      from: address,
      to,
      operation: 2,
      senderMac: mac,
      targetMac: toMac,
      frameSource: mac,
      frameTarget: toMac,
      flow: -1,
    });
  const request = (bench: Bench, at: number, mac: string, address: string, to: string) =>
    bench.message('arp', {
      at,
      from: address,
      to,
      operation: 1,
      senderMac: mac,
      targetMac: '',
      frameSource: mac,
      frameTarget: ALL,
      flow: -1,
    });

  it('is a card that tells two machines, unasked and again and again, that it is the other', () => {
    const bench = new Bench(new ArpSpoofing());
    const poison = times(6, (i) => [
      reply(bench, i * 10, MAC.thief, ROUTER, MAC.victim, VICTIM),
      reply(bench, i * 10 + 0.01, MAC.thief, VICTIM, MAC.router, ROUTER),
    ]).flat();
    const [finding] = bench.see(...poison);
    expect(finding).toMatchObject({ kind: 'arp-spoofing', filter: `arp.src.hw_mac == ${MAC.thief}` });
    expect(finding?.severity).toBeUndefined();
    expect(bench.addresses(finding!.targets).toSorted()).toEqual([ROUTER, VICTIM]);
  });

  it('names the address the thief itself uses, and takes one theft beside it for a warning', () => {
    const bench = new Bench(new ArpSpoofing());
    const [finding] = bench.see(
      request(bench, 0, MAC.thief, '10.0.0.66', ROUTER),
      reply(bench, 8, MAC.thief, ROUTER, MAC.victim, VICTIM),
    );
    expect(finding).toMatchObject({ kind: 'arp-spoofing', severity: 'warning' });
    expect(bench.addresses(finding!.sources)).toEqual(['10.0.0.66']);
  });

  it('is one claim repeated to one machine that never asked', () => {
    const bench = new Bench(new ArpSpoofing());
    expect(bench.see(...times(6, (i) => reply(bench, i * 2, MAC.thief, ROUTER, MAC.victim, VICTIM)))).toEqual([]);
    expect(
      bench.see(...times(6, (i) => reply(bench, 20 + i * 2, MAC.thief, ROUTER, MAC.victim, VICTIM)))[0],
    ).toMatchObject({ kind: 'arp-spoofing', severity: 'warning' });
  });

  it('is not an address that moved once, an announcement, a virtual router, proxy ARP, or answers to questions', () => {
    const bench = new Bench(new ArpSpoofing());
    // DHCP gave the address to another machine, which announces it.
    bench.see(
      request(bench, 0, MAC.victim, VICTIM, ROUTER),
      reply(bench, 0.01, MAC.router, ROUTER, MAC.victim, VICTIM),
    );
    bench.see(
      request(bench, 500, '00:11:22:00:00:21', VICTIM, VICTIM),
      request(bench, 501, '00:11:22:00:00:21', VICTIM, ROUTER),
    );
    // Two routers of a VRRP group change places.
    bench.see(...times(10, (i) => reply(bench, 600 + i, '00:00:5e:00:01:01', '10.0.0.254', ALL, '10.0.0.254')));
    // A router answers for other networks, when asked.
    for (let i = 1; i < 20; i++) {
      bench.see(
        request(bench, 700 + i, MAC.other, '10.0.0.30', `10.0.9.${i}`),
        reply(bench, 700.1 + i, MAC.router, `10.0.9.${i}`, MAC.other, '10.0.0.30'),
      );
    }
    expect(bench.finish()).toEqual([]);
  });

  it('is not a device that answers with the address it uses openly, though the question was missed', () => {
    const bench = new Bench(new ArpSpoofing());
    bench.see(
      request(bench, 0, MAC.thief, '192.168.0.20', '192.168.0.1'),
      request(bench, 4, MAC.thief, '10.0.0.37', ROUTER),
    );
    bench.see(reply(bench, 11, MAC.thief, '10.0.0.37', MAC.victim, VICTIM));
    expect(bench.finish()).toEqual([]);
  });
});

describe('abuse of DHCP', () => {
  const discover = (bench: Bench, at: number, mac: string) =>
    bench.message('dhcp', { at, from: '0.0.0.0', to: '255.255.255.255', type: 1, clientMac: mac });
  const offer = (bench: Bench, at: number, server: string, routers: string[], nameServers: string[]) =>
    bench.message('dhcp', {
      at,
      from: server,
      to: '10.0.0.77',
      type: 2,
      serverId: server,
      yourAddress: '10.0.0.77',
      routers,
      nameServers,
    });
  const mac = (i: number) =>
    `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;

  it('is many different cards within seconds', () => {
    const bench = new Bench(new DhcpAbuse());
    const [finding] = bench.see(...times(200, (i) => discover(bench, i * 0.05, mac(i))));
    expect(finding).toMatchObject({ kind: 'dhcp-abuse', ports: [67] });
    expect(finding!.evidence[1]!.value).toBe(200);
  });

  it('is one card that asks at the pace of a machine', () => {
    const bench = new Bench(new DhcpAbuse());
    expect(bench.see(...times(200, (i) => discover(bench, i * 0.02, mac(1))))[0]?.kind).toBe('dhcp-abuse');
  });

  it('is not a classroom coming to life, each machine asking four times', () => {
    const bench = new Bench(new DhcpAbuse());
    bench.see(...times(120, (i) => discover(bench, i * 1.5, mac(i >> 2))));
    expect(bench.finish()).toEqual([]);
  });

  it('is a second server that gives out another gateway, not a redundant pair that agrees', () => {
    const rogue = new Bench(new DhcpAbuse());
    rogue.see(
      offer(rogue, 0, '10.0.0.1', ['10.0.0.1'], ['10.0.0.1']),
      offer(rogue, 0.2, '10.0.0.66', ['10.0.0.66'], ['10.0.0.66']),
    );
    const [finding] = rogue.finish();
    expect(finding).toMatchObject({ kind: 'dhcp-abuse', technique: [{ id: 'T1557.003' }] });
    expect(rogue.addresses(finding!.sources)).toEqual(['10.0.0.66']);
    const pair = new Bench(new DhcpAbuse());
    pair.see(
      offer(pair, 0, '10.0.0.2', ['10.0.0.1'], ['10.0.0.1']),
      offer(pair, 0.2, '10.0.0.3', ['10.0.0.1'], ['10.0.0.1']),
    );
    expect(pair.finish()).toEqual([]);
  });
});
