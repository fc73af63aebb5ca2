/**
 * Passwords that mail and its relatives send by SASL: PLAIN (RFC 4616) and LOGIN, as SMTP (RFC 4954), POP3 (RFC 5034) and
 * IMAP (RFC 9051) carry them. Only the account is kept.
 */
const ACCOUNT_MAX = 128;
const PLAIN_MAX = 512;
const ABORTED = '*';
/** "No initial response but an empty one". */
const EMPTY = '=';

function shown(account: string): string {
  return account.replace(/[^\x20-\x7e]/g, '?').slice(0, ACCOUNT_MAX);
}

/** The account in a PLAIN message (authorization, account and secret between zero bytes), without the secret. */
export function plainAccount(message: string): string {
  const parts = message.split('\0');
  // With fewer zero bytes it is not known which of them is the secret.
  return shown(parts.length === 3 ? parts[1]! : '');
}

/** The same of a message in Base64. */
export function plainUser(encoded: string): string {
  return plainAccount(Buffer.from(encoded.slice(0, PLAIN_MAX), 'base64').toString('latin1'));
}

/** One login, line by line. */
export class SaslLogin {
  mechanism = '';
  user = '';
  private awaiting: '' | 'message' | 'user' | 'secret' = '';

  /** The password crosses as it is. */
  get clear(): boolean {
    return this.mechanism === 'PLAIN' || this.mechanism === 'LOGIN';
  }

  /** The client's next line is a part of the login. */
  get awaits(): boolean {
    return this.awaiting !== '';
  }

  /** What follows the word that logs in: a mechanism, and perhaps the first response. Returns whether the login is all there. */
  begin(argument: string): boolean {
    const [mechanism = '', initial = ''] = argument.trim().split(/ +/);
    this.mechanism = mechanism.toUpperCase();
    this.user = '';
    this.awaiting = this.mechanism === 'PLAIN' ? 'message' : this.mechanism === 'LOGIN' ? 'user' : '';
    if (!this.awaits) return true;
    return initial !== '' && initial !== EMPTY && this.response(initial);
  }

  /** A line of the client while one is awaited. Returns whether the login is all there. */
  response(line: string): boolean {
    if (line === ABORTED) {
      this.awaiting = '';
      return false;
    }
    if (this.awaiting === 'user') {
      this.user = shown(Buffer.from(line.slice(0, 2 * ACCOUNT_MAX), 'base64').toString('latin1'));
      this.awaiting = 'secret';
      return false;
    }
    if (this.awaiting === 'message') this.user = plainUser(line);
    this.awaiting = '';
    return true;
  }

  /** The server has answered instead of asking on. */
  end(): void {
    this.awaiting = '';
  }
}
