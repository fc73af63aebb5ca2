import { describe, expect, it } from 'vitest';
import { Evidence, judgeDevice } from '../../../src-main/detect/devices/evidence.ts';
import { isBelow, MAKERS } from '../../../src-main/detect/devices/vendors.ts';
import { dnsMessage, nameRecord } from '../../generator/protocols/dns.ts';
import { CARD, House } from './house.ts';

describe('a device', () => {
  it('is what the maker of its card makes', async () => {
    expect(await new House(CARD.hikvision).talk({ at: 5, to: '203.0.113.9', port: 443 }).device()).toEqual({
      kind: 'camera',
      confidence: 0.85,
      why: ['its card is made by Hangzhou Hikvision Digital Technology Co.,Ltd.'],
    });
  });

  it('is nothing where its card was made up, and nothing else is known', async () => {
    const device = await new House(CARD.made).talk({ at: 5, to: '203.0.113.9', port: 443 }).device();
    expect(device).toEqual({ kind: 'unknown', confidence: 0, why: [] });
  });

  it('is known by what it asks of DHCP, whoever made its card', async () => {
    const house = new House(CARD.made).dhcp({ hostname: 'ESP_1A2B3C', parameters: [1, 3, 28, 6] });
    expect(await house.talk({ at: 5, to: '203.0.113.9', port: 443 }).device()).toEqual({
      kind: 'smart-home',
      confidence: 0.9,
      why: ['calls itself “ESP_1A2B3C”', 'its DHCP requests ask for options “1,3,28,6”'],
    });
  });

  it('is a computer that asks as Windows does, whatever it is called', async () => {
    const parameters = [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252];
    const house = new House(CARD.made).dhcp({ hostname: 'kitchen', vendorClass: 'MSFT 5.0', parameters });
    expect(await house.talk({ at: 5, to: '203.0.113.9', port: 443 }).device()).toMatchObject({ kind: 'computer' });
  });

  it('is known by what it announces and what it serves', async () => {
    const answers = [nameRecord('_ipp._tcp.local', 12, 'Laser._ipp._tcp.local')];
    const printer = new House(CARD.made).multicast(5353, dnsMessage({ id: 0, flags: 0x8400, answers }));
    expect(await printer.device()).toMatchObject({ kind: 'printer', why: ['announces _ipp._tcp by mDNS'] });
    const camera = new House(CARD.made).serves(
      554,
      'OPTIONS rtsp://192.168.1.40/live RTSP/1.0\r\nCSeq: 1\r\n\r\n',
      'RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE\r\n\r\n',
    );
    expect(await camera.device()).toMatchObject({ kind: 'camera', why: ['answers RTSP'] });
  });

  it('is not what it looks for', async () => {
    const questions = [{ name: '_ipp._tcp.local', type: 12 }];
    const asking = new House(CARD.made).multicast(5353, dnsMessage({ id: 0, flags: 0, questions }));
    expect(await asking.device()).toMatchObject({ kind: 'unknown', why: [] });
    const search =
      'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: urn:schemas-upnp-org:device:Printer:1\r\n\r\n';
    expect(await new House(CARD.made).multicast(1900, search).device()).toMatchObject({ kind: 'unknown', why: [] });
  });

  it('stays unknown between two kinds that are as likely, and says what was seen', async () => {
    expect(await new House(CARD.apple).talk({ at: 5, to: '203.0.113.9', port: 443 }).device()).toEqual({
      kind: 'unknown',
      confidence: 0,
      why: ['its card is made by Apple, Inc.'],
    });
  });

  it('is told of hosts of ours only', async () => {
    const { hosts } = await new House(CARD.hikvision).talk({ at: 5, to: '203.0.113.9', port: 443 }).report();
    expect(hosts.find(({ address }) => address === '203.0.113.9')).not.toHaveProperty('device');
  });

  it('is the same whichever of its addresses is asked about', async () => {
    const { hosts } = await new House(CARD.philips)
      .dhcp({ hostname: 'Philips-hue' })
      .talk({ at: 5, to: '203.0.113.9', port: 443 })
      .report();
    expect(hosts.find(({ address }) => address === '192.168.1.40')?.device?.kind).toBe('smart-home');
    expect(hosts.find(({ address }) => address === '0.0.0.0')?.device).toBeUndefined();
  });
});

describe('the judgement', () => {
  const piece = (source: 'card' | 'name', text: string, weights: Record<string, number>) => ({ source, text, weights });

  it('takes the weightiest of a source and joins the sources as independent witnesses', () => {
    const pieces = [
      piece('card', 'a', { camera: 0.5 }),
      piece('card', 'b', { camera: 0.4 }),
      piece('name', 'c', { camera: 0.5 }),
    ];
    expect(judgeDevice(pieces)).toEqual({ kind: 'camera', confidence: 0.75, why: ['a', 'c', 'b'] });
  });

  it('halves a narrow kind of a device that speaks to very many places', () => {
    expect(judgeDevice([piece('card', 'a', { camera: 0.85 })], true)).toMatchObject({
      kind: 'camera',
      confidence: 0.43,
    });
    expect(judgeDevice([piece('card', 'a', { tv: 0.85 })], true)).toMatchObject({ kind: 'tv', confidence: 0.85 });
  });

  it('keeps a bounded number of pieces', () => {
    const evidence = new Evidence();
    for (let i = 0; i < 1000; i++) evidence.add(piece('name', `name ${i}`, { camera: 0.1 }));
    expect(evidence.pieces.size).toBe(24);
  });

  it('knows names below the domains of a maker', () => {
    expect(isBelow('a.tplinkcloud.com', ['tplinkcloud.com'])).toBe(true);
    expect(isBelow('eviltplinkcloud.com', ['tplinkcloud.com'])).toBe(false);
  });

  it('has weights that are shares, and domains that are whole names', () => {
    for (const { as, clouds } of MAKERS) {
      const sum = Object.values(as).reduce((a, b) => a + b, 0);
      expect(sum).toBeGreaterThan(0.2);
      expect(sum).toBeLessThanOrEqual(1);
      for (const domain of clouds ?? []) expect(domain).toMatch(/^[a-z0-9.-]+\.[a-z]{2,}$/);
    }
  });
});
