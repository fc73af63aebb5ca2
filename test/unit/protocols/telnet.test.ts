import { describe, expect, it } from 'vitest';
import { FlowContext } from '../../../src-main/meter/protocols/context.ts';
import { Expected } from '../../../src-main/meter/protocols/expected.ts';
import { telnet } from '../../../src-main/meter/protocols/inspectors/telnet.ts';
import type { LoginMessage, ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';

/** Plays lines: '<' from the server, '>' from the client. */
function play(...lines: string[]): Pick<LoginMessage, 'outcome' | 'user' | 'cleartext'>[] {
  const flow = new FlowContext();
  flow.reset(new Expected());
  const messages: ProtocolMessage[] = [];
  flow.begin(messages);
  const session = telnet.open!(flow);
  for (const line of lines) {
    const data = Uint8Array.from(line.slice(1), (c) => c.charCodeAt(0));
    session.read!(flow, line.startsWith('>'), data, 0, data.length);
  }
  return messages
    .filter((m) => m.kind === 'login')
    .map(({ outcome, user, cleartext }) => ({ outcome, user, cleartext }));
}

describe('telnet logins', () => {
  it('are read letter by letter, with what the server says to them', () => {
    expect(
      play(
        '<\xff\xfd\x18\r\nhost login: ',
        '>j',
        '<j',
        '>o',
        '<o',
        '>\r\n',
        '<\r\nPassword: ',
        '>secret',
        '>\r\n',
        '<\r\nLogin incorrect\r\nhost login: ',
      ),
    ).toEqual([
      { outcome: 'attempt', user: 'jo', cleartext: true },
      { outcome: 'failed', user: 'jo', cleartext: false },
    ]);
  });

  it('are read where account and password are sent at once, before the password is asked for', () => {
    const tried = ['>root\r\npw1\r\n', '<root\r\nPassword: \r\nLogin incorrect\r\nlogin: '];
    expect(play('<login: ', ...tried, ...tried)).toEqual(
      [1, 2].flatMap(() => [
        { outcome: 'attempt', user: 'root', cleartext: true },
        { outcome: 'failed', user: 'root', cleartext: false },
      ]),
    );
  });

  it('are read whatever the client sends before', () => {
    const padding = Array.from({ length: 40 }, () => `>${'\x15'.repeat(1000)}`);
    const tried = ['<login: ', '>root\r\n', '<Password: ', '>x\r\n', '<Login incorrect\r\n'];
    expect(play(...padding, ...tried).map(({ outcome }) => outcome)).toEqual(['attempt', 'failed']);
  });

  it('succeed when a prompt follows', () => {
    expect(play('<Username: ', '>root\r\n', '<Password:', '>x\r\n', '<\r\n# ').map((m) => m.outcome)).toEqual([
      'attempt',
      'succeeded',
    ]);
  });

  it('count each try of a connection, and never hold the password', () => {
    const tries = ['<login: ', '>admin\r\n', '<Password: ', '>hunter2\r\n', '<\r\nLogin incorrect\r\n'];
    const said = play(...tries, ...tries, ...tries);
    expect(said.filter((m) => m.outcome === 'failed')).toHaveLength(3);
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  it('survive negotiation cut anywhere', () => {
    expect(play('<\xff', '<\xff\xfa\x18\x01', '<\xff\xfb', '>\xff')).toEqual([]);
  });
});
