/** What a certificate's names give away of the program behind it. These are hints, not proofs: anybody may choose names. */

/** Tor's relays make themselves names of random letters: a subject that ends in .net, an issuer that ends in .com. */
const TOR_SUBJECT = /^CN=www\.[a-z2-7]{8,20}\.net$/;
const TOR_ISSUER = /^CN=www\.[a-z2-7]{8,20}\.com$/;

/** 'Tor', 'AnyDesk' or 'TeamViewer'; '' where the names say nothing. Both as this program writes names. */
export function certificateHint(subject: string, issuer: string): string {
  if (TOR_SUBJECT.test(subject) && TOR_ISSUER.test(issuer)) return 'Tor';
  if (subject.includes('AnyDesk Client') || issuer.includes('AnyNet Root CA')) return 'AnyDesk';
  return /TeamViewer (?:Germany )?GmbH/.test(subject) ? 'TeamViewer' : '';
}
