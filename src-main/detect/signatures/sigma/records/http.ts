/** http.log: a request with its answer; files.log: the bodies of answers, by what the server says of them. */
import type { HttpMessage, ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { hostOnly } from '../../../behaviours/common/texts.ts';
import { FILES, HTTP } from '../kinds.ts';
import { namesOf, orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';
import { OpenLines } from './open-lines.ts';

const PENDING_MAX = 64;
const SWITCHING = 101;

class HttpMaker implements Maker {
  readonly kinds = ['http', 'files'] as const;
  readonly reads = ['http'] as const;
  private readonly open = new OpenLines<HttpMessage[]>((waiting, desk) => {
    for (const one of waiting) tell(one, undefined, desk);
  });

  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'http') return;
    const waiting = this.open.of(message.flow, message.sec, desk, () => []);
    if (message.method !== '') {
      if (waiting.length >= PENDING_MAX) tell(waiting.shift(), undefined, desk);
      waiting.push(message);
      return;
    }
    // An interim answer; the one that counts follows.
    if (message.status >= 100 && message.status < 200 && message.status !== SWITCHING) return;
    tell(waiting.shift(), message, desk);
  }

  ended(flow: EndedFlow, desk: Desk): void {
    this.open.ended(flow, desk);
  }

  finish(desk: Desk): void {
    this.open.finish(desk);
  }
}

function mime(message: HttpMessage | undefined): string | undefined {
  return orNone(message?.contentType.split(';')[0]?.trim().toLowerCase());
}

/** Parts of a target; of one that names scheme and host, what follows those. */
function partsOf(uri: string): { path: string; query: string | undefined; extension: string | undefined } {
  const target = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const extension = /\.([^./\\]{1,32})$/.exec(path)?.[1];
  return { path, query: mark < 0 ? undefined : target.slice(mark + 1), extension };
}

function urls(uri: string, host: string): readonly string[] | undefined {
  if (uri === '') return undefined;
  return uri.startsWith('/') && host !== '' ? [uri, `http://${host}${uri}`] : [uri];
}

/** Bytes of a body; of one that states no length, none where nothing of it was seen. */
function requestBytes({ length, body }: HttpMessage): number | undefined {
  if (length >= 0) return length;
  return body === '' ? 0 : undefined;
}

function tell(asked: HttpMessage | undefined, answer: HttpMessage | undefined, desk: Desk): void {
  const first = asked ?? answer;
  if (!first) return;
  const names = namesOf(hostOnly(asked?.host ?? ''));
  const common = desk.common(first);
  const ends = desk.ends(answer ?? first, names);
  if (desk.wants('http')) desk.put(HTTP, common, valuesOf(asked, answer), ends);
  if (answer && mime(answer) !== undefined && answer.length !== 0 && desk.wants('files')) {
    const { 1: orig, 3: resp } = common;
    const values = {
      source: 'HTTP',
      mime_type: mime(answer),
      total_bytes: answer.length > 0 ? answer.length : undefined,
      tx_hosts: answer.fromOrig ? orig : resp,
      rx_hosts: answer.fromOrig ? resp : orig,
    };
    desk.put(FILES, common, values, ends);
  }
}

function valuesOf(asked: HttpMessage | undefined, answer: HttpMessage | undefined): Parameters<typeof HTTP.cells>[1] {
  const uri = asked?.uri ?? '';
  const { path, query, extension } = partsOf(uri);
  return {
    method: asked?.method,
    host: orNone(asked?.host),
    uri: orNone(uri),
    user_agent: orNone(asked?.agent),
    request_body_len: asked && requestBytes(asked),
    response_body_len: answer && answer.length >= 0 ? answer.length : undefined,
    status_code: answer?.status,
    orig_mime_types: mime(asked),
    resp_mime_types: mime(answer),
    url: urls(uri, asked?.host ?? ''),
    uri_path: orNone(path),
    uri_query: query,
    uri_extension: extension,
  };
}

export const httpMaker = (): Maker => new HttpMaker();
