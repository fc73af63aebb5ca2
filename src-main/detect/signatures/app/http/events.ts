/** What is odd about a message, by the names of `app-layer-event:http.*`. */
import type { BodyReader } from './body.ts';
import type { Decoded } from './encodings.ts';
import { isChunked } from './framing.ts';
import type { Headers } from './headers.ts';
import type { RequestLine, Target } from './uri.ts';

const AUTHORIZATIONS = /^(?:basic|digest|bearer|negotiate|ntlm)\b/i;
const CODINGS = /^(?:x-)?(?:gzip|deflate|compress)$|^(?:br|identity|zstd|lzma|none|inflate)$/i;

function* shared(
  headers: Headers,
  side: 'request' | 'response',
  body: BodyReader | null,
  decoded: Decoded | null,
): Generator<string> {
  const { odd } = headers;
  if (odd.noColon) yield `${side}_field_missing_colon`;
  if (odd.folded) yield `invalid_${side}_field_folding`;
  if (odd.tooLong) yield `${side}_field_too_long`;
  if (odd.invalid) yield `${side}_header_invalid`;
  if (odd.repeated) yield `${side}_header_repetition`;
  if (body?.badChunk === true) yield `invalid_${side}_chunk_len`;
  if (body?.extension === true) yield `${side}_chunk_extension`;
  if (decoded?.failed === true) yield 'gzip_decompression_failed';
  if (decoded?.bomb === true) yield 'compression_bomb';
  const transfer = headers.get('transfer-encoding');
  if (transfer !== undefined && !isChunked(headers)) yield `invalid_transfer_encoding_value_in_${side}`;
  const length = headers.get('content-length');
  if (length !== undefined && (headers.counts.get('content-length') ?? 0) > 1)
    yield `duplicate_content_length_field_in_${side}`;
  if (length !== undefined && !/^\d+(?:, \d+)*$/.test(length)) yield `invalid_content_length_field_in_${side}`;
  const encodings = headers.get('content-encoding')?.split(',') ?? [];
  if (encodings.some((word) => !CODINGS.test(word.trim()))) yield 'abnormal_ce_header';
}

export function* requestEvents(
  line: RequestLine,
  target: Target,
  headers: Headers,
  body: BodyReader | null,
  decoded: Decoded | null,
): Generator<string> {
  yield* shared(headers, 'request', body, decoded);
  const host = headers.get('host');
  if (host === undefined && line.protocol.toUpperCase() === 'HTTP/1.1' && target.host === '')
    yield 'missing_host_header';
  if (host !== undefined && target.host !== '' && !host.toLowerCase().startsWith(target.host))
    yield 'host_header_ambiguous';
  if (host !== undefined && !/^[\w.:\-[\]*,]*$/.test(host)) yield 'header_host_invalid';
  if (line.target === '' || (line.protocol === '' && headers.fields.length > 0)) yield 'request_line_incomplete';
  if (target.doubleEncoded) yield 'double_encoded_uri';
  const authorization = headers.get('authorization');
  if (authorization !== undefined && !AUTHORIZATIONS.test(authorization)) yield 'request_auth_unrecognized';
}

export function* responseEvents(
  status: { readonly protocol: string; readonly code: string },
  headers: Headers,
  body: BodyReader | null,
  decoded: Decoded | null,
): Generator<string> {
  yield* shared(headers, 'response', body, decoded);
  if (status.protocol !== '' && !/^HTTP\/(?:0\.9|1\.[01])$/i.test(status.protocol)) yield 'response_invalid_protocol';
  if (status.protocol !== '' && !/^[1-9]\d\d$/.test(status.code)) yield 'response_invalid_status';
  if (isChunked(headers) && /^HTTP\/1\.0$/i.test(status.protocol)) yield 'response_chunked_old_proto';
  if (isChunked(headers) && !/^chunked$/i.test(headers.get('transfer-encoding') ?? ''))
    yield 'response_abnormal_transfer_encoding';
  if (/^multipart\/byteranges/i.test(headers.get('content-type') ?? '')) yield 'response_multipart_byteranges';
}
