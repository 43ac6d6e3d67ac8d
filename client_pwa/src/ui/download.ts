const KEEP_MS = 60_000;

/** Hands bytes to the browser as a file of this name: it asks where to keep it, or keeps it where it keeps them all. */
export function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser may still be asking where to keep it.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, KEEP_MS);
}
