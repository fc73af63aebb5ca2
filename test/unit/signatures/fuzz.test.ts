import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRuleSet, orderRules, parseRules } from '../../../src-main/detect/signatures/rules/parse.ts';
import { KEYWORDS } from '../../../src-main/detect/signatures/rules/keywords/registry.ts';
import { datagram, rulesOf, run, Talk } from './talk.ts';

const SLOW = 60_000;

const RULES = [
  'alert tcp any any -> any any (content:"a|00|b"; depth:9; content:!"c"; within:3; pcre:"/x[^y]+/Ri"; sid:1;)',
  'alert http any any -> any any (http.uri; to_lowercase; content:"/x"; startswith; bsize:>1; file_data; content:"E"; sid:2;)',
  'alert udp any any -> any any (byte_extract:1,0,n; byte_jump:1,1,relative,multiplier 2,align; content:"x"; offset:n; sid:3;)',
  'alert ip any any -> any any (ttl:>1; flowbits:isset,a|b; fragbits:!D; ipopts:any; sid:4;)',
  'alert tcp any any -> any any (base64_decode:bytes 4,offset 1; base64_data; content:"a"; stream_size:client,>,1; sid:5;)',
  'alert sctp any any -> any any (sctp.chunk_data; content:"a"; sctp.chunk_cnt:>0; sctp.chunk_type:init; sid:6;)',
  'alert pkthdr any any -> any any (decode-event:ipv6.trunc_exthdr; sid:7;)',
  'alert tcp any any -> any any (tcp.hdr; content:"|02 04|"; tcp.mss:>1; tcpv4-csum:invalid; sid:8;)',
  'alert http any any -> any any (http.user_agent; xor:"0102"; url_decode; from_base64; to_md5; content:"a"; sid:9;)',
];

const FRAMES = [
  ...new Talk()
    .open()
    .up('GET /x?a=b HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n')
    .down('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
    .close().frames,
  datagram('\x01\x02xxxxxx'),
];

describe('the reader of rules', () => {
  it('refuses what it cannot read, and never fails', () => {
    const words = [...KEYWORDS.keys()];
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        '!"a|00|"',
        '1,2,3',
        '5<>7',
        '>',
        'set,a',
        'type limit,track by_src,count 1,seconds 1',
        '"/(/"',
        '2,0,relative,string',
      ),
    );
    const option = fc
      .tuple(fc.constantFrom(...words), fc.option(value))
      .map(([k, v]) => (v === null ? `${k};` : `${k}:${v};`));
    fc.assert(
      fc.property(fc.array(option, { maxLength: 8 }), (options) => {
        const set = rulesOf(`alert tcp any any -> any any (content:"a"; ${options.join(' ')} sid:1;)`);
        expect(set.rules.length + set.refusedTotal).toBeGreaterThan(0);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it(
    'survives rules with changed characters',
    () => {
      const changed = fc
        .tuple(fc.constantFrom(...RULES), fc.nat(), fc.string({ maxLength: 3 }))
        .map(([rule, at, text]) => {
          const place = at % rule.length;
          return rule.slice(0, place) + text + rule.slice(place + 1);
        });
      fc.assert(
        fc.property(changed, (text) => {
          const set = emptyRuleSet();
          parseRules(text, 'x', set);
          orderRules(set);
          run(set, FRAMES);
        }),
        { numRuns: 300, seed: 2 },
      );
    },
    SLOW,
  );
});

describe('the engine', () => {
  it(
    'survives packets with changed bytes, and says the same twice',
    () => {
      const change = fc.tuple(fc.nat(FRAMES.length - 1), fc.nat(), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { maxLength: 12 }), fc.nat(60), (changes, cut) => {
          const frames = FRAMES.map((one) => Uint8Array.from(one));
          for (const [frame, at, value] of changes) frames[frame]![at % frames[frame]!.length] = value;
          if (cut > 0) frames[5] = frames[5]!.subarray(0, cut);
          expect(run(rulesOf(...RULES), frames)).toEqual(run(rulesOf(...RULES), frames));
        }),
        { numRuns: 150, seed: 3 },
      );
    },
    SLOW,
  );
});
