/** kerberos.log: a request for a ticket with its answer; alone where none came before its flow ends. */
import type { KerberosMessage, ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { KERBEROS } from '../kinds.ts';
import { orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';
import { OpenLines } from './open-lines.ts';

/** Encryption types (IANA, "Kerberos Encryption Type Numbers"), as Zeek writes them. */
const CIPHERS: ReadonlyMap<number, string> = new Map([
  [1, 'des-cbc-crc'],
  [2, 'des-cbc-md4'],
  [3, 'des-cbc-md5'],
  [5, 'des3-cbc-md5'],
  [16, 'des3-cbc-sha1'],
  [17, 'aes128-cts-hmac-sha1-96'],
  [18, 'aes256-cts-hmac-sha1-96'],
  [19, 'aes128-cts-hmac-sha256-128'],
  [20, 'aes256-cts-hmac-sha384-192'],
  [23, 'rc4-hmac'],
  [24, 'rc4-hmac-exp'],
]);
/** RFC 4120, 7.5.9. */
const ERRORS: ReadonlyMap<number, string> = new Map([
  [6, 'KDC_ERR_C_PRINCIPAL_UNKNOWN'],
  [7, 'KDC_ERR_S_PRINCIPAL_UNKNOWN'],
  [12, 'KDC_ERR_POLICY'],
  [14, 'KDC_ERR_ETYPE_NOSUPP'],
  [18, 'KDC_ERR_CLIENT_REVOKED'],
  [23, 'KDC_ERR_KEY_EXPIRED'],
  [24, 'KDC_ERR_PREAUTH_FAILED'],
  [25, 'KDC_ERR_PREAUTH_REQUIRED'],
  [29, 'KDC_ERR_SVC_UNAVAILABLE'],
  [31, 'KRB_AP_ERR_BAD_INTEGRITY'],
  [32, 'KRB_AP_ERR_TKT_EXPIRED'],
  [33, 'KRB_AP_ERR_TKT_NYV'],
  [34, 'KRB_AP_ERR_REPEAT'],
  [37, 'KRB_AP_ERR_SKEW'],
  [41, 'KRB_AP_ERR_MODIFIED'],
  [52, 'KRB_ERR_RESPONSE_TOO_BIG'],
  [60, 'KRB_ERR_GENERIC'],
  [68, 'KDC_ERR_WRONG_REALM'],
]);
const PENDING_MAX = 8;

type RequestType = 'AS' | 'TGS';

function requestType({ type }: KerberosMessage): RequestType | undefined {
  if (type === 'as-req' || type === 'as-rep') return 'AS';
  return type === 'tgs-req' || type === 'tgs-rep' ? 'TGS' : undefined;
}

class KerberosMaker implements Maker {
  readonly kinds = ['kerberos'] as const;
  readonly reads = ['kerberos'] as const;
  private readonly open = new OpenLines<KerberosMessage[]>((waiting, desk) => {
    for (const one of waiting) tell(one, undefined, desk);
  });

  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'kerberos') return;
    const { type } = message;
    if (type === 'ap-req' || type === 'other') return;
    const waiting = this.open.of(message.flow, message.sec, desk, () => []);
    if (type === 'as-req' || type === 'tgs-req') {
      if (waiting.length >= PENDING_MAX) tell(waiting.shift(), undefined, desk);
      waiting.push(message);
      return;
    }
    const at = waiting.findIndex((one) => type === 'error' || requestType(one) === requestType(message));
    const [asked] = at < 0 ? [] : waiting.splice(at, 1);
    tell(asked, message, desk);
  }

  ended(flow: EndedFlow, desk: Desk): void {
    this.open.ended(flow, desk);
  }

  finish(desk: Desk): void {
    this.open.finish(desk);
  }
}

/** As Zeek writes it: "user/REALM". */
function clientOf(...messages: (KerberosMessage | undefined)[]): string | undefined {
  const client = messages.map((one) => one?.client ?? '').find((one) => one !== '');
  return client?.replace(/@([^@]*)$/, '/$1');
}

function tell(asked: KerberosMessage | undefined, answer: KerberosMessage | undefined, desk: Desk): void {
  const last = answer ?? asked;
  if (!last) return;
  const isError = answer?.type === 'error';
  const cipher = answer && !isError ? answer.etypes[0] : undefined;
  const values = {
    request_type: requestType(asked ?? last),
    client: clientOf(asked, answer),
    service: orNone(asked?.service || answer?.service),
    success: answer && !isError,
    error_code: isError ? answer.error : undefined,
    error_msg: isError ? (ERRORS.get(answer.error) ?? String(answer.error)) : undefined,
    cipher: cipher === undefined ? undefined : (CIPHERS.get(cipher) ?? String(cipher)),
  };
  desk.put(KERBEROS, desk.common(asked ?? last), values, desk.ends(last));
}

export const kerberosMaker = (): Maker => new KerberosMaker();
