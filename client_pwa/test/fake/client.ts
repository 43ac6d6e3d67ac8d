/** Stands where `worker/client.ts` does in `vite build --mode fake`; the address says what to show. */
import type { Alarm, DeviceState, HealthAccess } from '../../src/worker/protocol.ts';
import { FakeDataWorker } from './data-worker.ts';

const asked = new URLSearchParams(location.search);

export function startDataWorker(): FakeDataWorker {
  return new FakeDataWorker({
    now: () => Date.now(),
    state: (asked.get('state') ?? 'open') as DeviceState['state'],
    me: asked.get('me') ?? 'Awa',
    patrol: asked.get('patrol') !== 'none',
    alarm: asked.get('alarm') as Alarm | null,
    doubts: asked.has('doubts'),
    full: asked.has('full'),
    retired: asked.has('retired'),
    restored: asked.has('restored'),
    newcomers: asked.has('newcomers'),
    closed: asked.has('closed'),
    erasures: asked.has('erasures'),
    health: (asked.get('health') ?? 'none') as HealthAccess,
    team: asked.get('team') ?? '',
    notices: asked.get('notices'),
  });
}
