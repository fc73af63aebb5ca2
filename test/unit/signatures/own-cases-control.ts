import { agent, answered, certified, cookie, get, opened, post, tcp, type OwnCase } from './own-made.ts';

/** Addresses whose four letters sum up to what the stagers ask for, and one beside it. */
const STAGE32 = 'aZ7d';
const stager = {
  'User-Agent': 'Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1)',
  Connection: 'Keep-Alive',
  'Cache-Control': 'no-cache',
};
const browsing = { ...stager, 'Accept-Language': 'en', Referer: 'http://www.example.com/' };
const sum = (text: string): number => Buffer.from(text, 'latin1').reduce((all, code) => all + code, 0);
/** A name of four letters with this sum that begins as `text`. */
const named = (text: string, wanted: number): string => text + String.fromCharCode(wanted - sum(text));
const block = `${'A1b+'.repeat(42)}A1b=`;
const merlin =
  'Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/40.0.2214.85 Safari/537.36';
const merlinHeads = { 'User-Agent': merlin, 'Content-Type': 'application/octet-stream; charset=utf-8' };
const empire = { 'User-Agent': 'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko' };
const loader32 = '\x4d\x5a\xe8\0\0\0\0\x5b\x52\x45\x55\x89\xe5\x81\xc3';
const loader64 = 'MZARUH\x89\xe5\x48\x81\xec\x20\0\0\0';
const program = `MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0`;
const windows =
  'Microsoft Windows [Version 10.0.19045.1]\r\n(c) Microsoft Corporation. All rights reserved.\r\n\r\nC:\\>';

export const CONTROL_CASES: readonly OwnCase[] = [
  [1990300, get(`/${named(STAGE32.slice(0, 3), 348)}`, stager), get(`/${named(STAGE32.slice(0, 3), 350)}`, stager)],
  [1990300, get(`/${named('zZ9', 348)}`, stager), get(`/${named('zZ9', 348)}`, browsing)],
  [1990301, get(`/${named('xY7', 349)}`, stager), get(`/${named('xY7', 348)}`, stager)],
  [1990302, cookie(block), cookie(`id=${block.slice(3)}`)],
  [
    1990303,
    post('data', { 'Content-Type': 'application/octet-stream' }, '/submit.php?id=12345'),
    post('a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, '/submit.php?id=12345'),
  ],
  [1990304, certified('01ab', 'Major Cobalt Strike'), certified('01ab', 'cobalt.example.com')],
  [1990305, certified('08bb00ee', 'localhost'), certified('08bb00ef', 'localhost')],
  [1990306, opened('msagent_a1'), opened('msagent_service')],
  [1990307, opened('postex_ab12'), opened('postexecute')],
  [1990308, opened('MSSE-1234-server'), opened('MSSE-server')],
  [
    1990310,
    agent('Mozilla/4.0 (compatible; MSIE 6.1; Windows NT)'),
    agent('Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)'),
  ],
  [1990311, tcp(4444, '', `\0\0\x03\0${loader32}`), tcp(4444, '', `\0\0\x03\0${program}`)],
  [1990312, tcp(4444, '', `\0\0\x03\0${loader64}`), tcp(4444, '', `${program}${loader64}`)],
  [1990313, answered(`${loader32}${'x'.repeat(40)}`), answered(program)],
  [1990314, answered(`${loader64}${'x'.repeat(40)}`), answered(`${program}${loader64}`)],
  [
    1990315,
    answered("/*<?php /**/ error_reporting(0); $ip = '198.51.100.7'; $port = 4444;"),
    answered('<?php error_reporting(0); $name = 1; $port = 4444;'),
  ],
  [
    1990320,
    post('x'.repeat(40), { ...merlinHeads, Authorization: 'Bearer abc' }, '/'),
    post('x', { ...merlinHeads }, '/'),
  ],
  [1990321, http2(merlin), http2('curl/8.5.0')],
  [
    1990322,
    get('/login/process.php', { ...empire, Cookie: 'session=abcdefghijklmnopqrstuvwxyz0=' }),
    get('/news.php', { ...empire, Cookie: 'lang=en; session=1' }),
  ],
  [1990323, cookie('ASPSESSIONID=a1b2; SESSIONID=1552332971750'), cookie('SESSIONID=1552332971751')],
  [
    1990330,
    tcp(4444, 'bash: cannot set terminal process group (812): Inappropriate ioctl for device\n'),
    tcp(4444, 'usage: bash: cannot set terminal process group (812)'),
  ],
  [
    1990331,
    tcp(4444, 'bash: no job control in this shell\n'),
    tcp(4444, 'a note on: bash: no job control in this shell'),
  ],
  [1990332, tcp(4444, windows), tcp(4444, 'We sell Microsoft Windows [Version 10] by Microsoft Corporation')],
  [1990333, tcp(4444, '', windows), tcp(23, '', windows)],
  [1990334, tcp(4444, 'Windows PowerShell running as user ada on PC1\n'), tcp(4444, 'Windows PowerShell\nCopyright')],
  [
    1990335,
    get('/tools/a.ps1', {
      'User-Agent': 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1',
    }),
    get('/api/v2', { 'User-Agent': 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1' }),
  ],
  [
    1990340,
    tcp(3333, '{"id":1,"method":"mining.subscribe","params":[]}\n'),
    tcp(3333, '{"id":1,"method":"subscribe","params":["mining"]}\n'),
  ],
  [
    1990341,
    tcp(3333, '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x","agent":"XMRig/6.21"}}\n'),
    tcp(3333, '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"ada","agent":"App/1"}}\n'),
  ],
];

/** A request over HTTP/2 in clear: literal headers of RFC 7541 without compression. */
function http2(userAgent: string): Uint8Array[] {
  const text = (value: string): string => String.fromCharCode(value.length) + value;
  const literal = (name: string, value: string): string => `\0${text(name)}${text(value)}`;
  const block64 = [
    literal(':method', 'POST'),
    literal(':path', '/'),
    literal(':scheme', 'http'),
    literal(':authority', 'h'),
    literal('user-agent', userAgent),
  ].join('');
  const frameOf = (type: number, flags: number, stream: number, body: string): string =>
    `\0${String.fromCharCode(body.length >> 8, body.length & 255, type, flags)}\0\0\0${String.fromCharCode(stream)}${body}`;
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  return tcp(80, preface + frameOf(4, 0, 0, '') + frameOf(1, 5, 1, block64), frameOf(4, 0, 0, ''));
}
