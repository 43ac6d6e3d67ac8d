/**
 * The copy of the app that a device keeps, so that it opens without a network.
 *
 * A version is a list of files with their SHA-256. Each file is fetched anew and verified before
 * it is kept. One wrong byte refuses the whole version, and the version before goes on working.
 */

/** One file of the built app: where it is asked for, and what its bytes must hash to. */
export type BuiltFile = { readonly address: string; readonly sha256: string };

/** Where one version is kept: the part of the browser's `Cache` that is needed. */
export type FileStore = {
  readonly match: (address: string) => Promise<Response | undefined>;
  readonly put: (address: string, response: Response) => Promise<void>;
};

export type FetchFile = (address: string) => Promise<Response>;
export type Progress = (done: number, total: number) => void;

/** A file that did arrive, and is not the file of this version. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile';

  constructor(address: string) {
    super(`${address} is not the file of this version`);
  }
}

/** A file that did not arrive: the next attempt goes on from the files already kept. */
export class MissingFile extends Error {
  override readonly name = 'MissingFile';

  constructor(address: string, status: number) {
    super(`${address} answered ${status}`);
  }
}

/**
 * Keeps every file of `files` in `store`.
 *
 * One file after the other: a line that drops every twenty seconds then still makes progress,
 * because what was verified before the drop is not fetched again.
 */
export async function keepFiles(
  files: readonly BuiltFile[],
  store: FileStore,
  fetchFile: FetchFile,
  progress: Progress,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    progress(index, files.length);
    if (!(await store.match(file.address))) await keepFile(file, store, fetchFile);
  }
  progress(files.length, files.length);
}

async function keepFile(file: BuiltFile, store: FileStore, fetchFile: FetchFile): Promise<void> {
  const response = await fetchFile(file.address);
  if (response.status !== 200) throw new MissingFile(file.address, response.status);
  const bytes = await response.clone().arrayBuffer();
  if ((await sha256(bytes)) !== file.sha256) throw new WrongFile(file.address);
  await store.put(file.address, response);
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Which kept versions are to be forgotten when one takes over: all but the one before it. A tab that the version before
 * has opened still asks for its files, for its data worker's at every lock.
 *
 * @param names what is kept, in the order in which it was begun.
 */
export function forgottenVersions(names: readonly string[], current: string): readonly string[] {
  return names.filter((name) => name !== current).slice(0, -1);
}
