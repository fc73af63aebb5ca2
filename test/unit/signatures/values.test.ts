/** Keywords that ask for words, flags and places of numbers; hooks into the progress of a protocol. */
import { describe, expect, it } from 'vitest';
import { dot1q, ethernet, frame, ipv4, udp } from '../../generator/frames.ts';
import { raw, type Conversation } from './app/made.ts';
import * as samples from './app/samples.ts';
import { alerts, CLIENT, rulesOf, SERVER, Talk } from './talk.ts';

function framesOf({ port, steps }: Conversation): Uint8Array[] {
  const talk = new Talk(port).open();
  for (const [direction, text] of steps) {
    if (direction === 0) talk.up(raw(text));
    else talk.down(raw(text));
  }
  return talk.close().frames;
}

/** How often a rule with these options tells. */
function told(protocol: string, options: string, sample: Conversation): number {
  const set = rulesOf(`alert ${protocol} any any -> any any (${options} sid:1;)`);
  expect(set.refused, options).toEqual([]);
  return alerts(set, framesOf(sample))[1] ?? 0;
}

const MQTT = samples.MQTT;
const REFUSING: Conversation = {
  port: 1883,
  steps: [MQTT.steps[0]!, [1, '\x20\x02\x01\x05']],
};

describe('words and flags of numbers', () => {
  it.each([
    ['mqtt', 'mqtt.connect.flags:username,password,!will;', MQTT, 1],
    ['mqtt', 'mqtt.connect.flags:will;', MQTT, 0],
    ['mqtt', 'mqtt.flags:dup;', MQTT, 0],
    ['mqtt', 'mqtt.type:publish; mqtt.flags:!dup,!retain;', MQTT, 1],
    ['mqtt', 'mqtt.connack.session_present:yes;', MQTT, 0],
    ['mqtt', 'mqtt.connack.session_present:true; mqtt.connack.return_code:5;', REFUSING, 1],
    ['websocket', 'websocket.flags:fin,!comp;', samples.WEBSOCKET, 2],
    ['websocket', 'websocket.flags:comp;', samples.WEBSOCKET, 0],
    ['websocket', 'websocket.flags:&0xc0=0x80;', samples.WEBSOCKET, 2],
    ['tls', 'ssl_state:server_hello; ssl_version:tls1.2;', samples.TLS, 1],
    ['tls', 'ssl_state:client_hello|server_hello;', samples.TLS, 2],
    ['tls', 'ssl_version:!tls1.2;', samples.TLS, 0],
    ['tls', 'tls.version:0x0303; tls.cert_chain_len:1;', samples.TLS, 1],
    ['tls', 'tls.cert_chain_len:>1;', samples.TLS, 0],
    ['tls', 'tls_cert_valid;', samples.TLS, 1],
    ['tls', 'tls_cert_expired;', samples.TLS, 0],
    ['ssh', 'ssh.protoversion:2_compat;', samples.SSH, 2],
    ['ssh', 'ssh.protoversion:1.99;', samples.SSH, 0],
    ['ssh', 'ssh.hassh.string; content:"k1,k2|3b|e1"; startswith;', samples.SSH, 1],
    ['ssh', 'ssh-hassh-server-string; content:"k1,k2|3b|e2"; startswith;', samples.SSH, 1],
    ['rfb', 'rfb.name; content:"Desk"; rfb.secresult:ok;', samples.RFB, 1],
    ['rfb', 'rfb.sectype:>2;', samples.RFB, 0],
    ['ftp', 'ftp.reply_received:yes;', samples.FTP, 3],
    ['ftp', 'ftp.reply_received:no;', samples.FTP, 0],
  ] as const)('%s: %s', (protocol, options, sample, count) => {
    expect(told(protocol, options, sample)).toBe(count);
  });

  it.each([
    ['mqtt', 'mqtt.flags:all;', 'mqtt.flags'],
    ['mqtt', 'mqtt.connack.session_present:perhaps;', 'mqtt.connack.session_present'],
    ['tls', 'ssl_version:tls9;', 'ssl_version'],
    ['tls', 'ssl_state:client_keyx;', 'ssl_state'],
    ['ssh', 'ssh.protoversion:two;', 'ssh.protoversion'],
    ['http2', 'http2.settings:SETTINGS_OF_MINE=1;', 'http2.settings'],
    ['http2', 'http2.settings:SETTINGS_ENABLE_PUSH;', 'http2.settings'],
  ])('%s: %s is refused', (protocol, options, keyword) => {
    const { refused } = rulesOf(`alert ${protocol} any any -> any any (${options} sid:1;)`);
    expect(refused).toMatchObject([{ keyword }]);
  });

  it('of HTTP/2 are settings and weights', () => {
    const header = (type: number, flags: number, stream: number, body: string): string =>
      `\0\0${String.fromCharCode(body.length, type, flags)}\0\0\0${String.fromCharCode(stream)}${body}`;
    const sample: Conversation = {
      port: 8443,
      steps: [
        [
          0,
          `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${header(4, 0, 0, '\0\x02\0\0\0\0\0\x03\0\0\0\x64')}` +
            `${header(2, 0, 1, '\0\0\0\0\x63')}${header(1, 0x25, 1, '\0\0\0\0\x10\x82\x84')}`,
        ],
      ],
    };
    expect(told('http2', 'http2.settings:SETTINGS_ENABLE_PUSH=0;', sample)).toBe(1);
    expect(told('http2', 'http2.settings:SETTINGS_MAX_CONCURRENT_STREAMS>100;', sample)).toBe(0);
    expect(told('http2', 'http2.priority:99; http2.priority:16;', sample)).toBe(1);
    expect(told('http2', 'http2.priority:>99;', sample)).toBe(0);
  });

  it('of LDAP are the attributes that are asked for and answered', () => {
    const { der } = {
      der: (tag: number, ...parts: string[]) => `${String.fromCharCode(tag, parts.join('').length)}${parts.join('')}`,
    };
    const search = der(
      0x63,
      ...[
        der(4, 'dc=x'),
        der(10, '\x02'),
        der(10, '\0'),
        der(2, '\0'),
        der(2, '\0'),
        der(1, '\0'),
        der(0x87, 'objectClass'),
      ],
      der(0x30, der(4, 'uid'), der(4, 'mail')),
    );
    const entry = der(0x64, der(4, 'cn=a'), der(0x30, der(0x30, der(4, 'userPassword'), der(0x31, der(4, 'v')))));
    const modify = der(
      0x66,
      der(4, 'cn=a'),
      der(0x30, der(0x30, der(10, '\x02'), der(0x30, der(4, 'shell'), der(0x31, '')))),
    );
    const sample: Conversation = {
      port: 389,
      steps: [
        [0, der(0x30, der(2, '\x02'), search)],
        [
          1,
          der(0x30, der(2, '\x02'), entry) +
            der(0x30, der(2, '\x02'), der(0x65, der(10, '\0'), der(4, ''), der(4, ''))),
        ],
        [0, der(0x30, der(2, '\x03'), modify)],
      ],
    };
    expect(told('ldap', 'ldap.request.attribute_type; content:"mail"; bsize:4;', sample)).toBe(1);
    expect(told('ldap', 'ldap.request.attribute_type; content:"shell"; bsize:5;', sample)).toBe(1);
    expect(told('ldap', 'ldap.responses.attribute_type; content:"userPassword"; bsize:12;', sample)).toBe(1);
    expect(told('ldap', 'ldap.responses.attribute_type; content:"v"; bsize:1;', sample)).toBe(0);
  });
});

describe('numbers of which a transaction has several', () => {
  it.each([
    ['mqtt.type:connect,0; mqtt.type:connack,1; mqtt.reason_code:0;', 1],
    ['mqtt.type:connack,0;', 0],
    ['mqtt.type:connack,-1;', 1],
    ['mqtt.reason_code:0,all;', 1],
  ])('mqtt: %s', (options, count) => {
    expect(told('mqtt', options, { port: 1883, steps: MQTT.steps.slice(0, 2) })).toBe(count);
  });

  it.each([
    ['dns.rrtype:a,nb1;', 2],
    ['dns.rrtype:count >1;', 1],
    ['dns.rrtype:a,all;', 1],
    ['dns.rrtype:a,nb>1;', 0],
  ])('dns: %s', (options, count) => {
    expect(told('dns', options, samples.DNS_TCP)).toBe(count);
  });

  it('are refused where a side has only its own', () => {
    const { refused } = rulesOf('alert dns any any -> any any (dns.opcode:0,1; sid:1;)');
    expect(refused).toMatchObject([{ keyword: 'dns.opcode', reason: 'choosing one of several is not supported' }]);
  });
});

describe('hooks', () => {
  const set = rulesOf(
    [
      'alert http1:request_line any any -> any any (http.method; content:"GET"; sid:1;)',
      'alert http1:response_headers any any -> any any (sid:2;)',
      'alert http1:request_complete any any -> any any (sid:3;)',
      'alert http1:response_body any any -> any any (http.response_body; content:"The body"; sid:4;)',
      'alert tls:client_hello_done any any -> any any (tls.sni; content:"example"; sid:5;)',
      'alert dns:request_started any any -> any any (dns.query; content:"example"; sid:6;)',
    ].join('\n'),
  );

  it('are of one side of a transaction', () => {
    expect(set.refused).toEqual([]);
    expect(alerts(set, framesOf(samples.HTTP))).toEqual({ 1: 1, 2: 2, 3: 2, 4: 1 });
    expect(alerts(set, framesOf(samples.TLS))).toEqual({ 5: 1 });
    expect(alerts(set, framesOf(samples.DNS_TCP))).toEqual({ 6: 1 });
  });

  it.each([
    ['http1:response_body', 'sid:1;', 'protocol'],
    ['tls:server_hello', 'sid:1;', 'protocol'],
    ['http1:nothing', 'sid:1;', 'protocol'],
    ['tls:request_started', 'sid:1;', 'protocol'],
    ['tcp:request_started', 'sid:1;', 'protocol'],
    ['http1:request_line', 'flow:to_client; http.method; content:"GET"; sid:1;', 'flow'],
  ])('%s (%s) is refused', (protocol, options, keyword) => {
    expect(rulesOf(`alert ${protocol} any any -> any any (${options})`).refused).toMatchObject([{ keyword }]);
  });
});

describe('packets', () => {
  const packets = [
    frame(
      ethernet(),
      dot1q({ vid: 5 }),
      dot1q({ vid: 6 }),
      ipv4({ src: CLIENT, dst: SERVER }),
      udp({ sport: 9, dport: 9 }),
      raw('x'),
    ),
    frame(ethernet(), dot1q({ vid: 5 }), ipv4({ src: SERVER, dst: CLIENT }), udp({ sport: 9, dport: 9 }), raw('x')),
  ];

  it('have addresses as buffers, and so many tags', () => {
    const rules = [
      `alert udp any any -> any any (ip.src; content:"|c0 a8 01 0a|"; bsize:4; sid:1;)`,
      `alert udp any any -> any any (ip.dst; dataset:set,seen,type ip; sid:2;)`,
      'alert udp any any -> any any (vlan.layers:2; sid:3;)',
      'alert udp any any -> any any (vlan.layers:<2; sid:4;)',
      'alert pkthdr any any -> any any (engine-event:ipv6.trunc_pkt; sid:5;)',
    ];
    const three = [...packets, packets[0]!];
    expect(alerts(rules.join('\n'), three)).toEqual({ 1: 2, 2: 2, 3: 2, 4: 1 });
  });
});

describe('ends of SIP', () => {
  const invite = samples.SIP.steps[0]![1];
  const answer = samples.SIP.steps[1]![1];

  it('listen where they send from: who speaks first is the client', () => {
    const packet = (isUp: boolean, text: string): Uint8Array =>
      frame(
        ethernet(),
        ipv4(isUp ? { src: CLIENT, dst: SERVER } : { src: SERVER, dst: CLIENT }),
        udp(isUp ? { sport: 5060, dport: 5061 } : { sport: 5061, dport: 5060 }),
        raw(text),
      );
    const rules = [
      'alert sip any any -> any any (flow:to_server; sip.method; content:"INVITE"; sid:1;)',
      'alert sip any any -> any any (flow:to_client; sip.stat_code; content:"100"; sid:2;)',
      'alert sip any any -> any any (flow:to_client; sip.method; content:"INVITE"; sid:3;)',
    ];
    expect(alerts(rules.join('\n'), [packet(true, invite), packet(false, answer)])).toEqual({ 1: 1, 2: 1 });
  });
});

describe('app-layer-protocol', () => {
  it.each([
    ['http,to_server', 1],
    ['http1,original', 1],
    ['tls,original', 0],
    ['unknown', 1],
    ['!unknown', 0],
    ['!http,original', 0],
  ])('%s', (value, least) => {
    const count = told('tcp', `app-layer-protocol:${value};`, samples.WEBSOCKET);
    expect(count > 0).toBe(least > 0);
  });
});
