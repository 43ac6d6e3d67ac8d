/** The calls about people: their tiles and pages, what is written of them, and who is one person with whom. */
import type { EntityId } from '../engine/ids.ts';
import { drawCards, giveCard } from './cards.ts';
import { erasePerson, refuseErased } from './erasing.ts';
import * as gestures from './gestures.ts';
import { found, type Handlers } from './handlers.ts';
import type { OpenVault } from './open-vault.ts';
import { recognise } from './recognising.ts';
import { addRow, amendRow, voidRow } from './rows.ts';
import type { Scene } from './scene.ts';
import { bin } from './views/bin.ts';
import { cardHolders } from './views/cards.ts';
import { duplicates } from './views/duplicates.ts';
import { history } from './views/history.ts';
import { search } from './views/people.ts';
import type { Reading } from './views/reading.ts';
import { personRecord } from './views/record.ts';
import { unnamed } from './views/unnamed.ts';

/** `opened` throws CallProblem while the vault is closed. */
export function personCalls(opened: () => OpenVault) {
  const view = <Answer>(look: (reading: Reading, now: number) => Answer) => opened().view(look);
  const save = <Answer>(gesture: (scene: Scene) => Promise<Answer>) => opened().save(gesture);
  return {
    'view.people': ({ query }) => view((reading) => search(reading, query)),
    'view.person': ({ id }) =>
      view((reading) => {
        refuseErased(reading.replica, [id as EntityId]);
        return found(personRecord(reading, id));
      }),
    'view.bin': () => view(bin),
    'view.history': (ask) =>
      view((reading) => {
        refuseErased(reading.replica, [ask.entity as EntityId]);
        return found(history(reading, ask));
      }),
    'view.card': ({ code }) => view((reading) => cardHolders(reading, code)),
    'view.unnamed': ({ person }) => view((reading, now) => unnamed(reading, person, now)),
    'view.duplicates': () => view(duplicates),
    'view.erased': ({ ids }) =>
      view(({ replica }) => ids.filter((id) => replica.isErased(id as EntityId))),
    'person.create': (ask) => save((scene) => gestures.createPerson(scene, ask)),
    'person.merge': (ask) => save((scene) => gestures.mergePersons(scene, ask)),
    'person.unmerge': (ask) => save((scene) => gestures.unmergePerson(scene, ask)),
    'person.bin': ({ id }) => save((scene) => gestures.binPerson(scene, id, true)),
    'person.restore': ({ id }) => save((scene) => gestures.binPerson(scene, id, null)),
    'person.recognise': (ask) => save((scene) => recognise(scene, ask)),
    'person.erase': (ask) => opened().saveUnread((scene) => erasePerson(scene, ask)),
    'card.draw': ({ cards }) => view((reading) => drawCards(reading, cards)),
    'card.give': (ask) => save((scene) => giveCard(scene, ask)),
    'row.add': (ask) => save((scene) => addRow(scene, ask)),
    'row.amend': (ask) => save((scene) => amendRow(scene, ask)),
    'row.void': (ask) => save((scene) => voidRow(scene, ask)),
  } satisfies Partial<Handlers>;
}
