"""What was written under an epoch that a restored server has lost is sealed again, to the same op everywhere."""

from sync.reseal import reseal
from sync.rotation import write_rotation
from tests.engine_kit import deliver, moment, pull
from tests.restored_kit import THING, again, back, note_of, superseded


def test_what_waits_under_an_epoch_that_another_has_replaced_is_sealed_again() -> None:
    server, awa, dina, samir, name = superseded()
    samir = again(samir)
    pull(samir, server)
    assert len(samir.held()) == 3
    samir = again(samir)
    renamed = reseal(samir)
    assert (name in renamed, samir.held()) == (True, set())
    assert note_of(samir) == note_of(again(samir)) == "calm"
    deliver(samir, server)
    for who in (dina, awa):
        if who is awa:
            back(who, server)
        pull(who, server)
        state = who.state(THING)
        assert state is not None
        assert [group.registers[0, "done"].value for group in state.groups if group.row] == [True]
        assert note_of(who) == "calm"


def test_two_stores_of_one_device_seal_it_again_to_the_same_op() -> None:
    """A cloned profile holds the same outbox; what it writes again must be counted once."""
    server, _, _, samir, _ = superseded()
    clone = again(samir)
    for store in (samir, clone):
        pull(store, server)
        reseal(store)
    assert list(samir.outbox.ops) == list(clone.outbox.ops)


def test_two_stores_of_one_device_seal_it_again_alike_though_one_of_them_reads_on_first() -> None:
    """The newest epoch would be another one for each of them, and the server would take both."""
    server, _, dina, samir, _ = superseded()
    clone = again(samir)
    pull(samir, server)
    reseal(samir)
    write_rotation(dina, moment(8))
    deliver(dina, server)
    pull(clone, server)
    clone.restored_ms = None
    reseal(clone)
    assert (clone.reader.view.members.epoch, list(clone.outbox.ops)) == (3, list(samir.outbox.ops))


def test_what_is_not_sealed_again_opens_for_nobody_else() -> None:
    """The control of the two tests above: the server accepts it, and no member reads it."""
    server, _, dina, samir, name = superseded()
    pull(samir, server)
    view = samir.reader.view
    pushed = samir.outbox.push(samir.identity.signing, (view.cursor, view.log))
    assert pushed is not None
    server.push(pushed)
    pull(dina, server)
    assert name not in dina.payloads
    assert name in dina.waiting


def test_an_op_whose_secret_is_gone_is_held() -> None:
    server, _, _, samir, name = superseded()
    pull(samir, server)
    amend = list(samir.outbox.ops)[-1]
    del samir.keyring.secrets[THING]
    assert {name, amend} <= samir.held()
