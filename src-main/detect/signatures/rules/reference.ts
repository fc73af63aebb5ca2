/** What a rule refers to, as people open it: `url,example.org/a` is https://example.org/a. */

const LONGEST = 200;
const SCHEME = /^https?:\/\//i;
const ADDRESS = /^[\w.-]+(?::\d+)?(?:[/?#][\x21-\x7e]*)?$/;

/** "url,address" → the address; "cve,2021-44228" → where that is described; '' for what names no place. */
export function referenceAddress(reference: string): string {
  const comma = reference.indexOf(',');
  const [scheme, value] = [reference.slice(0, comma).trim().toLowerCase(), reference.slice(comma + 1).trim()];
  if (comma < 0 || value.length > LONGEST) return '';
  if (scheme === 'cve') {
    const [, number] = /^(?:CVE-)?(\d{4}-\d{4,})$/i.exec(value) ?? [];
    return number === undefined ? '' : `https://nvd.nist.gov/vuln/detail/CVE-${number}`;
  }
  if (scheme !== 'url') return '';
  const plain = value.replace(SCHEME, '');
  if (!ADDRESS.test(plain)) return '';
  return SCHEME.test(value) ? value : `https://${value}`;
}
