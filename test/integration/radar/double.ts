/** A server that answers as Cloudflare Radar does, on the loopback address; it writes down what it was asked. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOKEN = 'tkn_0123456789abcdefABCDEF_recorded0001';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const META = {
  confidenceInfo: { annotations: [], level: 5 },
  dateRange: [{ startTime: '2026-11-15T00:00:00Z', endTime: '2026-11-22T00:00:00Z' }],
  lastUpdated: '2026-11-22T00:00:00Z',
  normalization: 'PERCENTAGE',
  units: [{ name: '*', value: 'requests' }],
};

const countries = (codes: readonly string[]) =>
  codes.map((code, i) => ({
    originCountryAlpha2: code,
    originCountryName: `Country ${code}`,
    rank: i + 1,
    value: (20 - i).toFixed(6),
  }));

/** Results by path, as the API's description has them. */
export const RESULTS: Readonly<Record<string, unknown>> = {
  '/radar/attacks/layer7/top/ases/origin': {
    meta: META,
    top_0: Array.from({ length: 10 }, (_, i) => ({
      originAsn: String(64_500 + i),
      originAsnName: i === 0 ? 'EXAMPLE-NET' : `NET-${i}`,
      rank: i + 1,
      value: (12.5 - i).toFixed(6),
    })),
  },
  '/radar/attacks/layer7/top/locations/origin': { meta: META, top_0: countries(['US', 'NL', 'DE']) },
  '/radar/attacks/layer3/top/locations/origin': { meta: META, top_0: countries(['NL', 'BR']) },
  '/radar/attacks/layer3/summary/vector': { meta: META, summary_0: { 'SYN Flood': '41.5', 'DNS Flood': '58.5' } },
  '/radar/attacks/layer7/summary/mitigation_product': { meta: META, summary_0: { WAF: '30.0', DDOS: '70.0' } },
};

/** Undefined: as Radar answers. */
export type Answering = (asked: Asked, answer: ServerResponse) => unknown;

export interface Double {
  /** As the settings name it. */
  server: string;
  asked: Asked[];
  answer: Answering | undefined;
  close(): Promise<void>;
}

function usual({ url, headers }: Asked, answer: ServerResponse): void {
  const result = RESULTS[new URL(url, 'http://x').pathname.replace(/^\/client\/v4/, '')];
  const ok = headers.authorization === `Bearer ${TOKEN}`;
  const errors = ok ? [] : [{ code: 10_000, message: 'Authentication error' }];
  answer.writeHead(ok ? (result === undefined ? 404 : 200) : 403, { 'Content-Type': 'application/json' });
  answer.end(JSON.stringify({ success: ok, errors, messages: [], ...(ok ? { result } : {}) }));
}

export async function radarDouble(): Promise<Double> {
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, url, headers, body: Buffer.concat(parts).toString() };
      double.asked.push(asked);
      (double.answer ?? usual)(asked, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: Double = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    asked: [],
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return double;
}
