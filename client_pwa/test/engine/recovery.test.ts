/** What the recovery member reads and signs: the root that a server shows, and one new administrator. */
import { expect, test } from 'vitest';
import { decodeBody } from '../../src/engine/control.ts';
import { IntegrityFailure } from '../../src/engine/errors.ts';
import type { EntityId, WorkerId } from '../../src/engine/ids.ts';
import {
  recoveryBody,
  recoveryIdentity,
  rootIn,
  writeAdministrator,
} from '../../src/engine/recovery.ts';
import { newReplica, type Replica } from '../../src/engine/replica.ts';
import { writeRevocation, writeRotation } from '../../src/engine/rotation.ts';
import { RecoverySeed } from '../../src/engine/secret.ts';
import { CannotWrite, firstEpoch, write, writeFounding } from '../../src/engine/writer.ts';
import {
  AWA,
  deliver,
  EPOCH_KEY,
  identity,
  member,
  moment,
  ORG,
  REGISTRY,
  SPACE,
  START_MS,
  stream,
} from './kit.ts';
import { ModelServer } from './model.ts';

const RECOVERY = await recoveryIdentity(new RecoverySeed(new Uint8Array(32).fill(6)));
const ODILE = await identity(7);
const WHO = 'c7'.repeat(16) as WorkerId;
const THING = 'e1'.repeat(16) as EntityId;

/** Awa founds beside the recovery member, writes, and changes the key so many times. */
async function lived(rotations: number): Promise<{ server: ModelServer; awa: Replica }> {
  const server = new ModelServer(SPACE, START_MS);
  const awa = newReplica(AWA, REGISTRY, SPACE, null, stream(1));
  const bodies = [member(AWA), recoveryBody(RECOVERY, ORG)] as const;
  await writeFounding(awa, bodies, await firstEpoch(SPACE, bodies, EPOCH_KEY), moment(1));
  await deliver(awa, server);
  const said = { kind: 'thing', fields: { note: 'before' } };
  await write(awa, [{ intent: 'genesis', entity: THING, ...said }], moment(2));
  for (let n = 0; n < rotations; n += 1) {
    await writeRotation(awa, moment(3 + n));
    await deliver(awa, server);
  }
  await deliver(awa, server);
  return { server, awa };
}

async function recovered(server: ModelServer): Promise<Replica> {
  const page = server.page();
  const replica = newReplica(RECOVERY, REGISTRY, SPACE, rootIn(page), stream(2));
  await replica.applyPage(page, START_MS);
  return replica;
}

function keys({ signing, box }: typeof ODILE): {
  edPk: Uint8Array<ArrayBuffer>;
  xPk: Uint8Array<ArrayBuffer>;
} {
  if (box === null) throw new Error('A new device is keyed.');
  return { edPk: signing.public, xPk: box.public };
}

test.each([0, 1, 5])(
  'after %i rotations the new administrator opens what was written before',
  async (n) => {
    const { server, awa } = await lived(n);
    const recovery = await recovered(server);
    expect(recovery.reader.root).toBe(awa.reader.root);
    const name = await writeAdministrator(recovery, keys(ODILE), WHO, moment(9));
    const sealed = recovery.outbox.ops.get(name)?.sealed ?? new Uint8Array();
    expect(decodeBody('member', sealed as never, SPACE)).toMatchObject({
      device: ODILE.device,
      roles: 7,
      org: ORG,
      worker: WHO,
    });
    await deliver(recovery, server);
    const odile = newReplica(ODILE, REGISTRY, SPACE, awa.reader.root, stream(3));
    await odile.applyPage(server.page(), START_MS);
    expect(odile.waiting.size).toBe(0);
    expect(odile.ops(THING).map(({ payload }) => payload?.fields[0]?.value)).toEqual(['before']);
  },
);

test('a recovery member that was revoked, or that has read nothing, signs nobody', async () => {
  const { server, awa } = await lived(0);
  const empty = newReplica(RECOVERY, REGISTRY, SPACE, awa.reader.root, stream(2));
  await expect(writeAdministrator(empty, keys(ODILE), WHO, moment(9))).rejects.toThrow(CannotWrite);
  await writeRevocation(awa, [RECOVERY.device], moment(4));
  await deliver(awa, server);
  const late = await recovered(server);
  await expect(writeAdministrator(late, keys(ODILE), WHO, moment(9))).rejects.toThrow(CannotWrite);
  expect(late.outbox.ops.size).toBe(0);
});

test('a page without the first op shows no root', async () => {
  const { server } = await lived(1);
  const later = server.page(3);
  for (const page of [later, later.subarray(1), new Uint8Array()]) {
    expect(() => rootIn(page)).toThrow(IntegrityFailure);
  }
});
