import { writePlace } from './address-bar.ts';

/** The address in the desk of a place in the documentation, given as `page.md#heading`. */
export function guideAddress(guide: string): string {
  const [file = '', heading = ''] = guide.split('#');
  const rest = [file.replace(/\.md$/, '')];
  return writePlace({ capture: null, view: 'help', rest, params: heading === '' ? {} : { at: heading } });
}
