import { useState, type DragEvent, type ReactNode } from 'react';

export function DropZone({ onFiles, children }: { onFiles(files: File[]): void; children: ReactNode }) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, inside: boolean): void => {
    event.preventDefault();
    setOver(inside);
  };
  const drop = (event: DragEvent): void => {
    drag(event, false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <section
      className={`drop ${over ? 'drop-over' : ''}`}
      aria-label="Open captures"
      onDragEnter={(event) => drag(event, true)}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={drop}
    >
      {children}
    </section>
  );
}
