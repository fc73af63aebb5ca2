import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import type { Block } from './document.ts';

/** Names and texts of a capture are somebody's: nothing in them may steer how the report is set. */
export function plain(block: Block): Block {
  switch (block.kind) {
    case 'title':
      return { ...block, text: plainText(block.text), under: plainText(block.under) };
    case 'heading':
    case 'text':
    case 'code':
      return { ...block, text: plainText(block.text) };
    case 'list':
      return { ...block, items: block.items.map(plainText) };
    case 'facts':
      return { ...block, rows: block.rows.map(([name, value]) => [plainText(name), plainText(value)] as const) };
    case 'table':
      return { ...block, rows: block.rows.map((row) => row.map(plainText)) };
    case 'timeline':
      return { ...block, bars: block.bars.map((bar) => ({ ...bar, label: plainText(bar.label) })) };
    case 'figures':
      return { ...block, items: block.items.map((each) => ({ ...each, note: plainText(each.note) })) };
    case 'days':
    case 'page':
      return block;
  }
}
