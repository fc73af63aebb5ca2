import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ethernet, frame, fragments4, icmpEcho, ipv4, ipv6, tcp, udp } from '../../generator/frames.ts';
import { alerts, CLIENT, datagram, rulesOf, run, SERVER, Talk } from './talk.ts';

const TCP = 'alert tcp any any -> any any';

describe('a rule over a stream', () => {
  it('finds what several segments hold together', () => {
    const talk = new Talk().open().up('xxEVIL').up('WORDxx').close();
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, talk.frames)).toEqual({ 1: 1 });
    expect(alerts(`alert tcp-pkt any any -> any any (content:"EVILWORD"; sid:1;)`, talk.frames)).toEqual({});
  });

  it('finds it across the stretches that are looked at one after the other', () => {
    const talk = new Talk()
      .open()
      .up('x'.repeat(1400))
      .up('x'.repeat(1157) + 'EVIL')
      .up('WORD' + 'x'.repeat(900))
      .close();
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, talk.frames)).toEqual({ 1: 1 });
  });

  it('finds it in tiny segments, and out of order', () => {
    const tiny = new Talk().open();
    for (const letter of 'some EVILWORD here') tiny.up(letter);
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, tiny.close().frames)).toEqual({ 1: 1 });
    const swapped = new Talk().open().at(4, 'WORD').at(0, 'EVIL').at(8, 'xx');
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, swapped.frames)).toEqual({ 1: 1 });
  });

  it('takes the copy that came first where segments overlap', () => {
    const talk = new Talk().open().at(0, 'EVIL').at(2, 'xxWORD').at(8, '!');
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, talk.frames)).toEqual({ 1: 1 });
  });

  it('finds nothing across bytes that are missing', () => {
    const talk = new Talk().open().at(0, 'EVIL').at(9, 'WORD');
    expect(alerts(`${TCP} (content:"EVILWORD"; sid:1;)`, talk.frames)).toEqual({});
  });

  it('tells once, though a place is looked at in the packet and in the stream', () => {
    const talk = new Talk().open().up('EVIL word').down('y').close();
    expect(alerts(`${TCP} (content:"EVIL"; depth:4; sid:1;)`, talk.frames)).toEqual({ 1: 1 });
  });
});

describe('a header', () => {
  const talk = new Talk(80).open().up('hello').close();

  it.each([
    ['alert tcp $HOME_NET any -> $EXTERNAL_NET 80', 1],
    ['alert tcp $EXTERNAL_NET any -> $HOME_NET any', undefined],
    ['alert tcp $EXTERNAL_NET any <> $HOME_NET any', 1],
    ['alert tcp any any -> any ![80,443]', undefined],
    ['alert udp any any -> any any', undefined],
    ['alert ip any any -> any any', 1],
    ['alert ipv6 any any -> any any', undefined],
  ])('%s: %s', (header, count) => {
    expect(alerts(`${header} (content:"hello"; sid:1;)`, talk.frames)[1]).toBe(count);
  });

  it('without ports and without anything else is told once a direction', () => {
    expect(alerts('alert tcp any any -> any any (sid:1;)', talk.frames)).toEqual({ 1: 2 });
  });
});

describe('the state of a flow', () => {
  it('counts as established after the greeting', () => {
    const rule = `${TCP} (flow:established,to_server; flags:PA; sid:1;)`;
    expect(alerts(rule, new Talk().open().up('a').frames)).toEqual({ 1: 1 });
    const lone = frame(
      ethernet(),
      ipv4({ src: CLIENT, dst: SERVER }),
      tcp({ sport: 1, dport: 2, flags: 'PA', ack: 1 }),
      'a',
    );
    expect(alerts(rule, [lone])).toEqual({});
  });

  it('has flags that rules set and read, in this order within a packet', () => {
    const rules = [
      'alert udp any any -> any any (flowbits:isset,seen; content:"two"; sid:2;)',
      'alert udp any any -> any any (content:"one"; flowbits:set,seen; flowbits:noalert; sid:1;)',
    ].join('\n');
    expect(alerts(rules, [datagram('two'), datagram('one'), datagram('two'), datagram('one two')])).toEqual({ 2: 2 });
  });

  it('has counters', () => {
    const rules = [
      'alert udp any any -> any any (content:"try"; flowint:tries,+,1; noalert; sid:1;)',
      'alert udp any any -> any any (content:"try"; flowint:tries,>,2; sid:2;)',
    ].join('\n');
    expect(
      alerts(
        rules,
        Array.from({ length: 4 }, () => datagram('try')),
      ),
    ).toEqual({ 2: 2 });
  });

  it('shares flags of hosts for a time', () => {
    const rules = [
      'alert udp any any -> any 1 (xbits:set,bad,track ip_src,expire 10; noalert; sid:1;)',
      'alert udp any any -> any 2 (xbits:isset,bad,track ip_src; sid:2;)',
    ].join('\n');
    const frames = [datagram('a', { dport: 2 }), datagram('a', { dport: 1 }), datagram('b', { dport: 2 })];
    expect(alerts(rules, frames, 2)).toEqual({ 2: 1 });
    expect(alerts(rules, frames, 20)).toEqual({});
  });
});

describe('how often a rule tells', () => {
  const many = Array.from({ length: 10 }, () => datagram('x'));

  it.each([
    ['threshold:type limit, track by_src, count 3, seconds 60;', 3],
    ['threshold:type threshold, track by_src, count 3, seconds 60;', 3],
    ['threshold:type both, track by_src, count 3, seconds 60;', 1],
    ['detection_filter:track by_dst, count 3, seconds 60;', 7],
    ['threshold:type limit, track by_rule, count 1, seconds 3;', 2],
  ])('%s %i times', (option, count) => {
    expect(alerts(`alert udp any any -> any any (content:"x"; ${option} sid:1;)`, many, 0.5)).toEqual({ 1: count });
  });

  it('may count different ports only', () => {
    const rule =
      'alert udp any any -> any any (content:"x"; detection_filter:track by_src, count 2, seconds 60, unique_on dst_port; sid:1;)';
    const ports = [1, 1, 1, 2, 3, 4].map((dport) => datagram('x', { dport }));
    expect(alerts(rule, ports)).toEqual({ 1: 2 });
  });
});

describe('fields of packets', () => {
  const ping = frame(
    ethernet(),
    ipv4({ src: CLIENT, dst: SERVER, ttl: 5, id: 77 }),
    icmpEcho({ id: 9, sequence: 3 }),
    'abc',
  );

  it.each([
    ['ttl:5;', 1],
    ['ttl:<5;', undefined],
    ['id:77;', 1],
    ['itype:8; icode:0;', 1],
    ['icmp_id:9; icmp_seq:3;', 1],
    ['sameip;', undefined],
    ['ip_proto:icmp;', 1],
    ['icmpv4-csum:valid; ipv4-csum:valid;', 1],
    ['icmpv4-csum:invalid;', undefined],
    ['ipv4.hdr; content:"|05 01|"; offset:8; depth:2;', 1],
  ])('%s: %s', (options, count) => {
    expect(alerts(`alert icmp any any -> any any (${options} sid:1;)`, [ping])[1]).toBe(count);
  });

  it.each([
    ['flags:S;', 'S', 1],
    ['flags:S;', 'SA', undefined],
    ['flags:S+;', 'SA', 1],
    ['flags:+S;', 'SA', 1],
    ['flags:*SF;', 'FA', 1],
    ['flags:!S;', 'A', 1],
    ['flags:S,CE;', 'SEC', 1],
  ])('%s with %s: %s', (options, flags, count) => {
    const packet = frame(ethernet(), ipv4({ src: CLIENT, dst: SERVER }), tcp({ sport: 5, dport: 6, flags }));
    expect(alerts(`${TCP} (${options} sid:1;)`, [packet])[1]).toBe(count);
  });
});

describe('fragments', () => {
  const inner = frame(udp({ sport: 5, dport: 6, checksum: 0 }), Buffer.from(`${'x'.repeat(50)}EVILWORD`));
  const ends = { src: CLIENT, dst: SERVER, id: 7 };
  const parts = fragments4([ethernet()], ends, inner, 17, 16, frame);
  const rule = 'alert udp any any -> any 6 (content:"EVILWORD"; sid:1;)';

  it('are put together, in any order', () => {
    expect(alerts(rule, parts)).toEqual({ 1: 1 });
    expect(alerts(rule, [parts[0]!, ...parts.slice(1).reverse()])).toEqual({ 1: 1 });
    expect(alerts(rule, parts.slice(0, -1))).toEqual({});
  });

  it('that overlap are told, and the bytes that came first count', () => {
    const other = fragments4([ethernet()], ends, Buffer.alloc(inner.length, 'y'), 17, 16, frame);
    const overlap = 'alert pkthdr any any -> any any (decode-event:ipv4.frag_overlap; sid:2;)';
    const frames = [parts[0]!, parts[1]!, other[1]!, ...parts.slice(2)];
    expect(alerts(`${rule}\n${overlap}`, frames)).toEqual({ 1: 1, 2: 1 });
  });
});

describe('what is wrong with headers', () => {
  it('is told by name', () => {
    const six = frame(ethernet(), ipv6({ src: 'fe80::1', dst: 'fe80::2', next: 1 }), 'x'.repeat(16));
    expect(alerts('alert pkthdr any any -> any any (decode-event:ipv6.icmpv4; sid:1;)', [six])).toEqual({ 1: 1 });
  });
});

describe('HTTP', () => {
  const page = '<html>EVIL body</html>';

  it('is looked at by the parts of its messages, however its body is sent', () => {
    const packed = gzipSync(page);
    const head = 'HTTP/1.1 200 OK\r\nServer: box\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunks = [packed.subarray(0, 9), packed.subarray(9)].map((part) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n')]),
    );
    const body = Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')]);
    const talk = new Talk()
      .open()
      .up('GET /a%2fb/../EVIL HTTP/1.1\r\nHost: www.example.com\r\n\r\n')
      .down(body)
      .close();
    const rules = [
      'alert http any any -> any any (flow:to_client; file_data; content:"EVIL body"; sid:1;)',
      'alert http any any -> any any (content:"/EVIL"; http_uri; content:"GET"; http_method; sid:2;)',
      'alert http any any -> any any (http.host; content:"example.com"; endswith; bsize:15; sid:3;)',
      'alert http any any => any any (http.uri; content:"EVIL"; http.stat_code; content:"200"; sid:4;)',
      'alert http any any -> any any (http.uri; content:"EVIL"; http.stat_code; content:"200"; sid:5;)',
      'alert http any any -> any any (http.host; dotprefix; content:".example.com"; http.cookie; absent; sid:6;)',
      'alert tls any any -> any any (content:"EVIL"; sid:7;)',
    ].join('\n');
    expect(alerts(rules, talk.frames)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 6: 1 });
  });

  it('lets a pass rule silence the others', () => {
    const talk = new Talk().open().up('GET /EVIL HTTP/1.1\r\nHost: h\r\n\r\n').down('HTTP/1.1 204 No\r\n\r\n').close();
    const rules = [
      'alert http any any -> any any (http.uri; content:"EVIL"; sid:1;)',
      'pass http any any -> any any (http.host; content:"h"; sid:2;)',
    ].join('\n');
    expect(alerts(rules, talk.frames)).toEqual({});
  });
});

describe('the report', () => {
  it('is the same however packets are divided in batches', () => {
    const frames = new Talk().open().up('xxEVIL').up('WORDxx').close().frames;
    const text = `${TCP} (msg:"m"; content:"EVILWORD"; classtype:misc-attack; sid:1; rev:4;)`;
    const whole = run(rulesOf(text), frames);
    for (const size of [1, 2, 3]) expect(run(rulesOf(text), frames, 0.01, size)).toEqual(whole);
    expect(whole.signatures).toEqual([{ sid: 1, rev: 4, message: 'm', count: 1, classtype: 'misc-attack' }]);
    expect(whole.rules).toEqual({ loaded: 1, refused: [] });
  });
});
