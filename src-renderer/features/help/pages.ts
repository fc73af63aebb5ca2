/** The pages of the documentation that the desk shows itself. */
import blindSpots from '../../../docs/blind-spots.md';
import goodCapture from '../../../docs/good-capture.md';

export interface HelpPage {
  /** As the file is called, and in the address. */
  name: string;
  title: string;
  text: string;
}

export const PAGES: readonly HelpPage[] = [
  { name: 'good-capture', title: 'A good capture', text: goodCapture },
  { name: 'blind-spots', title: 'What Sonde cannot see', text: blindSpots },
];
