/** Servers on the loopback address for tests of channels, and certificates made for them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { join } from 'node:path';

export const OPENSSL = spawnSync('openssl', ['version']).status === 0;

export interface Certificates {
  /** Path of the authority's certificate. */
  ca: string;
  key: Buffer;
  cert: Buffer;
  keyFile: string;
  certFile: string;
  /** For another name, by the same authority. */
  other: { key: Buffer; cert: Buffer };
}

function issued(folder: string, name: string, names: string): { keyFile: string; certFile: string } {
  const [keyFile, request, certFile, extensions] = ['key.pem', 'csr.pem', 'cert.pem', 'ext'].map((end) =>
    join(folder, `${name}-${end}`),
  ) as [string, string, string, string];
  writeFileSync(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
  const make = ['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', request, '-subj', `/CN=${name}`];
  execFileSync('openssl', make, { stdio: 'ignore' });
  const by = ['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca-key.pem'), '-CAcreateserial'];
  const sign = ['x509', '-req', '-in', request, ...by, '-days', '2', '-extfile', extensions, '-out', certFile];
  execFileSync('openssl', sign, { stdio: 'ignore' });
  return { keyFile, certFile };
}

/** An authority of this test's own, and what it signed: for 127.0.0.1 and localhost, and for somebody else. */
export function makeCertificates(folder: string): Certificates {
  const ca = join(folder, 'ca.pem');
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Test authority'];
  execFileSync('openssl', [...make, '-keyout', join(folder, 'ca-key.pem'), '-out', ca], { stdio: 'ignore' });
  const own = issued(folder, 'localhost', 'DNS:localhost,IP:127.0.0.1');
  const other = issued(folder, 'other', 'DNS:other.example.com');
  const read = ({ keyFile, certFile }: { keyFile: string; certFile: string }): { key: Buffer; cert: Buffer } => ({
    key: readFileSync(keyFile),
    cert: readFileSync(certFile),
  });
  return { ca, ...own, ...read(own), other: read(other) };
}

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Web {
  readonly port: number;
  readonly seen: Seen[];
  close(): Promise<void>;
}

export type Handler = (request: Seen, response: ServerResponse, socket: Socket) => void;

export function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}

export function listening(server: NetServer, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(portOf(server)));
  });
}

/** A web server that keeps what it was sent, and answers as it is told to. */
export async function web(handler: Handler, tls?: { key: Buffer; cert: Buffer }): Promise<Web> {
  const seen: Seen[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts) };
      seen.push(one);
      handler(one, response, request.socket);
    });
  };
  const server: Server = tls ? createHttps(tls, handle) : createHttp(handle);
  const port = await listening(server);
  return {
    port,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function says(status: number, text = '', headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(text);
  };
}
