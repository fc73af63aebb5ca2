/** The other side of a webhook: a server on loopback that answers as it is told, and remembers what it was sent. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  headers: IncomingHttpHeaders;
  body: { key: string; reason: string; title: string; sensor: string; severity: string };
}

export interface Receiver {
  url: string;
  received: Received[];
  /** What it says from now on. */
  answer(status: number, text: string, headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part as string;
  return text;
}

export async function receive(): Promise<Receiver> {
  const received: Received[] = [];
  let says = { status: 200, text: 'thank you, noted', headers: {} };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await bodyOf(request)) as Received['body'];
    received.push({ headers: request.headers, body });
    response.writeHead(says.status, { 'content-type': 'text/plain', ...says.headers }).end(says.text);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer: (status, text, headers = {}) => void (says = { status, text, headers }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
