import { describe, expect, it } from 'vitest';
import { Cards } from '../../../src-main/meter/enrich/cards.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makeSegmentBatch } from '../../../src-main/meter/packets/types.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';

const CARD = 0x080027000001;
const OTHER = 0x080027000002;
const text = (mac: number): string => mac.toString(16).padStart(12, '0').replace(/../g, '$&:').slice(0, -1);
const v4 = (last: number): Uint32Array => Uint32Array.of(0, 0, 0xffff, 0x0a000000 + last);

interface Frame {
  from: number;
  mac: number;
  ttl: number;
  inner?: boolean;
}

function seen(frames: readonly Frame[], messages: (hosts: HostTable) => ProtocolMessage[] = () => []) {
  const hosts = new HostTable();
  const batch = makeSegmentBatch(frames.length + 1);
  frames.forEach(({ from, mac, ttl, inner }, i) => {
    hosts.intern(v4(from), 0);
    batch.columns.src.set(v4(from), i * 4);
    batch.columns.srcMac[i] = mac;
    batch.columns.ttl[i] = ttl;
    batch.columns.outer[i] = inner ? 0 : -1;
  });
  batch.count = frames.length;
  const cards = new Cards(hosts);
  cards.frames(batch);
  cards.messages(messages(hosts));
  return { cards, hosts };
}

function cardsOf(...given: Parameters<typeof seen>) {
  return Object.fromEntries(seen(...given).cards.byAddress());
}

const base = { sec: 0, nano: 0, flow: -1, resp: 0, respPort: 0, fromOrig: true };
const arp = (hosts: HostTable, last: number, mac: number, operation: number): ProtocolMessage =>
  ({
    ...base,
    orig: hosts.intern(v4(last), 0),
    kind: 'arp',
    operation,
    senderMac: text(mac),
    targetMac: '00:00:00:00:00:00',
    frameSource: text(mac),
    frameTarget: 'ff:ff:ff:ff:ff:ff',
  }) as ProtocolMessage;

describe('the card of one host', () => {
  const of = (...frames: Frame[]) => {
    const { cards, hosts } = seen(frames);
    return (last: number) => cards.cardOf(hosts.find(v4(last), 0));
  };

  it('is the one it sends with, and none where nothing shows it', () => {
    const cardOf = of({ from: 5, mac: CARD, ttl: 64 }, { from: 6, mac: OTHER, ttl: 63 });
    expect([cardOf(5), cardOf(6)]).toEqual([text(CARD), null]);
  });

  it('is none where the card speaks for a crowd', () => {
    const cardOf = of(...Array.from({ length: 7 }, (_, i) => ({ from: i + 1, mac: CARD, ttl: 64 })));
    expect([cardOf(1), cardOf(7)]).toEqual([null, null]);
  });

  it('is none where two claim the address, and what ARP says before what frames show', () => {
    const { cards, hosts } = seen([{ from: 5, mac: CARD, ttl: 64 }], (h) => [arp(h, 5, OTHER, 2)]);
    expect(cards.cardOf(hosts.find(v4(5), 0))).toBe(text(OTHER));
    cards.messages([arp(hosts, 5, CARD, 2)]);
    expect(cards.cardOf(hosts.find(v4(5), 0))).toBeNull();
  });

  it('is shared by all addresses of its machine', () => {
    const { cards, hosts } = seen([5, 6].map((from) => ({ from, mac: CARD, ttl: 64 })));
    expect([...cards.besides(hosts.find(v4(5), 0))]).toEqual([hosts.find(v4(5), 0), hosts.find(v4(6), 0)]);
  });
});

describe('whose card is whose', () => {
  it.each([64, 128, 255])('shows in a frame that no router touched (time to live %i)', (ttl) => {
    expect(cardsOf([{ from: 5, mac: CARD, ttl }])).toEqual({ '10.0.0.5': [text(CARD)] });
  });

  it.each([63, 127, 254, 1])('does not show in one that a router may have passed on (time to live %i)', (ttl) => {
    expect(cardsOf([{ from: 5, mac: CARD, ttl }])).toEqual({});
  });

  it('does not show inside a tunnel, nor where the link has no addresses', () => {
    expect(cardsOf([{ from: 5, mac: CARD, ttl: 64, inner: true }])).toEqual({});
    expect(cardsOf([{ from: 5, mac: 0, ttl: 64 }])).toEqual({});
  });

  it('is nobody’s where one card speaks for many addresses', () => {
    const frames = Array.from({ length: 7 }, (_, i) => ({ from: i + 1, mac: CARD, ttl: 64 }));
    expect(Object.keys(cardsOf(frames.slice(0, 6)))).toHaveLength(6);
    expect(cardsOf([...frames, { from: 1, mac: CARD, ttl: 64 }])).toEqual({});
  });

  it('is said by ARP, in questions and answers, before frames', () => {
    const frames = [{ from: 5, mac: OTHER, ttl: 64 }];
    expect(cardsOf(frames, (hosts) => [arp(hosts, 5, CARD, 1), arp(hosts, 6, CARD, 2)])).toEqual({
      '10.0.0.5': [text(CARD), text(OTHER)],
      '10.0.0.6': [text(CARD)],
    });
  });

  it('is not said by a probe for a free address, which has no sender', () => {
    const probe = (hosts: HostTable): ProtocolMessage[] => [
      { ...arp(hosts, 5, CARD, 1), orig: hosts.intern(Uint32Array.of(0, 0, 0xffff, 0), 0) } as ProtocolMessage,
    ];
    expect(cardsOf([], probe)).toEqual({});
  });

  it('is said by a DHCP server that gives out an address', () => {
    const ack = { ...base, orig: 0, kind: 'dhcp', type: 5, yourAddress: '10.0.0.9', clientMac: text(CARD) };
    expect(cardsOf([], () => [ack as unknown as ProtocolMessage])).toEqual({ '10.0.0.9': [text(CARD)] });
  });

  it('is told in bounded numbers where addresses are forged', () => {
    const frames = Array.from({ length: 40 }, (_, i) => ({ from: 5, mac: CARD + i, ttl: 64 }));
    expect(cardsOf(frames)['10.0.0.5']).toHaveLength(8);
  });
});
