/** At the far end of the cable of live-latency.ts, until it is ended: logins at an SSH port, or questions of a tunnel. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Length, padding, number of the message, padding. */
const NEW_KEYS = Buffer.from([0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

const [, , what = '', address = ''] = process.argv;

/** What a client of OpenSSH's shows: banner, new keys, its request for the service, one password, and away. */
function login(): void {
  const socket = connect({ host: address, port: 22, noDelay: true });
  socket.on('error', () => undefined);
  const says = [
    () => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
    () => {
      socket.write(NEW_KEYS);
      // In a segment of its own, as it is after a key exchange.
      setTimeout(() => socket.write(Buffer.alloc(52, 3)), 20);
    },
    () => socket.write(Buffer.alloc(148, 4)),
    () => socket.end(),
  ];
  socket.on('data', () => says.shift()?.());
}

/** A TXT question for a name that carries data. */
function question(id: number): Buffer {
  const data = createHash('sha256').update(String(id)).digest('hex');
  const labels = [data.slice(0, 40), data.slice(40), 't', 'example', 'net'];
  const name = Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, 16, 0, 1]),
  ]);
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, name]);
}

if (what === 'ssh') {
  for (;;) {
    login();
    await wait(200);
  }
}
const socket = createSocket('udp4');
for (let id = 1; ; id = (id + 1) & 0xffff) {
  socket.send(question(id), 53, address);
  await wait(50);
}
