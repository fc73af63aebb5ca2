/** Conversations on ports that belong to other protocols, and what is merely on a port of its own choice. */
import { concat, u16 } from '../bytes.ts';
import { http, say, send, SSH_CLIENTS, sshOpen, sshPassword } from '../protocols/apps.ts';
import type { Host } from '../sim/hosts.ts';
import { SECOND } from '../sim/sim.ts';
import { connect, type Message } from '../sim/tcp.ts';
import { cast, insider, outsider, series, server, type Scenario, type Scene } from './context.ts';

/** A session that logs in and works for a while. */
function* sshSession(s: Scene, steps: number): Generator<Message, void> {
  yield* sshOpen(s.sim, SSH_CLIENTS[s.heldOut ? 'paramiko' : 'libssh2']!);
  yield* sshPassword(s.sim, true, 60);
  for (let i = 0; i < steps; i++) {
    yield send(0, s.sim.cipher(s.rng.int(36, 100)), s.rng.exp(400));
    yield send(1, s.sim.cipher(s.rng.int(80, 4000)), 20);
  }
}

/** A protocol of somebody's own: lengths, numbers and ciphertext. */
function* rawSession(s: Scene, steps: number): Generator<Message, void> {
  const framed = (size: number): Uint8Array => {
    const body = s.rng.bytes(size);
    return concat([0xc7, 0x1e], u16(size), body);
  };
  for (let i = 0; i < steps; i++) {
    yield say(0, framed(s.rng.int(20, 90)), s.rng.exp(2000));
    yield say(1, framed(s.rng.int(40, 900)), 30);
  }
}

function conversations(s: Scene, from: Host, to: Host, port: number, script: () => Generator<Message, void>): void {
  series(
    s,
    Math.max(1, Math.round(3 * s.intensity)),
    () => s.rng.exp(60) * SECOND,
    () => connect(s.sim, s.sim.now, from, to, port, { tag: s.tag, script: script() }),
  );
}

/** SSH out of the network over a port that every firewall lets through. */
export const sshPort: Scenario = (s) => {
  const [from, to] = [insider(s, 10), outsider(s, 'way-out')];
  const port = s.heldOut ? 53 : 443;
  cast(s, [from], [to], `SSH to port ${port} outside`);
  conversations(s, from, to, port, () => sshSession(s, 12));
};

/** Something nobody knows over the port of DNS, or of HTTPS. */
export const rawPort: Scenario = (s) => {
  const [from, to] = [insider(s, 11), outsider(s, 'raw')];
  const port = s.heldOut ? 443 : 53;
  cast(s, [from], [to], `an unknown protocol to port ${port} outside`);
  conversations(s, from, to, port, () => rawSession(s, 10));
};

/** SSH on 2222 and a web server on 8081 are nobody's secret; neither is plain HTTP that the port of HTTPS refuses. */
export const ownPorts: Scenario = (s) => {
  const from = insider(s, 10);
  const [inside, outside] = [server(s, 'nas', 'intranet'), outsider(s, 'hosting')];
  const page = (host: Host, status: string): Generator<Message, void> =>
    http(s.sim, {
      host: Array.from(host.ip4).join('.'),
      path: '/status',
      agent: 'curl/8.5.0',
      status,
      responseBody: 'see https\n',
    });
  cast(s, [from], [inside, outside], 'SSH on 2222, HTTP on 8081, HTTP refused on 443');
  series(
    s,
    Math.max(2, Math.round(4 * s.intensity)),
    () => s.rng.exp(20) * SECOND,
    () => {
      for (const to of [inside, outside]) {
        connect(s.sim, s.sim.now, from, to, 2222, { tag: s.tag, script: sshSession(s, 4) });
        connect(s.sim, s.sim.now, from, to, 8081, { tag: s.tag, script: page(to, '200 OK'), ending: 'server-fin' });
        connect(s.sim, s.sim.now, from, to, 443, {
          tag: s.tag,
          script: page(to, '400 Bad Request'),
          ending: 'server-fin',
        });
      }
    },
  );
};
