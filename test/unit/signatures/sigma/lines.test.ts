import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeNetworkView } from '../../../../src-main/detect/incidents/network.ts';
import type { LogEvent } from '../../../../src-main/detect/signatures/sigma/event.ts';
import { LOGS, type KindId } from '../../../../src-main/detect/signatures/sigma/kinds.ts';
import { LogDesk } from '../../../../src-main/detect/signatures/sigma/records/desk.ts';
import { Sigma } from '../../../../src-main/detect/signatures/sigma/sigma.ts';
import { NO_DEVICES } from '../../../../src-main/detect/devices/none.ts';
import type { BehaviourContext } from '../../../../src-main/detect/types.ts';
import type { DcerpcMessage, HttpMessage, SmbMessage } from '../../../../src-main/meter/protocols/types.ts';
import { ZEEK_LOGS } from '../../../../src-main/keep/exports/zeek/logs.ts';
import { triage } from '../../../../src-main/run/pipeline/triage.ts';
import { BEGIN, Bench, ruleText } from './made.ts';

const SLOW = 180_000;
const SAMPLE = join(import.meta.dirname, '..', '..', '..', '..', 'resources', 'sample', 'office-hour.pcapng.gz');

/** A rule for each log, over what the generated office does. */
const RULES: Record<Exclude<KindId, 'dce_rpc'>, string> = {
  conn: 's:\n  service: ssh\n  id.orig_h|cidr: 78.0.0.0/8\n  conn_state: SF\n  local_resp: true\ncondition: s',
  dns: 's:\n  query|endswith: .metric-sync.info\n  qtype_name: [TXT, CNAME, "NULL"]\ncondition: s',
  http: 's:\n  method: GET\n  uri|endswith: .webp\n  status_code: 200\n  user_agent|contains: Chrome/\ncondition: s',
  ssl: 's:\n  server_name: cdn-telemetry-check.xyz\n  established: true\ncondition: s',
  x509: 's:\n  certificate.subject: CN=localhost\n  certificate.issuer: CN=localhost\ncondition: s',
  files: 's:\n  source: HTTP\n  mime_type: image/webp\ncondition: s',
  ssh: 's:\n  auth_success: false\n  client|contains: libssh2\ncondition: s',
  rdp: 's:\n  cookie: admin\n  security_protocol: HYBRID\ncondition: s',
  ftp: 's:\n  user: jmeyer\n  command: RETR\n  arg|endswith: .pdf\ncondition: s',
  kerberos: 's:\n  request_type: TGS\n  service|startswith: ldap/\n  cipher|startswith: aes256\ncondition: s',
  ntlm: 's:\n  domainname|startswith: CONTOSO\n  success: true\ncondition: s',
  smb_files: 's:\n  name|endswith: .docx\n  action: "SMB::FILE_OPEN"\ncondition: s',
  smb_mapping: 's:\n  path|endswith: \\SYSVOL\n  share_type: DISK\ncondition: s',
};

describe('the lines that rules look at', () => {
  const lines: LogEvent[] = [];
  let counts = new Map<string, number>();
  const zeek = new Map<string, string>();

  beforeAll(async () => {
    const desk = new LogDesk(new Set(LOGS.map(({ id }) => id)), true, (event) => lines.push(event));
    const texts = Object.entries(RULES).map(([kind, detection]) => {
      return { file: kind, text: ruleText(kind, detection, `level: low`).replace('A rule', kind) };
    });
    let context: BehaviourContext | undefined;
    const result = await triage({
      files: [SAMPLE],
      seed: 1,
      threads: 1,
      sigma: Sigma.of(texts),
      onObservations: (seen, hosts) => {
        const none = (): void => {};
        const names = { lookups: 0, lookedUp: () => '', nameOf: () => '' };
        const network = makeNetworkView(hosts);
        context ??= { hosts, network, devices: NO_DEVICES, names, report: none, withdraw: none };
        desk.observe(seen, context);
      },
    });
    desk.finish(context!);
    expect(result.report.rules).toEqual({ loaded: texts.length, refused: [] });
    counts = new Map(result.report.signatures.map(({ message, count }) => [message, count]));
    const conn = ZEEK_LOGS.find(({ path }) => path === 'conn')!;
    for (const { batch } of result.flows())
      for (let row = 0; row < batch.count; row++)
        zeek.set(connKey(conn.line(batch, row).split('\t')), conn.line(batch, row));
    result.close();
  }, SLOW);

  function connKey(cells: readonly string[]): string {
    return cells[0]! + cells.slice(2, 7).join(' ');
  }

  it.each(Object.keys(RULES))('of %s are there in generated traffic', (kind) => {
    expect(counts.get(kind) ?? 0).toBeGreaterThan(0);
  });

  it('have a cell for each of their fields', () => {
    for (const { kind, cells } of lines) expect(cells).toHaveLength(kind.fields.length);
    const seen = new Set(lines.map(({ kind }) => kind.id));
    expect([...Object.keys(RULES)].filter((kind) => !seen.has(kind as KindId))).toEqual([]);
  });

  it('of conn say what conn.log says', () => {
    const conn = ZEEK_LOGS.find(({ path }) => path === 'conn')!;
    const shared = [
      'id.orig_h',
      'id.orig_p',
      'id.resp_h',
      'id.resp_p',
      'proto',
      'orig_bytes',
      'resp_bytes',
      'conn_state',
    ];
    shared.push(
      'missed_bytes',
      'history',
      'orig_pkts',
      'orig_ip_bytes',
      'resp_pkts',
      'resp_ip_bytes',
      'ip_proto',
      'vlan',
    );
    const columns = conn.columns.map(({ name }) => name);
    const told = lines.filter(({ kind }) => kind.id === 'conn');
    const written = [...zeek.values()].map((line) => line.split('\t'));
    expect(told).toHaveLength(written.length);
    const rows = (cellsOf: (name: string) => string[]): string[] => {
      const all = shared.map(cellsOf);
      return all[0]!.map((_, i) => all.map((cells) => cells[i]).join(' ')).sort();
    };
    const ours = rows((name) => told.map((event) => event.texts(event.kind.field(name)!)[0] ?? '-'));
    const theirs = rows((name) => written.map((cells) => cells[columns.indexOf(name)]!));
    expect(ours).toEqual(theirs);
  });
});

describe('lines made of messages', () => {
  const head = { sec: BEGIN, nano: 0, flow: 1, orig: 1, resp: 2, respPort: 445, fromOrig: true };

  function told(service: string, selection: string, ...messages: Parameters<Bench['hear']>): number {
    const bench = new Bench(ruleText(service, `s:\n  ${selection}\ncondition: s`));
    return bench.hear(...messages).done().report.signatures[0]?.count ?? 0;
  }

  it('of remote procedures name operations as specifications do, and without their prefix', () => {
    const call: DcerpcMessage = {
      ...head,
      kind: 'dcerpc',
      what: 'call',
      interface: '367abb81-9844-35f1-ad32-98f038001003',
      operation: 12,
      size: 10,
      encrypted: false,
      transport: 'svcctl',
      object: false,
      detail: '',
    };
    expect(told('dce_rpc', 'operation: CreateServiceW\n  endpoint: svcctl', call)).toBe(1);
    expect(told('dce_rpc', 'operation: RCreateServiceW\n  named_pipe: svcctl', call)).toBe(1);
    expect(told('dce_rpc', 'operation: CreateServiceA', call)).toBe(0);
    const drs = {
      ...call,
      interface: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2',
      operation: 3,
      transport: 'tcp',
      respPort: 49_152,
    };
    expect(told('dce_rpc', 'operation: DRSGetNCChanges\n  named_pipe: "49152"', drs)).toBe(1);
    expect(told('dce_rpc', 'operation: unknown-99', { ...drs, operation: 99 })).toBe(1);
    expect(told('dce_rpc', 'endpoint: drsuapi', { ...drs, what: 'bind' })).toBe(0);
  });

  it('of files leave out what was refused, and tell pipes from files', () => {
    const open: SmbMessage = {
      ...head,
      kind: 'smb',
      dialect: '3.1.1',
      command: 'create',
      status: 0,
      path: 'x.exe',
      share: '\\\\s\\C$',
    };
    expect(told('smb_files', 'path|endswith: \\C$\n  name|endswith: .exe', open)).toBe(1);
    expect(told('smb_files', 'name|endswith: .exe', { ...open, status: 0xc0000022 })).toBe(0);
    expect(told('smb_files', 'action: "SMB::PIPE_OPEN"', { ...open, path: 'svcctl', share: '\\\\s\\IPC$' })).toBe(1);
    expect(
      told('smb_mapping', 'share_type: PIPE', { ...open, command: 'tree-connect', path: '\\\\s\\IPC$', share: '' }),
    ).toBe(1);
  });

  const request: HttpMessage = {
    ...head,
    kind: 'http',
    method: 'POST',
    host: 'h.example:8080',
    uri: '/a/b.php?x=1',
    agent: 'u',
    status: 0,
    length: 5,
    contentType: 'text/plain',
    authorization: '',
    body: 'hello',
  };
  const answer = {
    ...request,
    fromOrig: false,
    method: '',
    host: '',
    uri: '',
    agent: '',
    status: 404,
    length: 7,
    contentType: 'Text/HTML; charset=x',
  };

  it('of HTTP join requests with their answers in order', () => {
    const selection = 'uri: /a/b.php?x=1\n  status_code: 404\n  request_body_len: 5\n  resp_mime_types: text/html';
    expect(told('http', selection, request, { ...answer, status: 100 }, answer)).toBe(1);
    expect(told('http', 'status_code|exists: false', request)).toBe(1);
    expect(
      told('http', 'uri: /2\n  status_code: 500', request, { ...request, uri: '/2' }, answer, {
        ...answer,
        status: 500,
      }),
    ).toBe(1);
    expect(told('http', 'uri_query: x=1\n  uri_extension: php\n  uri_path: /a/b.php', request, answer)).toBe(1);
    expect(told('http', 'url: http://h.example:8080/a/b.php?x=1', request, answer)).toBe(1);
    expect(told('files', 'total_bytes: 7\n  tx_hosts: 203.0.113.5\n  rx_hosts: 192.168.1.10', request, answer)).toBe(1);
    expect(told('http', 'uri|exists: true', ...Array.from({ length: 200 }, () => request))).toBe(200);
  });

  it('are told when their flow ends', () => {
    const bench = new Bench(ruleText('http', 's:\n  method: POST\ncondition: s'));
    expect(bench.hear(request).match.report().signatures).toEqual([]);
    expect(bench.end(1).match.report().signatures).toMatchObject([{ count: 1 }]);
  });
});
