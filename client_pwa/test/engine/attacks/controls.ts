/**
 * Each control by its name, and how a test takes it away: by a function in the place of the one that checks.
 *
 * Production code has no switch. The names are the same in both languages. A test imports this file before the engine.
 */
import { type MockInstance, vi } from 'vitest';
import type * as Clock from '../../../src/engine/clock.ts';
import type { Value } from '../../../src/engine/codec.ts';
import type * as Duplicates from '../../../src/engine/duplicates.ts';
import type * as EnrolmentModule from '../../../src/engine/enrolment.ts';
import type * as Entries from '../../../src/engine/entries.ts';
import type * as Envelope from '../../../src/engine/envelope.ts';
import type * as Integrity from '../../../src/engine/integrity.ts';
import type * as Keys from '../../../src/engine/keys.ts';
import type * as Liveness from '../../../src/engine/liveness.ts';
import type * as MembersModule from '../../../src/engine/members.ts';
import type * as Op from '../../../src/engine/op.ts';
import type * as PayloadModule from '../../../src/engine/payload.ts';
import type * as Repeats from '../../../src/engine/repeats.ts';
import type * as Voids from '../../../src/engine/voids.ts';

const { off } = vi.hoisted(() => ({ off: new Set<string>() }));

/** Runs a step while some controls are away. */
export async function without<T>(names: Iterable<string>, step: () => Promise<T>): Promise<T> {
  for (const name of names) off.add(name);
  const spies = await replaced();
  try {
    return await step();
  } finally {
    off.clear();
    for (const spy of spies) spy.mockRestore();
  }
}

// ── The checks of the log that stop the pull ──

vi.mock('../../../src/engine/integrity.ts', async (original) => {
  const real = await original<typeof Integrity>();
  const require: typeof Integrity.require = (holds, reason, view) => {
    real.require(holds || off.has(reason), reason, view);
  };
  return { ...real, require };
});

vi.mock('../../../src/engine/entries.ts', async (original) => {
  const real = await original<typeof Entries>();
  const { Members } = await vi.importActual<typeof MembersModule>('../../../src/engine/members.ts');
  /** Whatever stands behind the root founds the space. */
  const foundedBy: typeof Entries.foundedBy = (view, segment, seen, root) => {
    try {
      return real.foundedBy(view, segment, seen, root);
    } catch (error) {
      if (!off.has('founding') || (error as { reason?: string }).reason !== 'founding') throw error;
      const bodies = seen.map((row) => ('entity' in row ? real.bodyOf(row, segment.space) : null));
      return bodies
        .filter((body) => body !== null)
        .reduce((members, body) => members.after(segment.device, body), new Members(segment.space));
    }
  };
  return { ...real, foundedBy };
});

// ── The rules by which an op has no effect ──

vi.mock('../../../src/engine/voids.ts', async (original) => {
  const real = await original<typeof Voids>();
  const voidOf: typeof Voids.voidOf = (...judged) => {
    const verdict = real.voidOf(...judged);
    return verdict !== null && off.has(verdict) ? null : verdict;
  };
  return { ...real, voidOf };
});

vi.mock('../../../src/engine/op.ts', async (original) => {
  const real = await original<typeof Op>();
  const { decode } = await import('../../../src/engine/codec.ts');
  const { toHex } = await import('../../../src/engine/bytes.ts');
  /** A header may break every rule but its shape. */
  const decodeHeader: typeof Op.decodeHeader = (data) => {
    if (!off.has('header')) return real.decodeHeader(data);
    const hex = (one: unknown) => toHex(one as Uint8Array);
    const [, space, device, entity, opClass, kind, hlc_ms, hlc_ctr, epoch, re, kills, facts] =
      decode(data) as unknown[];
    const ids = { space: hex(space), device: hex(device), entity: hex(entity) };
    const links = { re: re === null ? null : hex(re), kills: (kills as unknown[]).map(hex) };
    return {
      ...ids,
      opClass,
      kind,
      hlc_ms,
      hlc_ctr,
      epoch,
      ...links,
      facts,
    } as unknown as Op.Header;
  };
  return { ...real, decodeHeader };
});

vi.mock('../../../src/engine/liveness.ts', async (original) => {
  const real = await original<typeof Liveness>();
  /** A kill counts against any op of the log. */
  const liveOps: typeof Liveness.liveOps = (ops) => {
    if (!off.has('kill')) return real.liveOps(ops);
    const every = [...ops];
    const listed = new Set(every.flatMap(({ header }) => header.kills));
    return every.filter(({ opId }) => !listed.has(opId));
  };
  /** A kill that nothing justifies is told to nobody. */
  const unjustified: typeof Liveness.unjustified = (ops) =>
    off.has('told') ? [] : real.unjustified(ops);
  return { ...real, liveOps, unjustified };
});

vi.mock('../../../src/engine/clock.ts', async (original) => {
  const real = await original<typeof Clock>();
  /** An op's time is what its author says. */
  const order: typeof Clock.order = (times, opId, server_ms) =>
    real.order(times, opId, off.has('clock') ? null : server_ms);
  /** A device goes by the time that an op says. */
  const receive: typeof Clock.receive = (own, header, server_ms) =>
    real.receive(own, header, off.has('received') ? header.hlc_ms : server_ms);
  return { ...real, order, receive };
});

vi.mock('../../../src/engine/repeats.ts', async (original) => {
  const real = await original<typeof Repeats>();
  /** A row counts beside the one that it stands for. */
  const repeats: typeof Repeats.repeats = (ops) =>
    off.has('repeats') ? new Set() : real.repeats(ops);
  return { ...real, repeats };
});

vi.mock('../../../src/engine/duplicates.ts', async (original) => {
  const real = await original<typeof Duplicates>();
  /** A link counts on whichever side it stands. */
  const linksOf: typeof Duplicates.linksOf = (state) => {
    if (!off.has('links')) return real.linksOf(state);
    const [own] = state.groups;
    const names = [...(own?.registers.keys() ?? [])].filter((name) => name.startsWith('0same/'));
    return names.map((name) => [state.entity, name.slice(6) as typeof state.entity]);
  };
  return { ...real, linksOf };
});

// ── What a payload is bound to, and what it may say ──

vi.mock('../../../src/engine/envelope.ts', async (original) => {
  const real = await original<typeof Envelope>();
  const { ascii, join } = await import('../../../src/engine/bytes.ts');
  const openPayload: typeof Envelope.openPayload = async (key, sealed, header) => {
    if (off.has('aad')) return real.unpad(await untagged(key.reveal(), sealed)) as Opened;
    if (!off.has('padding')) return stopping(() => real.openPayload(key, sealed, header));
    const aes = await crypto.subtle.importKey('raw', key.reveal(), 'AES-GCM', false, ['decrypt']);
    const additionalData = join(ascii('esc1/aad\0'), header);
    const bound = { name: 'AES-GCM', iv: sealed.slice(0, 12), additionalData };
    return unpadded(await crypto.subtle.decrypt(bound, aes, sealed.slice(12))) as Opened;
  };
  return { ...real, openPayload };
});

type Opened = Awaited<ReturnType<typeof Envelope.openPayload>>;

/** A payload may be padded to any size. */
function unpadded(padded: ArrayBuffer): Uint8Array {
  const bytes = new Uint8Array(padded);
  return bytes.slice(0, bytes.lastIndexOf(0x80));
}

/** Its tag is not looked at. */
async function untagged(key: Uint8Array<ArrayBuffer>, sealed: Uint8Array): Promise<Uint8Array> {
  const counter = new Uint8Array(16);
  counter.set(sealed.subarray(0, 12));
  counter[15] = 2;
  const aes = await crypto.subtle.importKey('raw', key, 'AES-CTR', false, ['decrypt']);
  const algorithm = { name: 'AES-CTR', counter, length: 32 };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, aes, sealed.slice(12, -16)));
}

/** What does not open stops whoever reads it, if there is no quarantine. */
async function stopping<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (off.has('quarantine')) throw new Error('Nobody expected that.', { cause: error });
    throw error;
  }
}

vi.mock('../../../src/engine/payload.ts', async (original) => {
  const real = await original<typeof PayloadModule>();
  const { decode } = await import('../../../src/engine/codec.ts');
  const { toHex } = await import('../../../src/engine/bytes.ts');
  const { EntitySecret } = await import('../../../src/engine/secret.ts');
  type Names = readonly Uint8Array[];
  /** A payload may break every rule but its shape. */
  const decodePayload: typeof PayloadModule.decodePayload = (data, header) => {
    if (!off.has('payload')) {
      try {
        return real.decodePayload(data, header);
      } catch (error) {
        if (off.has('quarantine')) throw new Error('Nobody expected that.', { cause: error });
        throw error;
      }
    }
    const [, secret, at_ms, by, bases, fields] = decode(data) as [
      number,
      Uint8Array | null,
      number,
      Uint8Array | null,
      readonly Names[],
      readonly [string, null, Names][],
    ];
    return {
      secret: secret === null ? null : new EntitySecret(secret),
      at_ms,
      by: by === null ? null : (toHex(by) as PayloadModule.Payload['by']),
      factBases: bases.map((names) => names.map(toHex)),
      fields: fields.map(([name, value, names]) => ({ name, value, base: names.map(toHex) })),
    } as unknown as PayloadModule.Payload;
  };
  return { ...real, decodePayload };
});

// ── Keys ──

vi.mock('../../../src/engine/keys.ts', async (original) => {
  const real = await original<typeof Keys>();
  const { EpochKey } = await import('../../../src/engine/secret.ts');
  const { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } = await import('@hpke/core');
  /** A wrap under a weaker cipher opens too, with the secret half of the victim's key. */
  const openWeaker = async (wrapped: Uint8Array, info: Uint8Array<ArrayBuffer>) => {
    const [kem, kdf, aead] = [new DhkemX25519HkdfSha256(), new HkdfSha256(), new Aes128Gcm()];
    const weaker = new CipherSuite({ kem, kdf, aead });
    const recipientKey = await weaker.kem.importKey(
      'raw',
      new Uint8Array(32).fill(103).buffer,
      false,
    );
    const recipient = { recipientKey, enc: wrapped.slice(0, 32), info };
    return new Uint8Array(await weaker.open(recipient, wrapped.slice(32)));
  };
  const unwrap: typeof Keys.unwrap = async (wrapped, box, epoch, device) => {
    const info = real.wrapInfo(epoch, device);
    // The key in a wrap is believed.
    if (off.has('commit')) return new EpochKey(await box.open(wrapped, info));
    if (off.has('suite')) return new EpochKey(await openWeaker(wrapped, info));
    try {
      return await real.unwrap(wrapped, box, epoch, device);
    } catch (error) {
      if (off.has('key_fails')) throw new Error('Nobody expected that.', { cause: error });
      throw error;
    }
  };
  /** A key of small order is as good as any. */
  const isSoundEdPk: typeof Keys.isSoundEdPk = (key) =>
    off.has('sound_key') || real.isSoundEdPk(key);
  const isSoundXPk: typeof Keys.isSoundXPk = (key) => off.has('sound_key') || real.isSoundXPk(key);
  return { ...real, unwrap, isSoundEdPk, isSoundXPk };
});

// ── The codes of an enrolment ──

vi.mock('../../../src/engine/enrolment.ts', async (original) => {
  const real = await original<typeof EnrolmentModule>();
  const { decode, encode } = await import('../../../src/engine/codec.ts');
  const membersOf = (text: string) =>
    decode(new Uint8Array(Buffer.from(text, 'base64url'))) as readonly Value[];
  /** Nobody compares the letters. */
  const letters: typeof EnrolmentModule.letters = (code1, code2) =>
    off.has('letters') ? '' : real.letters(code1, code2);
  /** An answer is believed, whoever asked for it, and whatever its version. */
  const decodeCode2: typeof EnrolmentModule.decodeCode2 = (text, nonce) => {
    const members = membersOf(text);
    const read = off.has('version')
      ? Buffer.from(encode([1, ...members.slice(1)])).toString('base64url')
      : text;
    return real.decodeCode2(read, off.has('nonce') ? (members[2] as typeof nonce) : nonce);
  };
  return { ...real, letters, decodeCode2 };
});

// ── Methods, in the place of which a spy can stand ──

async function replaced(): Promise<MockInstance[]> {
  const { Keyring } = await import('../../../src/engine/keyring.ts');
  const { opKey } = await import('../../../src/engine/keys.ts');
  const { Outbox } = await import('../../../src/engine/outbox.ts');
  const { Replica } = await import('../../../src/engine/replica.ts');
  const { unpad } = await import('../../../src/engine/envelope.ts');
  const { decodePayload } = await import('../../../src/engine/payload.ts');
  const spies: MockInstance[] = [];
  if (off.has('entity_key')) {
    /** The key of any entity opens an op: it takes the tag away too. */
    const openWithAny = async function (
      this: InstanceType<typeof Keyring>,
      ...[header, , sealed]: Parameters<InstanceType<typeof Keyring>['open']>
    ) {
      for (const [entity, secret] of this.secrets) {
        const epochKey = this.epochKeys.get(header.epoch);
        if (epochKey === undefined) continue;
        const key = await opKey(epochKey, secret, this.space, entity, header.epoch);
        try {
          return decodePayload(unpad(await untagged(key.reveal(), sealed)) as Opened, header);
        } catch {
          continue;
        }
      }
      return null;
    };
    spies.push(vi.spyOn(Keyring.prototype, 'open').mockImplementation(openWithAny));
  }
  if (off.has('outbox')) {
    const { accept } = Outbox.prototype as { accept: (this: unknown, n: number) => boolean };
    /** An op leaves the outbox when the server answers. */
    const andForget = function (this: InstanceType<typeof Outbox>, n: number) {
      const isDue = accept.call(this, n);
      for (const { opId } of this.inState('acknowledged')) this.ops.delete(opId);
      return isDue;
    };
    spies.push(vi.spyOn(Outbox.prototype, 'accept').mockImplementation(andForget));
  }
  if (off.has('lost')) {
    /** What a server says to have lost is let go of. */
    spies.push(vi.spyOn(Replica.prototype, 'holdLost').mockResolvedValue());
  }
  if (off.has('shown_erased')) {
    /** The erased are shown while the log has an op of them. */
    spies.push(vi.spyOn(Replica.prototype, 'isErased').mockReturnValue(false));
  }
  return spies;
}
