/** The calls about what a patrol saw of a place. */
import type { OpId } from '../engine/ids.ts';
import { found, type Handlers } from './handlers.ts';
import { saveObservation, voidObservation } from './observations.ts';
import type { OpenVault } from './open-vault.ts';
import { OBSERVATION_DRAFT } from './protocol.ts';
import { observationNamed, observationsOf } from './views/observations.ts';
import { rowIdOf } from './views/reading.ts';

/** `opened` throws CallProblem while the vault is closed. */
export function observationCalls(opened: () => OpenVault) {
  return {
    'view.observations': ({ patrol }) =>
      opened().view((reading) => {
        const state = reading.state(patrol);
        return state === null ? [] : observationsOf(reading, state);
      }),
    'view.observation': ({ row }) =>
      opened().view((reading) => found(observationNamed(reading, rowIdOf(row as OpId)))),
    'observation.save': (ask) =>
      opened().saveDraft({ name: OBSERVATION_DRAFT, drafts: null }, (scene) =>
        saveObservation(scene, ask),
      ),
    'observation.void': (ask) => opened().save((scene) => voidObservation(scene, ask)),
  } satisfies Partial<Handlers>;
}
