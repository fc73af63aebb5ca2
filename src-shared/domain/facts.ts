/**
 * What is learned of a flow beyond its counts: facts, each a name ("tls.sni") and a text. Here are their words for people,
 * by protocol. A name that is not listed is shown as it is.
 */

/** Between the values of a fact that has several. */
export const SEPARATOR = ' | ';

interface FactGroup {
  readonly title: string;
  /** What the fact says, by the part of its name behind the first dot ('' where there is none). */
  readonly facts: Readonly<Record<string, string>>;
}

/** By the part of the name before the first dot. In the order in which the desk shows them. */
export const FACT_GROUPS: Readonly<Record<string, FactGroup>> = {
  clear: { title: 'Secrets in the clear', facts: { '': 'Crossed the wire readable' } },
  service: { title: 'Service', facts: { '': 'Belongs to' } },
  ads: { title: 'ADS', facts: { target: 'Addressed device' } },
  amqp: {
    title: 'AMQP',
    facts: {
      version: 'Version',
      server: 'Server',
      client: 'Client',
      host: 'Virtual host',
      closed: 'Closed because',
    },
  },
  bacnet: { title: 'BACnet', facts: { service: 'Services', change: 'Writes and orders', device: 'Device instances' } },
  bgp: { title: 'BGP', facts: { as: 'Autonomous system', id: 'Router' } },
  bitcoin: { title: 'Bitcoin', facts: { command: 'Message' } },
  bittorrent: {
    title: 'BitTorrent',
    facts: { hash: 'Torrent (info hash)', client: 'Client', peer: 'Client of the peer', query: 'Asked for' },
  },
  cip: { title: 'CIP', facts: { service: 'Services', change: 'Writes and orders' } },
  clickhouse: { title: 'ClickHouse', facts: { client: 'Client', server: 'Server' } },
  coap: {
    title: 'CoAP',
    facts: { method: 'Methods', host: 'Host', path: 'Resources', answer: 'Answers' },
  },
  collectd: { title: 'collectd', facts: { host: 'Host' } },
  dcerpc: {
    title: 'Remote procedure calls',
    facts: {
      interface: 'Interfaces',
      operation: 'Operations',
      encrypted: 'Encrypted',
      untold: 'Not told one by one',
    },
  },
  dhcp: {
    title: 'DHCP',
    facts: {
      message: 'Messages',
      client: 'Card of the client',
      hostname: 'Name of the client',
      vendor: 'Kind of client',
      fingerprint: 'What the client asks for',
      address: 'Address given',
      server: 'Server',
    },
  },
  diameter: { title: 'Diameter', facts: { command: 'Command', host: 'Host' } },
  dicom: { title: 'DICOM', facts: { called: 'Called application', calling: 'Calling application' } },
  dnp3: {
    title: 'DNP3',
    facts: {
      master: 'Address of the master',
      outstation: 'Address of the outstation',
      function: 'Functions',
      change: 'Writes, operations and restarts',
    },
  },
  dns: {
    title: 'DNS',
    facts: {
      query: 'Asked for',
      rcode: 'Answer',
      addresses: 'Addresses',
      names: 'Names',
      more: 'Also asked for',
      announced: 'Announced',
      encrypted: 'Encrypted resolver',
    },
  },
  doip: { title: 'DoIP', facts: { message: 'Message' } },
  elasticsearch: { title: 'Elasticsearch', facts: { version: 'Version' } },
  enip: {
    title: 'EtherNet/IP',
    facts: { command: 'Commands', product: 'Product', revision: 'Revision', vendor: 'Vendor number' },
  },
  fox: { title: 'Niagara Fox', facts: { host: 'Host', version: 'Version' } },
  ftp: {
    title: 'FTP',
    facts: {
      banner: 'Greeting',
      user: 'User',
      'login.succeeded': 'Logged in',
      'login.failed': 'Refused',
      retrieved: 'File fetched',
      stored: 'File stored',
    },
  },
  game: { title: 'Games', facts: { service: 'Carried by' } },
  git: { title: 'Git', facts: { service: 'Service', repository: 'Repository', host: 'Host' } },
  http: {
    title: 'HTTP',
    facts: {
      version: 'Version',
      method: 'Method',
      host: 'Host',
      uri: 'Target',
      agent: 'User agent',
      use: 'Used for',
      authorization: 'Proves itself by',
      status: 'Status',
      server: 'Server software',
      type: 'Content type',
    },
  },
  ike: { title: 'IKE', facts: { version: 'Version', exchange: 'Exchanges', vendor: 'Makers and extensions' } },
  imap: {
    title: 'IMAP',
    facts: { server: 'Greeting', user: 'User', 'login.succeeded': 'Logged in', 'login.failed': 'Refused' },
  },
  irc: { title: 'IRC', facts: { nick: 'Nickname', user: 'User', channel: 'Channels' } },
  iscsi: {
    title: 'iSCSI',
    facts: { initiator: 'Initiator', target: 'Target', initiatorname: 'Initiator', targetname: 'Target' },
  },
  kafka: { title: 'Kafka', facts: { client: 'Client' } },
  kerberos: {
    title: 'Kerberos',
    facts: { message: 'Messages', client: 'Client', service: 'Services', error: 'Errors' },
  },
  ldap: {
    title: 'LDAP',
    facts: {
      operation: 'Operations',
      bind: 'Logs in as',
      mechanism: 'Mechanism',
      result: 'Outcome of the login',
      search: 'Searched below',
      modify: 'Changed',
      add: 'Added',
      delete: 'Deleted',
      rename: 'Renamed',
      compare: 'Compared',
    },
  },
  memcached: { title: 'Memcached', facts: { command: 'Commands', version: 'Version' } },
  mikrotik: {
    title: 'MikroTik discovery',
    facts: { identity: 'Name', version: 'Version', platform: 'Platform', board: 'Board', mac: 'Card' },
  },
  minecraft: { title: 'Minecraft', facts: { host: 'Host asked for' } },
  mining: { title: 'Mining', facts: { agent: 'Client' } },
  modbus: {
    title: 'Modbus',
    facts: {
      unit: 'Units',
      function: 'Functions',
      change: 'Writes and orders',
      exception: 'Exceptions',
      device: 'Device says it is',
    },
  },
  mongodb: {
    title: 'MongoDB',
    facts: {
      command: 'Commands',
      database: 'Databases',
      collection: 'Collections',
      user: 'User',
      driver: 'Driver',
      version: 'Version',
      error: 'Errors',
    },
  },
  mqtt: {
    title: 'MQTT',
    facts: {
      version: 'Version',
      client: 'Client id',
      user: 'User',
      credentials: 'Sends in the clear',
      result: 'Outcome',
      published: 'Topics written',
      subscribed: 'Topics read',
      will: 'Topic of its last will',
    },
  },
  mysql: {
    title: 'MySQL',
    facts: {
      server: 'Server version',
      user: 'User',
      database: 'Database',
      authentication: 'Proves itself by',
      result: 'Outcome',
    },
  },
  nats: { title: 'NATS', facts: { version: 'Version', client: 'Version of the client', user: 'User' } },
  netbios: { title: 'NetBIOS', facts: { name: 'Name of the sender' } },
  netflow: { title: 'NetFlow', facts: { version: 'Version' } },
  nntp: { title: 'NNTP', facts: { server: 'Greeting', user: 'User' } },
  ntlm: {
    title: 'NTLM',
    facts: {
      user: 'User',
      workstation: 'Workstation',
      target: 'Target',
      server: 'Server',
      'server.dns': 'Server, full name',
      domain: 'Domain',
      'domain.dns': 'Domain, full name',
      forest: 'Forest',
      version: 'Windows version',
    },
  },
  ntp: { title: 'NTP', facts: { version: 'Version', mode: 'Modes', stratum: 'Stratum' } },
  nx: { title: 'NX', facts: { version: 'Version' } },
  opcua: { title: 'OPC UA', facts: { endpoint: 'Endpoint', security: 'Security policy', error: 'Error' } },
  openvpn: { title: 'OpenVPN', facts: { message: 'Messages', protection: 'Protection of the control channel' } },
  oracle: {
    title: 'Oracle',
    facts: { service: 'Service', user: 'User of the client', program: 'Program', client: 'Client host' },
  },
  pop3: {
    title: 'POP3',
    facts: { server: 'Greeting', user: 'User', 'login.succeeded': 'Logged in', 'login.failed': 'Refused' },
  },
  postgresql: {
    title: 'PostgreSQL',
    facts: {
      server: 'Server version',
      user: 'User',
      database: 'Database',
      client: 'Client',
      authentication: 'Proves itself by',
      result: 'Outcome',
    },
  },
  pptp: { title: 'PPTP', facts: { vendor: 'Vendor' } },
  proxy: { title: 'PROXY protocol', facts: { line: 'Real ends' } },
  quic: { title: 'QUIC', facts: { version: 'Version' } },
  radius: {
    title: 'RADIUS',
    facts: {
      message: 'Messages',
      user: 'User',
      proof: 'Proves itself by',
      nas: 'Access server',
      'nas.address': 'Address of the access server',
      calling: 'Caller',
      called: 'Called',
      address: 'Address given',
      reply: 'Answer',
    },
  },
  raft: { title: 'Raft', facts: { address: 'Address' } },
  rdp: {
    title: 'RDP',
    facts: {
      cookie: 'Cookie (user)',
      client: 'Name of the client',
      build: 'Build of the client',
      offered: 'Security offered',
      security: 'Security chosen',
      refused: 'Refused because',
    },
  },
  redis: {
    title: 'Redis',
    facts: {
      command: 'Commands',
      order: 'Commands that may erase, run code or change the server',
      database: 'Databases',
      version: 'Version',
      refused: 'Refusals',
    },
  },
  rlogin: { title: 'rlogin', facts: { user: 'User' } },
  rpc: {
    title: 'ONC RPC',
    facts: {
      program: 'Programs and versions',
      procedure: 'Procedures',
      machine: 'Machine of the caller',
      user: 'User number of the caller',
      mounted: 'Mounted',
    },
  },
  rsync: {
    title: 'rsync',
    facts: {
      client: 'Version of the client',
      server: 'Version of the server',
      module: 'Module',
      password: 'Password',
      error: 'Error',
    },
  },
  rtcp: { title: 'RTCP', facts: { cname: 'Canonical name' } },
  rtp: { title: 'RTP', facts: { type: 'Payload type' } },
  rtsp: {
    title: 'RTSP',
    facts: {
      method: 'Requests',
      target: 'Target',
      status: 'Answers',
      agent: 'Client software',
      server: 'Server software',
    },
  },
  s7: {
    title: 'S7',
    facts: {
      module: 'Module',
      as: 'Connects as',
      kind: 'Messages',
      function: 'Functions',
      change: 'Writes, downloads, starts and stops',
    },
  },
  sflow: { title: 'sFlow', facts: { agent: 'Agent' } },
  sip: {
    title: 'SIP',
    facts: {
      from: 'From',
      to: 'To',
      method: 'Requests',
      status: 'Answers',
      agent: 'Client software',
      server: 'Server software',
    },
  },
  smb: {
    title: 'SMB',
    facts: {
      dialect: 'Dialect',
      encrypted: 'Encrypted',
      compressed: 'Compressed',
      'login.succeeded': 'Logged in',
      'login.failed': 'Refused',
      'tree-connect': 'Shares',
      create: 'Files and pipes opened',
      rename: 'Renamed to',
      delete: 'Deleted',
    },
  },
  smpp: { title: 'SMPP', facts: { system: 'System' } },
  smtp: {
    title: 'SMTP',
    facts: {
      banner: 'Greeting',
      helo: 'Client says it is',
      from: 'From',
      to: 'To',
      'login.succeeded': 'Logged in',
      'login.failed': 'Refused',
    },
  },
  snmp: {
    title: 'SNMP',
    facts: {
      version: 'Version',
      pdu: 'Messages',
      community: 'Community',
      user: 'User',
      system: 'System',
      name: 'Name of the system',
      location: 'Place of the system',
    },
  },
  socks: { title: 'SOCKS', facts: { target: 'Target', user: 'User' } },
  ssdp: {
    title: 'SSDP',
    facts: {
      server: 'Server',
      'user-agent': 'Client',
      location: 'Description at',
      st: 'Looked for',
      nt: 'Announced',
    },
  },
  ssh: { title: 'SSH', facts: { client: 'Client', server: 'Server', auth: 'Login' } },
  stomp: {
    title: 'STOMP',
    facts: {
      version: 'Version',
      'accept-version': 'Versions accepted',
      host: 'Virtual host',
      login: 'User',
      server: 'Server software',
      destination: 'Destinations',
    },
  },
  stun: {
    title: 'STUN',
    facts: {
      method: 'Methods',
      software: 'Software',
      user: 'User',
      realm: 'Realm',
      error: 'Errors',
      mapped: 'Originator, as the responder sees it',
      'mapped.responder': 'Responder, as the originator sees it',
      relayed: 'Relayed address',
      peer: 'Peers',
      media: 'Media',
    },
  },
  syslog: { title: 'Syslog', facts: { severity: 'Severities', host: 'Hosts', program: 'Programs' } },
  tarantool: { title: 'Tarantool', facts: { version: 'Version' } },
  tds: {
    title: 'MS SQL',
    facts: {
      client: 'Version of the client',
      server: 'Version of the server',
      host: 'Client host',
      user: 'User',
      program: 'Program',
      asked: 'Server asked for',
      database: 'Database',
      instances: 'Instances',
    },
  },
  telnet: {
    title: 'Telnet',
    facts: { banner: 'Greeting', user: 'Users', login: 'Login' },
  },
  tftp: { title: 'TFTP', facts: { read: 'File read', written: 'File written', mode: 'Mode' } },
  tinc: { title: 'tinc', facts: { node: 'Node' } },
  tivo: { title: 'TiVo', facts: { machine: 'Machine' } },
  tls: {
    title: 'TLS',
    facts: {
      sni: 'Server name',
      version: 'Version',
      'version.offered': 'Version offered',
      cipher: 'Cipher',
      alpn: 'Application protocol',
      'alpn.offered': 'Application protocols offered',
      subject: 'Subject of the certificate',
      issuer: 'Issuer of the certificate',
      names: 'Host names in the certificate',
      'client.subject': "Subject of the client's certificate",
      'client.issuer': "Issuer of the client's certificate",
      established: 'Established',
      alert: 'Alert',
      hint: 'Certificate looks like',
      ja3: 'JA3',
      ja4: 'JA4',
    },
  },
  ubiquiti: {
    title: 'Ubiquiti discovery',
    facts: { name: 'Name', model: 'Model', version: 'Version', firmware: 'Firmware', essid: 'Network' },
  },
  vmware: { title: 'VMware', facts: { greeting: 'Greeting' } },
  vnc: {
    title: 'VNC',
    facts: { client: 'Version of the client', server: 'Version of the server', security: 'Security' },
  },
  whois: { title: 'Whois', facts: { question: 'Asked for' } },
  wireguard: { title: 'WireGuard', facts: { message: 'Messages' } },
  xmpp: { title: 'XMPP', facts: { domain: 'Domain', mechanism: 'Mechanism' } },
  zabbix: {
    title: 'Zabbix',
    facts: { request: 'Request', host: 'Host', item: 'Values asked for', version: 'Version', response: 'Answer' },
  },
  zerotier: { title: 'ZeroTier', facts: { version: 'Version' } },
};

/** A fact for people. */
export interface ShownFact {
  /** As in filters and files. */
  readonly id: string;
  /** '' where it has no words. */
  readonly name: string;
  readonly values: readonly string[];
}

export interface ShownFacts {
  readonly title: string;
  readonly facts: readonly ShownFact[];
}

function splitId(id: string): readonly [group: string, rest: string] {
  const dot = id.indexOf('.');
  return dot < 0 ? [id, ''] : [id.slice(0, dot), id.slice(dot + 1)];
}

const groupOf = (id: string): FactGroup | undefined => (Object.hasOwn(FACT_GROUPS, id) ? FACT_GROUPS[id] : undefined);

/** What the fact says, in words; '' where it has none. */
export function factName(id: string): string {
  const [prefix, rest] = splitId(id);
  const facts = groupOf(prefix)?.facts;
  return facts !== undefined && Object.hasOwn(facts, rest) ? (facts[rest] ?? '') : '';
}

/** The facts of a flow by protocol: groups and facts in the order of `FACT_GROUPS`, those without words behind them. */
export function shownFacts(facts: Readonly<Record<string, string>>): ShownFacts[] {
  const groups = new Map<string, ShownFact[]>();
  for (const [id, value] of Object.entries(facts)) {
    const [prefix] = splitId(id);
    const list = groups.get(prefix) ?? [];
    list.push({ id, name: factName(id), values: value.split(SEPARATOR) });
    groups.set(prefix, list);
  }
  const order = Object.keys(FACT_GROUPS);
  const place = (names: readonly string[], name: string): number =>
    (names.indexOf(name) + names.length + 1) % (names.length + 1);
  return [...groups]
    .sort(([a], [b]) => place(order, a) - place(order, b))
    .map(([prefix, list]) => {
      const names = Object.keys(groupOf(prefix)?.facts ?? {});
      const at = ({ id }: ShownFact): number => place(names, splitId(id)[1]);
      return { title: groupOf(prefix)?.title ?? prefix, facts: list.toSorted((a, b) => at(a) - at(b)) };
    });
}
