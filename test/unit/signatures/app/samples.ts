/** A short conversation of each protocol. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { der, latin, le16, le32, n16, n24, n32, unhex, wide, type Conversation } from './made.ts';

const request = 'GET /a/../b%20c?x=%41 HTTP/1.1\r\nHost: Example.COM:80\r\nUser-Agent: me\r\nCookie: k=v\r\n\r\n';
const zipped = latin(gzipSync('The body of it'));

export const HTTP: Conversation = {
  port: 8080,
  steps: [
    [0, request],
    [
      1,
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nServer: s\r\n\r\n${chunks(zipped)}`,
    ],
    [0, 'POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc'],
    [1, 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'],
  ],
};

export function chunks(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
}

export function answer(headers: string, body: string): Conversation {
  return {
    port: 80,
    steps: [
      [0, 'GET /f HTTP/1.1\r\nHost: h\r\n\r\n'],
      [1, `HTTP/1.1 200 ok\r\n${headers}\r\n${body}`],
    ],
  };
}

export const deflated = (text: string): string => latin(deflateRawSync(text));

function tlsRecord(type: number, body: string): string {
  return `${String.fromCharCode(type)}\x03\x03${n16(body.length)}${body}`;
}
const message = (type: number, body: string): string => `${String.fromCharCode(type)}${n24(body.length)}${body}`;
const extension = (type: number, body: string): string => `${n16(type)}${n16(body.length)}${body}`;
const name = 'www.example.org';
const serverName = extension(0, `${n16(name.length + 3)}\0${n16(name.length)}${name}`);
const alpn = extension(16, `${n16(9)}\x08http/1.1`);
export const clientHello = `\x03\x03${'r'.repeat(32)}\0${n16(4)}\x13\x01\xc0\x2f\x01\0${n16(serverName.length + alpn.length)}${serverName}${alpn}`;
const serverHello = `\x03\x03${'s'.repeat(32)}\0\xc0\x2f\0${n16(4)}${extension(23, '')}`;

const attribute = (oid: string, text: string): string => der(0x31, der(0x30, der(6, unhex(oid)), der(0x13, text)));
const certificate = der(
  0x30,
  der(
    0x30,
    der(0xa0, der(2, '\x02')),
    der(2, '\x01\xab'),
    der(0x30, ''),
    der(0x30, attribute('550406', 'FR'), attribute('550403', 'Issuer')),
    der(0x30, der(0x17, '200101000000Z'), der(0x17, '300101000000Z')),
    der(0x30, attribute('55040a', 'Org'), attribute('550403', 'subject')),
    der(0x30, ''),
    der(0xa3, der(0x30, der(0x30, der(6, unhex('551d11')), der(4, der(0x30, der(0x82, 'alt.example')))))),
  ),
  der(0x30, ''),
  der(3, '\0'),
);
const certificates = `${n24(certificate.length + 3)}${n24(certificate.length)}${certificate}`;

export const TLS: Conversation = {
  port: 4433,
  steps: [
    [0, tlsRecord(22, message(1, clientHello))],
    [1, tlsRecord(22, message(2, serverHello) + message(11, certificates))],
    [0, tlsRecord(20, '\x01')],
  ],
};

const question = `\x03www\x07example\x03com\0${n16(1)}${n16(1)}`;
export const query = `${n16(7)}\x01\0${n16(1)}${n16(0)}${n16(0)}${n16(0)}${question}`;
export const reply = `${n16(7)}\x81\x80${n16(1)}${n16(1)}${n16(0)}${n16(0)}${question}\xc0\x0c${n16(5)}${n16(1)}${n32(9)}${n16(6)}\x03web\xc0\x10`;
export const DNS: Conversation = {
  transport: 'udp',
  port: 53,
  steps: [
    [0, query],
    [1, reply],
  ],
};
export const DNS_TCP: Conversation = {
  port: 53,
  steps: [
    [0, n16(query.length) + query],
    [1, n16(reply.length) + reply],
  ],
};

const sdp = 'v=0\r\no=me 1 1 IN IP4 10.0.0.1\r\ns=call\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n';
export const SIP: Conversation = {
  port: 5060,
  steps: [
    [
      0,
      `INVITE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP a\r\nFrom: <sip:a@x>\r\nc: application/sdp\r\nContent-Length: ${String(sdp.length)}\r\n\r\n${sdp}`,
    ],
    [1, 'SIP/2.0 100 Trying\r\nTo: <sip:b@x>\r\nContent-Length: 0\r\n\r\n'],
  ],
};

export const SMTP: Conversation = {
  port: 25,
  steps: [
    [1, '220 mail ESMTP\r\n'],
    [0, 'EHLO me\r\nMAIL FROM:<a@x> SIZE=9\r\nRCPT TO:<b@y>\r\nDATA\r\n'],
    [
      0,
      'From: A <a@x>\r\nSubject: one\r\n two\r\nContent-Type: multipart/mixed; boundary="bb"\r\n\r\n--bb\r\nContent-Type: text/plain\r\n\r\n' +
        'see http://u.example/p now\r\n--bb\r\nContent-Disposition: attachment; filename=f.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
        'aGVsbG8g\r\nd29ybGQ=\r\n--bb--\r\n.\r\nQUIT\r\n',
    ],
  ],
};

export const FTP: Conversation = {
  port: 21,
  steps: [
    [1, '220-hello\r\n220 ftp ready\r\n'],
    [0, 'USER me\r\n'],
    [1, '331 more\r\n'],
    [0, 'PASV\r\n'],
    [1, '227 Entering (10,0,0,1,4,1)\r\n'],
    [0, 'RETR f\r\n'],
    [1, '150 coming\r\n226 done\r\n'],
  ],
};

const list = (text: string): string => n32(text.length) + text;
const kex = `\x14${'c'.repeat(16)}${['k1,k2', 'host', 'e1', 'e2', 'm1', 'm2', 'c1', 'c2', '', ''].map(list).join('')}\0${n32(0)}`;
const packet = `${n32(kex.length + 5)}\x04${kex}pppp`;
export const SSH: Conversation = {
  port: 2222,
  steps: [
    [1, `SSH-2.0-OpenSSH_9.0 x\r\n${packet}`],
    [0, `SSH-2.0-client\r\n${packet}`],
  ],
};

const uuid = '\x78\x56\x34\x12\x34\x12\xcd\xab\xef\x00\x01\x23\x45\x67\xcf\xfb';
function fragment(type: number, flags: number, body: string): string {
  return `\x05\0${String.fromCharCode(type, flags)}\x10\0\0\0${le16(16 + body.length)}${le16(0)}${le32(1)}${body}`;
}
const limits = le16(4280) + le16(4280) + le32(0);
export const BIND = fragment(11, 3, `${limits}\x01\0\0\0${le16(0)}\x01\0${uuid}${le16(1)}${le16(0)}${'t'.repeat(20)}`);
export const BOUND = fragment(12, 3, `${limits}${le16(4)}135\0\0\0\x01\0\0\0${le16(0)}${le16(0)}${'t'.repeat(20)}`);
const call = (flags: number, stub: string): string =>
  fragment(0, flags, `${le32(stub.length)}${le16(0)}${le16(4)}${stub}`);
export const CALL = call(1, 'first ') + call(2, 'second');
export const RETURNED = fragment(2, 3, `${le32(4)}${le16(0)}\0\0back`);
export const DCERPC: Conversation = {
  port: 135,
  steps: [
    [0, BIND],
    [1, BOUND],
    [0, CALL],
    [1, RETURNED],
  ],
};

function smb2(command: number, answer: boolean, id: number, body: string): string {
  const head = `\xfeSMB${le16(64)}${le16(0)}${le32(0)}${le16(command)}${le16(1)}${le32(answer ? 1 : 0)}${le32(0)}${le32(id)}${le32(0)}`;
  const data = `${head}${le32(0)}${le32(5)}${le32(9)}${le32(0)}${'\0'.repeat(16)}${body}`;
  return `\0${n24(data.length)}${data}`;
}
const path = wide('\\\\server\\share');
const file = wide('bad.exe');
const fileId = 'FILEFILEFILEFILE';
const content = 'MZ content of a file';
export const SMB: Conversation = {
  port: 445,
  steps: [
    [0, smb2(3, false, 1, `${le16(9)}${le16(0)}${le16(72)}${le16(path.length)}${path}`)],
    [1, smb2(3, true, 1, `${le16(16)}\x01\0${'\0'.repeat(12)}`)],
    [0, smb2(5, false, 2, `${le16(57)}${'\0'.repeat(42)}${le16(120)}${le16(file.length)}${'\0'.repeat(8)}${file}`)],
    [1, smb2(5, true, 2, `${le16(89)}${'\0'.repeat(62)}${fileId}${'\0'.repeat(8)}`)],
    [
      0,
      smb2(
        9,
        false,
        3,
        `${le16(49)}${le16(112)}${le32(content.length)}${'\0'.repeat(8)}${fileId}${'\0'.repeat(16)}${content}`,
      ),
    ],
    [0, smb2(6, false, 4, `${le16(24)}${'\0'.repeat(6)}${fileId}`)],
    [1, smb2(6, true, 4, `${le16(60)}${'\0'.repeat(58)}`)],
  ],
};

const text = (value: string): string => n16(value.length) + value;
const mqttMessage = (head: number, body: string): string => `${String.fromCharCode(head, body.length)}${body}`;
export const MQTT: Conversation = {
  port: 1883,
  steps: [
    [0, mqttMessage(0x10, `${text('MQTT')}\x04\xc2${n16(60)}${text('me')}${text('user')}${text('secret')}`)],
    [1, mqttMessage(0x20, '\0\0')],
    [0, mqttMessage(0x82, `${n16(1)}${text('a/#')}\0`) + mqttMessage(0x30, `${text('a/b')}hello`)],
    [1, mqttMessage(0x40, n16(9))],
  ],
};

const enip = (command: number, body: string): string =>
  `${le16(command)}${le16(body.length)}${le32(1)}${le32(0)}${'\0'.repeat(8)}${le32(0)}${body}`;
const cip = '\x0e\x03\x20\x01\x24\x01\x30\x05';
export const ENIP: Conversation = {
  port: 44_818,
  steps: [
    [0, enip(0x6f, `${le32(0)}${le16(0)}${le16(2)}${le16(0)}${le16(0)}${le16(0xb2)}${le16(cip.length)}${cip}`)],
    [1, enip(0x6f, `${le32(0)}${le16(0)}${le16(2)}${le16(0)}${le16(0)}${le16(0xb2)}${le16(4)}\x8e\0\x05\0`)],
  ],
};

const principal = (...words: string[]): string =>
  der(0x30, der(0xa0, der(2, '\x01')), der(0xa1, der(0x30, ...words.map((word) => der(0x1b, word)))));
const asRequest = der(
  0x6a,
  der(
    0x30,
    der(0xa1, der(2, '\x05')),
    der(0xa2, der(2, '\x0a')),
    der(
      0xa4,
      der(0x30, der(0xa0, der(3, '\0\0\0\0\0')), der(0xa1, principal('user')), der(0xa3, principal('krbtgt', 'X'))),
    ),
  ),
);
const tgsReply = der(
  0x6d,
  der(
    0x30,
    der(0xa0, der(2, '\x05')),
    der(0xa1, der(2, '\x0d')),
    der(0xa4, principal('user')),
    der(
      0xa5,
      der(0x61, der(0x30, der(0xa2, principal('http', 'srv')), der(0xa3, der(0x30, der(0xa0, der(2, '\x17')))))),
    ),
  ),
);
export const KRB5: Conversation = {
  transport: 'udp',
  port: 88,
  steps: [
    [0, asRequest],
    [1, tgsReply],
  ],
};

export const SNMP: Conversation = {
  transport: 'udp',
  port: 161,
  steps: [
    [0, der(0x30, der(2, '\x01'), der(4, 'public'), der(0xa1, ''))],
    [
      0,
      der(
        0x30,
        der(2, '\x03'),
        der(0x30, ''),
        der(4, der(0x30, der(4, 'e'), der(2, '\0'), der(2, '\0'), der(4, 'admin'))),
        der(0x30, ''),
      ),
    ],
  ],
};

export const NTP: Conversation = {
  transport: 'udp',
  port: 123,
  steps: [
    [0, `\x23\0${'\0'.repeat(46)}`],
    [1, `\x24\x02${'\0'.repeat(10)}LOCL${'\0'.repeat(32)}`],
  ],
};

const ldap = (id: number, tag: number, ...parts: string[]): string =>
  der(0x30, der(2, String.fromCharCode(id)), der(tag, ...parts));
export const LDAP: Conversation = {
  port: 389,
  steps: [
    [0, ldap(1, 0x60, der(2, '\x03'), der(4, 'cn=me'), der(0x80, 'pw'))],
    [1, ldap(1, 0x61, der(10, '\x31'), der(4, ''), der(4, 'wrong'))],
    [0, ldap(2, 0x63, der(4, 'dc=x'), der(10, '\x02'))],
    [1, ldap(2, 0x64, der(4, 'cn=a,dc=x')) + ldap(2, 0x65, der(10, '\0'), der(4, ''), der(4, ''))],
  ],
};

export const WEBSOCKET: Conversation = {
  port: 80,
  steps: [
    [0, 'GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n'],
    [1, 'HTTP/1.1 101 ok\r\nUpgrade: websocket\r\n\r\n\x81\x02hi'],
    [0, '\x81\x83\x01\x02\x03\x04bdb'],
  ],
};

const field = (key: string, value: string): string =>
  `\0${String.fromCharCode(key.length)}${key}${String.fromCharCode(value.length)}${value}`;
const frame = (type: number, flags: number, stream: number, body: string): string =>
  `${n24(body.length)}${String.fromCharCode(type, flags)}${n32(stream)}${body}`;
export const HTTP2: Conversation = {
  port: 8443,
  steps: [
    [
      0,
      `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4, 0, 0, '')}` +
        frame(
          1,
          5,
          1,
          field(':method', 'GET') +
            field(':path', '/p?q') +
            field(':authority', 'H.example:1') +
            field('user-agent', 'ua'),
        ),
    ],
    [1, frame(4, 0, 0, '') + frame(1, 4, 1, field(':status', '200')) + frame(0, 1, 1, 'body')],
    [1, frame(7, 0, 0, n32(1) + n32(2))],
  ],
};

export const GOOGLE_QUIC: Conversation = {
  transport: 'udp',
  port: 443,
  steps: [
    [
      0,
      `\x09${'i'.repeat(8)}Q043\x01${'h'.repeat(12)}\xa0\x01\0\0CHLO${le16(2)}${le16(0)}SNI\0${le32(3)}VER\0${le32(7)}a.bQ043${'\0'.repeat(40)}`,
    ],
  ],
};

const ikePayload = (next: number, body: string): string =>
  `${String.fromCharCode(next)}\0${n16(body.length + 4)}${body}`;
const ikeBody = ikePayload(40, `${n16(2)}${n16(0)}${'k'.repeat(12)}`) + ikePayload(0, 'n'.repeat(16));
export const IKE: Conversation = {
  transport: 'udp',
  port: 500,
  steps: [[0, `initiatr${'\0'.repeat(8)}\x22\x20\x22\x08${n32(0)}${n32(28 + ikeBody.length)}${ikeBody}`]],
};

const startup = `${n32(0x30000)}user\0me\0\0`;
export const PGSQL: Conversation = {
  port: 5433,
  steps: [
    [0, `${n32(startup.length + 4)}${startup}`],
    [1, `R${n32(8)}${n32(0)}`],
    [0, `Q${n32(13)}select 1\0`],
  ],
};

const cookie = unhex('63825363');
const time = (option: number, seconds: number): string => `${String.fromCharCode(option)}\x04${n32(seconds)}`;
const bootp = (operation: string, options: string): string => `${operation}${'\0'.repeat(235)}${cookie}${options}\xff`;
export const DHCP: Conversation = {
  transport: 'udp',
  port: 67,
  steps: [
    [0, bootp('\x01', '\x35\x01\x01')],
    [1, bootp('\x02', `\0\x35\x01\x05${time(51, 3600)}${time(58, 1800)}${time(59, 3150)}`)],
  ],
};

const desktop = 'Desk of me';
/** With a password, by version 3.8. */
export const RFB: Conversation = {
  port: 5901,
  steps: [
    [1, 'RFB 003.008\n'],
    [0, 'RFB 003.008\n'],
    [1, '\x02\x01\x02'],
    [0, '\x02'],
    [1, 'c'.repeat(16)],
    [0, 'r'.repeat(16)],
    [1, n32(0)],
    [0, '\x01'],
    [1, `${n16(1024)}${n16(768)}${'p'.repeat(16)}${n32(desktop.length)}${desktop}`],
    [0, '\x03and so on'],
    [1, '\0and so on'],
  ],
};

export const SAMPLES: ReadonlyMap<string, Conversation> = new Map(
  Object.entries({
    HTTP,
    TLS,
    DNS,
    DNS_TCP,
    SIP,
    SMTP,
    FTP,
    SSH,
    DCERPC,
    SMB,
    MQTT,
    ENIP,
    KRB5,
    SNMP,
    NTP,
    LDAP,
    WEBSOCKET,
    HTTP2,
    GOOGLE_QUIC,
    IKE,
    PGSQL,
    DHCP,
    RFB,
  }),
);
