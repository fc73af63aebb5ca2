/** Fetches a file the program has made ready. The browser keeps it where its user keeps downloads. */
export function download({ download: id, name }: { download: string; name: string }): void {
  const link = document.createElement('a');
  link.href = `./download/${encodeURIComponent(id)}`;
  link.download = name;
  link.click();
}
