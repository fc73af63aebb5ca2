/**
 * Absolute floors of the behaviours that count: scans, sweeps, floods, reflection, slow attacks. Each with the reason
 * for its size. Where a host has a past of its own, the floor is raised to a multiple of that past; never lowered.
 * Seconds, packets and bytes unless named otherwise.
 */

export const PORT_SCAN = {
  /**
   * Different ports of one host that refused, stayed silent, or were opened and not used. Ordinary programs that look
   * for a service try a handful (a file server: 445, 139, 80; a printer: 9100, 631, 515, 161, 80, 443): 6 at most.
   */
  PORTS: 8,
  /** Fewer ports count when they come at once: no person and no retry logic tries 5 within 2 s
   * (one of them may be open). Reported as a hint. */
  FEW_PORTS: 5,
  FEW_SECONDS: 2,
  /** UDP: name services, media set-up and games try more ports of one host than TCP programs do. */
  UDP_PORTS: 12,
  /** Share of the tried ports that failed. Passive FTP, RPC and media use many ports, but these answer. */
  FAILED_SHARE: 0.6,
  /** Several targets with this many failed ports each are a scan too: few programs do that to more than one host. */
  PORTS_EACH: 4,
  TARGETS: 4,
  /** IP protocols tried on one host beside TCP, UDP and ICMP: routers speak at most a few (GRE, ESP, OSPF, IGMP, PIM). */
  PROTOCOLS: 6,
  /** An attempt younger than this (by packet time) may still be answered, and does not count as failed. */
  GRACE: 1,
  /** A silence this long ends a case; and a scan spread over more than this has to show twice as much. */
  PAUSE: 3600,
} as const;

export const SWEEP = {
  /** Hosts on one port that failed: a resolver list, a torrent's dead peers or a mail queue stay below or spread over ports. */
  HOSTS: 15,
  /** UDP has no handshake, so silence means less. */
  UDP_HOSTS: 25,
  /** Echo requests: monitoring of a rack of machines has a few that are down. */
  PING_HOSTS: 12,
  FAILED_SHARE: 0.6,
  /** Mean targets a port: peer-to-peer programs try every peer on its own port (1 to 1.5), a sweep one port on many. */
  TARGETS_PER_PORT: 4,
  /** Share of the source's services that one port must make up when ports are many. */
  PORT_SHARE: 0.3,
  /** ARP: a host that starts asks for its gateway, a resolver and some neighbours. */
  ARP_HOSTS: 25,
  ARP_SECONDS: 60,
  /** … a router asks for many over time, because others send it packets for them: only a burst counts. */
  ARP_UNANSWERED: 0.5,
} as const;

export const FLOOD = {
  /** Connection attempts a second to one host whose handshakes are not completed. Busy sites get more, completed. */
  SYN_RATE: 100,
  /** Attempts in all before a verdict: five seconds at the floor, or one burst. */
  SYN_TOTAL: 500,
  /** Share of TCP packets in that are SYNs: a completed connection has at least two further packets in. */
  SYN_SHARE: 0.6,
  /** Datagrams a second without answer from many source ports or senders: streams have one of each. */
  UDP_SPREAD_RATE: 150,
  UDP_SPREAD_TOTAL: 500,
  UDP_SPREAD: 30,
  /** … from one sender to several ports: a stream has one port, or two with its control channel. */
  UDP_PORTS: 5,
  UDP_PORTS_RATE: 500,
  /** … on one port: a video stream is 500 to 2,000 a second. */
  UDP_RATE: 3000,
  /** Connections a second from one sender to one service, completed or not: no program needs so many of one server. */
  CONNECT_RATE: 250,
  CONNECT_TOTAL: 1000,
  /** Echo requests a second: ping sends 1, monitoring some, `ping -f` a hundred and more. */
  ICMP_RATE: 200,
  ICMP_TOTAL: 500,
  /** Echo replies or errors from many hosts to one that did not ask. */
  ICMP_REPLY_RATE: 50,
  ICMP_SENDERS: 8,
  /** Segments without payload, or anything else, that the target answers with resets or not at all. */
  OTHER_RATE: 500,
  OTHER_TOTAL: 1000,
  /** From this many senders within a second, less than half of the totals is enough: crowds do not come at once and go silent. */
  CROWD: 50,
  CROWD_SHARE: 0.4,
  /** Fragments a second that nobody answers: NFS over UDP and large answers are answered or asked for. */
  FRAGMENT_RATE: 200,
  FRAGMENT_TOTAL: 400,
  /** To a multicast address: router and neighbour messages. A large segment has tens a second at its worst. */
  MULTICAST_RATE: 100,
  MULTICAST_TOTAL: 200,
  /** Echo requests a second to a multicast or broadcast address: every member answers whoever is named as sender. */
  SMURF_TOTAL: 20,
  /** Packets out for each packet in up to which the target counts as not answering. */
  ANSWERED_SHARE: 0.15,
  /** A flood is at least this many times the busiest ordinary second of the same host, once there were ten. */
  TIMES_USUAL: 5,
  USUAL_SECONDS: 10,
  /** Different senders from which a flood is a distributed one. */
  MANY_SENDERS: 10,
  /** Seconds without a loud second that end a flood. */
  PAUSE: 120,
} as const;

export const AMPLIFICATION = {
  /** Answers to questions never asked, from one service's port, and how many machines sent them. */
  ANSWERS: 30,
  REFLECTORS: 4,
  /** One or a few reflectors (memcached needs no more): answers a second. */
  FEW_RATE: 100,
  /** Mean bytes an answer: refusals and single records are smaller than this; the point of the attack is size. */
  BYTES: 60,
  /** From the own network: answers to discovery by multicast come from many neighbours at once. */
  LOCAL_TIMES: 10,
  /** Time within which it must come together. */
  WINDOW: 60,
  /** Large answers of the record types used for it, for one name, to one client: a resolver asks once and caches. */
  SAME_NAME: 20,
  LARGE_ANSWER: 1000,
  /** NTP control and private answers (modes 6 and 7): administrators ask one or two. */
  NTP_CONTROL: 10,
  /** TCP: SYN+ACKs on one flow that never sent a SYN. A stack repeats its SYN+ACK five or six times (RFC 6298). */
  SYN_ACKS: 10,
  /** … in all and a second towards one host that opened nothing. */
  SYN_ACK_TOTAL: 50,
  SYN_ACK_RATE: 50,
} as const;

export const SLOW_DOS = {
  /** Connections open at the same time to one web service with nothing served. Browsers hold 6, proxies more but served. */
  CONNECTIONS: 20,
  /** Share of the source's connections there that got an answer to a request. */
  SERVED_SHARE: 0.25,
  /** How long most of them have been open without an answer: a slow page answers sooner. */
  SECONDS: 10,
  /** A capture that ends sooner: this many with a request begun and nothing served, after two seconds. */
  YOUNG_CONNECTIONS: 50,
  YOUNG_SECONDS: 2,
} as const;

export const REQUEST_FLOOD = {
  /** HTTP requests to one server by one client within the window: a page with all its parts is 100 to 200. */
  REQUESTS: 600,
  WINDOW: 10,
  /** From many clients at once: a popular page is asked for by many, but not each time with another query. */
  CLIENTS: 10,
  SAME_PATH: 0.8,
  DIFFERENT_QUERIES: 0.8,
} as const;

export const EXCESSIVE = {
  /** Bytes a minute of one host below which nobody notices (133 Mbit/s). */
  BYTES: 1e9,
  /** … and many times its own median minute, known from this many minutes. */
  TIMES_USUAL: 20,
  MINUTES: 10,
} as const;

export const FILE_SHARING = {
  /** One or two partners are a game's or an update's own distribution, and a single download. */
  PEERS: 5,
  /** Less is an idle desk's hour: a share of nearly nothing fills no line. */
  BYTES: 10e6,
  /** Of all bytes to and from outside in the same time. */
  SHARE: 0.5,
} as const;

export const FINGERPRINT = {
  /** Different kinds of impossible or probing packets to one host: one may be a broken stack, two are a tool. */
  KINDS: 2,
  /** Connections to one service by one host that spoke this many different protocols. */
  PROTOCOLS: 3,
  /** Time within which they must come. */
  WINDOW: 120,
  /** Requests with a scanner's own name in them. */
  NAMED_REQUESTS: 1,
} as const;
