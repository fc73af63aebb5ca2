/** The cell the arrow keys move, as a grid has it (ARIA Authoring Practices, grid pattern). */
import { useState, type KeyboardEvent } from 'react';

export interface CellPlace {
  row: number;
  column: number;
}

interface GridShape {
  rows: number;
  columns: number;
  /** Rows of a page. */
  page: number;
}

/** Where a key leads; null where it leads nowhere. */
export function moved(
  key: string,
  at: CellPlace,
  { rows, columns, page }: GridShape,
  control: boolean,
): CellPlace | null {
  const row = (to: number): CellPlace => ({ row: Math.max(0, Math.min(rows - 1, to)), column: at.column });
  const column = (to: number): CellPlace => ({ row: at.row, column: Math.max(0, Math.min(columns - 1, to)) });
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return row(at.row + 1);
    case 'ArrowUp':
    case 'k':
      return row(at.row - 1);
    case 'PageDown':
      return row(at.row + page);
    case 'PageUp':
      return row(at.row - page);
    case 'ArrowRight':
      return column(at.column + 1);
    case 'ArrowLeft':
      return column(at.column - 1);
    case 'Home':
      return control ? { row: 0, column: 0 } : column(0);
    case 'End':
      return control ? { row: rows - 1, column: columns - 1 } : column(columns - 1);
    default:
      return null;
  }
}

interface ActiveCellOptions extends GridShape {
  onMove(row: number): void;
  onOpen(row: number): void;
  onMenu(row: number, column: number): void;
}

export function useActiveCell({ onMove, onOpen, onMenu, ...shape }: ActiveCellOptions) {
  const [active, set] = useState<CellPlace | null>(null);
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    // Buttons in the head keep their keys.
    if (event.target !== event.currentTarget || shape.rows === 0) return;
    const at = active ?? { row: 0, column: 0 };
    const next = moved(event.key, at, shape, event.ctrlKey || event.metaKey);
    if (next) {
      set(next);
      onMove(next.row);
    } else if (event.key === 'Enter') onOpen(at.row);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) onMenu(at.row, at.column);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return {
    active: active && active.row < shape.rows && active.column < shape.columns ? active : null,
    setActive: (row: number, column: number): void => set({ row, column }),
    onKeyDown: press,
    onFocus: (): void => set((now) => now ?? { row: 0, column: 0 }),
  };
}
