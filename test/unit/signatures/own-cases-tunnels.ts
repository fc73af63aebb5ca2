import { dns, echo, get, type OwnCase } from './own-made.ts';

const services: readonly (readonly [number, string])[] = [
  [1990420, 'ngrok.io'],
  [1990421, 'ngrok.com'],
  [1990422, 'ngrok-free.app'],
  [1990423, 'ngrok.app'],
  [1990424, 'trycloudflare.com'],
  [1990425, 'loca.lt'],
  [1990426, 'serveo.net'],
  [1990427, 'pinggy.io'],
  [1990428, 'pinggy.link'],
  [1990429, 'lhr.life'],
  [1990440, 'onion'],
  [1990441, 'onion.ws'],
  [1990442, 'onion.ly'],
  [1990443, 'onion.to'],
  [1990444, 'onion.pet'],
  [1990445, 'tor2web.org'],
];

export const TUNNEL_CASES: readonly OwnCase[] = [
  [1990400, dns('zi03aA-Aaahhh-Drink-mal-ein-Jaegermeister-.t.example.com', 10), dns('drink.example.com')],
  [1990401, dns('zi04aA-La-flute-naive-francaise-est-retire-.t.example.com', 10), dns('flute.example.com')],
  [1990402, dns('vaaaakardli.t.example.com', 10), dns('vaaaakardli.t.example.com', 16)],
  [1990403, dns('dnscat.147901b8d3df9cc46c59d600'), dns('dnscat.example.com')],
  [1990404, dns('abcd.=auth.t.example.com', 16), dns('auth.example.com', 16)],
  [1990405, dns('abcd.=connect.t.example.com', 16), dns('connect.example.com', 16)],
  [1990406, dns('KNJUQLJSFYYC2T3QMVXFGU2IL4.t.example.com'), dns('knjuq.example.com')],
  [1990410, echo('\xd5\x20\x08\x80' + '\0'.repeat(24)), echo('abcdefghijklmnopqrstuvwabcdefghi')],
  [1990411, echo('hanc\x01\0\0\0'), echo('hand in hand we go')],
  [1990412, echo(`${'\0'.repeat(28)}SSH-2.0-OpenSSH_9.6\r\n`), echo('SSH is what we use')],
  [
    1990415,
    get('/', { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'chisel-v3' }),
    get('/', { 'Sec-WebSocket-Protocol': 'chat' }),
  ],
  [1990416, get('/tunnel.aspx?cmd=connect&target=10.0.0.5&port=3389'), get('/tunnel.aspx?cmd=connect&to=a')],
  ...services.map(([sid, name]): OwnCase => [sid, dns(`abc.${name}`), dns(`abc.${name}.example.com`)]),
];
