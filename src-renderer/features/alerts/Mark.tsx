/** How something stands, told apart by shape first, by colour second; the words beside it say the same. */
import type { Standing } from './words.ts';

const SHAPES: Readonly<Record<Standing['mark'], string>> = {
  good: 'M2.5 8.5 6.5 12.5 13.5 4',
  bad: 'M4 4 12 12 M12 4 4 12',
  wait: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z M8 4.5V8l2.5 2',
  none: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z',
  off: 'M3 8h10',
};

export function Mark({ mark }: { mark: Standing['mark'] }) {
  return (
    <svg className={`alert-mark alert-mark-${mark}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={SHAPES[mark]} />
    </svg>
  );
}
