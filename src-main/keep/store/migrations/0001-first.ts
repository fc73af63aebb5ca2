import type { Migration } from '../migrate.ts';

/** Captures with their flows, hosts, windows, incidents and evidence; models; settings. */
export const first: Migration = {
  version: 1,
  sql: `
    CREATE TABLE captures (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('incomplete', 'complete', 'partial')),
      imported_at INTEGER NOT NULL,
      program TEXT NOT NULL,
      report TEXT NOT NULL DEFAULT '{}'
    ) STRICT;

    CREATE TABLE inputs (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      path TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      format TEXT NOT NULL,
      link_types TEXT NOT NULL,
      packets INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      first_ts TEXT,
      last_ts TEXT,
      warnings TEXT NOT NULL,
      PRIMARY KEY (capture, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE hosts (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      host INTEGER NOT NULL,
      address TEXT NOT NULL,
      address_bytes BLOB NOT NULL,
      risk REAL NOT NULL,
      flows INTEGER NOT NULL,
      bytes_out INTEGER NOT NULL,
      bytes_in INTEGER NOT NULL,
      roles TEXT NOT NULL,
      PRIMARY KEY (capture, host)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX hosts_by_address ON hosts (address_bytes, capture);

    CREATE TABLE flows (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      id INTEGER NOT NULL,
      uid TEXT NOT NULL,
      community_id TEXT NOT NULL,
      sec INTEGER NOT NULL,
      nano INTEGER NOT NULL,
      duration REAL NOT NULL,
      orig_host INTEGER NOT NULL,
      orig_address BLOB,
      orig_port INTEGER NOT NULL,
      resp_host INTEGER NOT NULL,
      resp_address BLOB,
      resp_port INTEGER NOT NULL,
      proto INTEGER NOT NULL,
      service TEXT NOT NULL,
      app TEXT NOT NULL,
      conn_state INTEGER NOT NULL,
      history TEXT NOT NULL,
      orig_bytes INTEGER,
      resp_bytes INTEGER,
      missed_bytes INTEGER NOT NULL,
      orig_pkts INTEGER NOT NULL,
      orig_ip_bytes INTEGER NOT NULL,
      resp_pkts INTEGER NOT NULL,
      resp_ip_bytes INTEGER NOT NULL,
      vlan INTEGER NOT NULL,
      tunnel INTEGER NOT NULL,
      parent INTEGER,
      score REAL,
      anomalous INTEGER NOT NULL,
      facts TEXT NOT NULL,
      PRIMARY KEY (capture, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX flows_by_time ON flows (capture, sec, nano);
    CREATE INDEX flows_by_score ON flows (capture, score);
    CREATE INDEX flows_by_orig ON flows (capture, orig_host);
    CREATE INDEX flows_by_resp ON flows (capture, resp_host);

    CREATE TABLE windows (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      host INTEGER NOT NULL,
      length INTEGER NOT NULL,
      start INTEGER NOT NULL,
      packets_out INTEGER NOT NULL,
      packets_in INTEGER NOT NULL,
      bytes_out INTEGER NOT NULL,
      bytes_in INTEGER NOT NULL,
      flows_out INTEGER NOT NULL,
      flows_in INTEGER NOT NULL,
      failed_out INTEGER NOT NULL,
      failed_in INTEGER NOT NULL,
      peers_out INTEGER NOT NULL,
      ports_out INTEGER NOT NULL,
      peers_in INTEGER NOT NULL,
      new_peers INTEGER NOT NULL,
      syn_out INTEGER NOT NULL,
      rst_out INTEGER NOT NULL,
      icmp_out INTEGER NOT NULL,
      arp_out INTEGER NOT NULL,
      dns_queries INTEGER NOT NULL,
      dns_failures INTEGER NOT NULL,
      port_entropy REAL NOT NULL,
      peer_entropy REAL NOT NULL,
      PRIMARY KEY (capture, length, start, host)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE incidents (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      uid TEXT NOT NULL,
      number INTEGER NOT NULL,
      kind TEXT NOT NULL,
      severity TEXT NOT NULL,
      confidence REAL NOT NULL,
      title TEXT NOT NULL,
      first_ts TEXT NOT NULL,
      decided_ts TEXT NOT NULL,
      last_ts TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (capture, uid)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX incidents_by_time ON incidents (first_ts);

    CREATE TABLE evidence (
      capture INTEGER NOT NULL,
      uid TEXT NOT NULL,
      number INTEGER NOT NULL,
      fact TEXT NOT NULL,
      value REAL NOT NULL,
      expected REAL,
      unit TEXT NOT NULL,
      PRIMARY KEY (capture, uid, number),
      FOREIGN KEY (capture, uid) REFERENCES incidents (capture, uid) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE incident_flows (
      capture INTEGER NOT NULL,
      uid TEXT NOT NULL,
      flow INTEGER NOT NULL,
      PRIMARY KEY (capture, uid, flow),
      FOREIGN KEY (capture, uid) REFERENCES incidents (capture, uid) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX incident_flows_by_flow ON incident_flows (capture, flow);

    CREATE TABLE models (
      sha256 TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      added_at INTEGER NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE settings (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
