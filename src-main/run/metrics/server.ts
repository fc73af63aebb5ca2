/** The page that Prometheus reads: `GET /metrics` on the loopback address, nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SondeError } from '../../../src-shared/errors.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { familiesOf } from './families.ts';
import type { Figures } from './figures.ts';
import { Guests } from './guests.ts';

export type Collect = () => Figures | Promise<Figures>;

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Connections at once: a few Prometheus servers, and people who look. */
const CONNECTIONS = 16;
const TIMEOUT_MS = 10_000;
/** How often is looked for requests whose time is over; Node's own 30 s would let them stay as long. */
const LOOK_MS = 1000;
/** Names by which this machine calls itself: a page of another site that points its own name here is refused. */
const OWN_NAME = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** Whether the one Host header names this machine and this port. */
function isOurs(request: IncomingMessage, port: number): boolean {
  const names = request.rawHeaders.filter((_, i) => i % 2 === 0);
  const once = names.filter((name) => name.toLowerCase() === 'host').length === 1;
  const [name = '', given = '80', ...more] = (request.headers.host ?? '').toLowerCase().split(':');
  return once && more.length === 0 && OWN_NAME.test(name) && given === String(port);
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 ? { Allow: 'GET' } : {}),
  });
  response.end(text);
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  collect: Collect,
): Promise<void> {
  if (!isOurs(request, port)) return answer(response, 403, 'this server is not known by that name\n');
  if (request.method !== 'GET') return answer(response, 405, 'only GET is answered here\n');
  const [path] = (request.url ?? '').split('?', 1);
  if (path !== '/metrics') return answer(response, 404, 'metrics are at /metrics\n');
  try {
    answer(response, 200, exposition(familiesOf(await collect())), CONTENT_TYPE);
  } catch {
    // The scrape fails and is tried again; what went wrong is for the logs of who counts, not for this page.
    answer(response, 503, 'the figures cannot be had at present\n');
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const what = taken ? `port ${port} is in use` : `port ${port} cannot be listened on (${error.message})`;
      const where = `metrics on port ${port}`;
      reject(new SondeError('address-in-use', what, where, 'Choose another port for metrics.', { cause: error }));
    });
    server.listen(port, HOST, resolve);
  });
}

/**
 * Serves metrics until it is closed. `port` 0: any free one.
 * @throws SondeError `address-in-use`
 */
export async function serveMetrics({ port, collect }: { port: number; collect: Collect }): Promise<MetricsServer> {
  const guests = new Guests(CONNECTIONS);
  const server = createServer({ connectionsCheckingInterval: LOOK_MS }, (request, response) => {
    const { port: own } = server.address() as AddressInfo;
    void guests.serving(request.socket, () => handle(request, response, own, collect));
  });
  server.on('connection', (socket) => guests.came(socket));
  server.headersTimeout = TIMEOUT_MS;
  server.requestTimeout = TIMEOUT_MS;
  server.timeout = TIMEOUT_MS;
  await listening(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
