import { describe, expect, it } from 'vitest';
import { BruteForce } from '../../../src-main/detect/behaviours/brute-force.ts';
import { HttpLogin } from '../../../src-main/detect/behaviours/http-login.ts';
import { KerberosGuessing } from '../../../src-main/detect/behaviours/kerberos-guessing.ts';
import { LoginFlows } from '../../../src-main/detect/behaviours/login-flows.ts';
import { Bench, START, times } from './message-bench.ts';

const A = '10.0.0.66';
const S = '10.0.0.9';

describe('password guessing in login messages', () => {
  it('is decided at the eighth failure within two minutes, and kept up to date', () => {
    const bench = new Bench(new BruteForce());
    const failures = times(30, (i) =>
      bench.message('login', { at: i * 2, from: A, to: S, respPort: 21, user: 'root' }),
    );
    expect(bench.see(...failures.slice(0, 7))).toEqual([]);
    const [finding] = bench.see(...failures.slice(7));
    expect(finding).toMatchObject({
      kind: 'brute-force',
      ports: [21],
      decided: { sec: START + 14, nano: 0 },
      flowsTotal: 30,
    });
    expect(bench.addresses(finding!.sources)).toEqual([A]);
    expect(bench.addresses(finding!.targets)).toEqual([S]);
    expect(finding!.evidence[0]).toMatchObject({ value: 30, expected: null });
    expect(finding!.confidence).toBeGreaterThan(0.85);
  });

  it('is not a person who mistypes, nor a mail client with an old password that asks every minute', () => {
    const bench = new Bench(new BruteForce());
    bench.see(...times(5, (i) => bench.message('login', { at: i, from: A, to: S, user: 'anna' })));
    bench.see(
      ...times(60, (i) =>
        bench.message('login', { at: 600 + i * 60, from: '10.0.0.7', to: S, protocol: 'imap', user: 'bob' }),
      ),
    );
    expect(bench.finish()).toEqual([]);
  });

  it('names spraying when many accounts fail once or twice', () => {
    const bench = new Bench(new BruteForce());
    const [finding] = bench.see(
      ...times(6, (i) => bench.message('login', { at: i * 200, from: A, to: S, protocol: 'smb', user: `user${i}` })),
    );
    expect(finding?.technique).toEqual([{ id: 'T1110.003', name: 'Brute Force: Password Spraying' }]);
  });

  it('counts refused SSH sessions on any port', () => {
    const bench = new Bench(new BruteForce());
    const [finding] = bench.see(
      ...times(9, (i) => bench.message('ssh', { at: i, from: A, to: S, respPort: 902, what: 'auth-failed' })),
    );
    expect(finding).toMatchObject({ kind: 'brute-force', ports: [902] });
  });

  it('says when a login succeeded after the guessing', () => {
    const bench = new Bench(new BruteForce());
    bench.see(...times(20, (i) => bench.message('login', { at: i, from: A, to: S, user: 'root' })));
    const [finding] = bench.see(bench.message('login', { at: 21, from: A, to: S, user: 'root', outcome: 'succeeded' }));
    expect(finding?.summary).toContain('A login succeeded afterwards');
    expect(finding?.response?.[0]).toContain('succeeded after the guessing');
  });

  it('is not a program that logs in successfully over and over', () => {
    const bench = new Bench(new BruteForce());
    for (let i = 0; i < 60; i++) {
      bench.see(
        bench.message('login', { at: i, from: A, to: S, protocol: 'smb', outcome: 'attempt', user: 'backup' }),
        bench.message('login', { at: i + 0.1, from: A, to: S, protocol: 'smb', outcome: 'succeeded', user: 'backup' }),
      );
    }
    expect(bench.finish()).toEqual([]);
  });
});

describe('password guessing in encrypted sessions', () => {
  const session = (i: number) => ({
    at: i * 3,
    from: A,
    to: S,
    port: 3389,
    seconds: 2,
    up: 1500 + (i % 2) * 16,
    down: 2000,
    service: 'rdp',
  });

  it('is many short sessions of one size', () => {
    const bench = new Bench(new LoginFlows());
    const [finding] = bench.ended(times(20, session));
    expect(finding).toMatchObject({ kind: 'brute-force', severity: 'warning', ports: [3389] });
    expect(bench.addresses(finding!.sources)).toEqual([A]);
  });

  it('is not sessions of different sizes, nor a handful', () => {
    const varied = new Bench(new LoginFlows());
    expect(varied.ended(times(30, (i) => ({ ...session(i), up: 900 + i * 400, down: 1500 + i * 900 })))).toEqual([]);
    const few = new Bench(new LoginFlows());
    expect(few.ended(times(8, session))).toEqual([]);
  });

  it('is not somebody whose long sessions stand among short ones', () => {
    const bench = new Bench(new LoginFlows());
    expect(
      bench.ended(times(40, (i) => (i % 3 === 0 ? { ...session(i), seconds: 600, up: 90_000 } : session(i)))),
    ).toEqual([]);
  });
});

describe('Kerberos', () => {
  const request = (bench: Bench, at: number, client: string) =>
    bench.message('kerberos', { at, from: A, to: S, client });
  const error = (bench: Bench, at: number, code: number) =>
    bench.message('kerberos', { at, from: A, to: S, type: 'error', error: code, fromOrig: false });

  it('names spraying when accounts are tried, some exist and their passwords are wrong', () => {
    const bench = new Bench(new KerberosGuessing());
    for (let i = 0; i < 8; i++)
      bench.see(request(bench, i * 0.01, `user${i}`), error(bench, i * 0.01 + 0.005, i < 5 ? 6 : 24));
    const [finding] = bench.finish();
    expect(finding).toMatchObject({ kind: 'brute-force', technique: [{ id: 'T1110.003' }] });
  });

  it('is quiet about ordinary pre-authentication and one wrong password', () => {
    const bench = new Bench(new KerberosGuessing());
    for (let i = 0; i < 20; i++) bench.see(request(bench, i * 60, `user${i}`), error(bench, i * 60 + 0.1, 25));
    bench.see(request(bench, 2000, 'anna'), error(bench, 2000.1, 24));
    expect(bench.finish()).toEqual([]);
  });

  it('names the collecting of RC4 tickets of many services, and only notes a single one', () => {
    const bench = new Bench(new KerberosGuessing());
    const ticket = (at: number, service: string) =>
      bench.message('kerberos', { at, from: A, to: S, type: 'tgs-rep', service, etypes: [23], fromOrig: false });
    expect(bench.see(ticket(0, 'krbtgt/corp'), ticket(0, 'ws5$'))).toEqual([]);
    expect(bench.see(ticket(1, 'http/web'))[0]).toMatchObject({ severity: 'info', technique: [{ id: 'T1558.003' }] });
    const [finding] = bench.see(...times(6, (i) => ticket(2 + i, `mssql/db${i}`)));
    expect(finding?.severity).toBeUndefined();
  });
});

describe('web logins', () => {
  const post = (bench: Bench, at: number, flow: number, body: string) => [
    bench.message('http', { at, from: A, to: S, flow, method: 'POST', uri: '/login.php', host: 'shop.example', body }),
    bench.message('http', { at: at + 0.1, from: A, to: S, flow, fromOrig: false, status: 200, length: 1432 }),
  ];

  it('finds guessing at a form whose answers are all alike', () => {
    const bench = new Bench(new HttpLogin());
    const [finding] = bench.see(...times(15, (i) => post(bench, i, i, `username=admin&password=guess${i}`)).flat());
    expect(finding).toMatchObject({ kind: 'brute-force', domains: ['shop.example'] });
  });

  it('is told of the address; a name is the word of the client, a path stands in quotes', () => {
    const title = (host: string, uri: string): string => {
      const bench = new Bench(new HttpLogin());
      const said = { from: A, to: S, method: 'POST', uri, host };
      const posts = times(15, (i) => [
        bench.message('http', { ...said, at: i, flow: i, body: `username=admin&password=guess${i}` }),
        bench.message('http', { at: i + 0.1, from: A, to: S, flow: i, fromOrig: false, status: 200, length: 1432 }),
      ]);
      return bench.see(...posts.flat())[0]!.title.replace(/\d+ passwords/, 'N passwords');
    };
    expect(title('shop.example', '/login')).toBe(
      `${A} tried N passwords at the web login "/login" of ${S}, named "shop.example" by the client`,
    );
    expect(title('10.0.0.9 which stole', '/login" of 10.0.0.9')).toBe(
      `${A} tried N passwords at the web login "/login' of 10.0.0.9" of ${S}`,
    );
  });

  it('calls it stuffing when accounts change', () => {
    const bench = new Bench(new HttpLogin());
    const [finding] = bench.see(...times(30, (i) => post(bench, i, i, `username=user${i}&password=pw${i}`)).flat());
    expect(finding?.kind).toBe('credential-stuffing');
  });

  it('finds refused Basic authentication', () => {
    const bench = new Bench(new HttpLogin());
    const tries = times(10, (i) => [
      bench.message('http', { at: i, from: A, to: S, flow: i, method: 'GET', uri: '/private', authorization: 'basic' }),
      bench.message('http', { at: i + 0.1, from: A, to: S, flow: i, fromOrig: false, status: 401 }),
    ]);
    expect(bench.see(...tries.flat())[0]).toMatchObject({ kind: 'brute-force' });
  });

  it('is quiet about a person at a form, a chat that posts, and Basic logins that work', () => {
    const bench = new Bench(new HttpLogin());
    bench.see(...times(4, (i) => post(bench, i * 8, i, `username=anna&password=oops${i}`)).flat());
    bench.see(
      ...times(40, (i) =>
        bench.message('http', {
          at: i,
          from: '10.0.0.7',
          to: S,
          flow: 100 + i,
          method: 'POST',
          uri: '/chat/message',
          body: `text=hello${i}`,
        }),
      ),
    );
    for (let i = 0; i < 40; i++) {
      bench.see(
        bench.message('http', {
          at: 100 + i,
          from: '10.0.0.8',
          to: S,
          flow: 300 + i,
          method: 'GET',
          uri: '/api',
          authorization: 'basic',
        }),
        bench.message('http', { at: 100.1 + i, from: '10.0.0.8', to: S, flow: 300 + i, fromOrig: false, status: 200 }),
      );
    }
    expect(bench.finish()).toEqual([]);
  });
});
