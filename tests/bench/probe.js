/**
 * What the benchmark puts into the page before the app starts: when each call to the data worker was asked and
 * answered, and the floors. The app knows nothing of it.
 */
(() => {
  const calls = [];
  const open = new Map();
  let data = null;
  let number = 0;

  globalThis.Worker = class extends Worker {
    constructor(...how) {
      super(...how);
      data = this;
      this.addEventListener('message', ({ data: message }) => {
        const call = open.get(message.number);
        if (call === undefined) return;
        open.delete(message.number);
        Object.assign(call, { answer: message.answer, problem: message.problem ?? null, end: performance.now() });
      });
    }

    postMessage(message, ...more) {
      if (message.type === 'call') {
        const call = { name: message.name, ask: message.ask, start: performance.now(), end: null };
        calls.push(call);
        open.set(message.number, call);
      }
      super.postMessage(message, ...more);
    }
  };

  const turn = () => new Promise((go) => setTimeout(go));
  const until = async (found) => {
    for (;;) {
      const call = calls.findLast(found);
      if (call !== undefined && call.end !== null) return call;
      await turn();
    }
  };
  /** The moment at which all that is known stands in the page with its place. */
  const laidOut = async () => {
    await turn();
    document.body.getBoundingClientRect();
    return performance.now();
  };
  const settled = async () => {
    do await turn();
    while (open.size > 0);
    return laidOut();
  };
  const listed = async (query = '', from = 0) => {
    const isIts = ({ name, ask, start }) => name === 'view.people' && ask.query === query && start >= from;
    const call = await until(isIts);
    const end = await laidOut();
    return {
      end,
      total: call.answer.total,
      found: call.answer.people.length + call.answer.alike.length,
      tiles: document.querySelectorAll('.tiles > li').length,
      first: document.querySelector('.tiles b')?.textContent ?? null,
    };
  };

  // ── The app ──

  const ask = async (name, asked) => {
    number -= 1;
    data.postMessage({ type: 'call', number, name, ask: asked });
    const call = open.get(number);
    await until((one) => one === call);
    return call;
  };
  const search = async (query) => {
    const input = document.querySelector('input[type=search]');
    const start = performance.now();
    input.value = query;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const list = await listed(query, start);
    return { ms: list.end - start, ...list };
  };
  /** An encounter: until it is durable, and until the screen shows it. */
  const save = async (draft) => {
    const call = await ask('encounter.save', draft);
    const shown = await settled();
    return { ms: call.end - call.start, shown: shown - call.start, row: call.answer?.row ?? null };
  };
  /** From an answer of a call that the app made itself, or its question, until the list of people stands. */
  const since = async (name) => {
    const call = await until((one) => one.name === name);
    const list = await listed();
    return { ms: list.end - call.start, problem: call.problem, ...list };
  };
  const refused = async (name) => {
    const call = await until((one) => one.name === name);
    return { ms: call.end - call.start, problem: call.problem };
  };

  // ── The floors ──

  const asPromise = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = (name, made) => {
    const request = indexedDB.open(name);
    if (made) request.onupgradeneeded = () => made(request.result);
    return asPromise(request);
  };
  let kept = null;
  const floorDatabase = () => (kept ??= database('floor', (made) => made.createObjectStore('bytes')));
  const put = async (records) => {
    const db = await floorDatabase();
    const transaction = db.transaction('bytes', 'readwrite', { durability: 'strict' });
    for (const [key, bytes] of records) transaction.objectStore('bytes').put(bytes, key);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
  };
  const random = (size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    return bytes;
  };
  /** One transaction with strict durability of as many bytes as the last save has put. */
  const floorSave = async () => {
    const app = await database('escale');
    const { byteLength } = await asPromise(app.transaction('sealed').objectStore('sealed').get('tail'));
    app.close();
    await floorDatabase();
    const bytes = random(byteLength);
    const start = performance.now();
    await put([['save', bytes]]);
    return performance.now() - start;
  };
  /** Reading and decrypting as many bytes, in as many records, as the app's store holds. */
  const floorStart = async () => {
    const app = await database('escale');
    const records = [];
    for (const name of ['log', 'sealed']) {
      records.push(...(await asPromise(app.transaction(name).objectStore(name).getAll())));
    }
    app.close();
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
    const sealed = [];
    for (const { byteLength } of records) {
      const bytes = random(Math.max(byteLength - 28, 1));
      sealed.push([sealed.length, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, bytes))]);
    }
    await put(sealed);
    const db = await floorDatabase();
    const range = IDBKeyRange.bound(0, sealed.length);
    const start = performance.now();
    const all = await asPromise(db.transaction('bytes').objectStore('bytes').getAll(range));
    const clear = await Promise.all(all.map((bytes) => crypto.subtle.decrypt(algorithm, key, bytes)));
    const end = performance.now();
    return { ms: end - start, bytes: clear.reduce((size, { byteLength }) => size + byteLength, 0) };
  };
  /** One pass of indexOf over every name in one text. */
  const floorSearch = (names, query) => {
    const PASSES = 50;
    const text = names.join('\n');
    let found = 0;
    const start = performance.now();
    for (let pass = 0; pass < PASSES; pass += 1) {
      for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + 1)) found += 1;
    }
    return { ms: (performance.now() - start) / PASSES, found: found / PASSES };
  };
  const floorPull = async (addresses, token) => {
    const start = performance.now();
    let bytes = 0;
    for (const address of addresses) {
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      bytes += (await answer.arrayBuffer()).byteLength;
    }
    return { ms: performance.now() - start, bytes };
  };
  const floorPush = async (address, base64) => {
    const body = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const start = performance.now();
    const answer = await fetch(address, { method: 'POST', body, headers: { 'content-type': 'application/msgpack' } });
    const receipt = new Uint8Array(await answer.arrayBuffer());
    const ms = performance.now() - start;
    return { ms, receipt: btoa(String.fromCharCode(...receipt)) };
  };
  /** Work of the processor alone, by which the slowing is known to be what was asked for. */
  const spin = () => {
    const start = performance.now();
    let sum = 0;
    for (let pass = 0; pass < 2e8; pass += 1) sum = (sum * 31 + pass) | 0;
    return sum === 0 ? 0 : performance.now() - start;
  };

  globalThis.bench = {
    ...{ ask, search, save, since, refused, settled, listed, laidOut, until, spin },
    ...{ floorSave, floorStart, floorSearch, floorPull, floorPush },
  };
})();
