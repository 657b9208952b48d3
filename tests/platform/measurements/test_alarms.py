"""Alarms, by their names."""

from forecourt.platform.measurements import alarms
from forecourt.platform.measurements.alarms import ALARMS
from forecourt.store.tx import Tx
from tests.harness import World


def test_what_data_says(world: World) -> None:
    def look(tx: Tx) -> None:
        account, region = tx.call.account, tx.call.region
        assert alarms.state_of(tx, account, region, "a") == alarms.INSUFFICIENT
        made = ALARMS.create(tx, "a", {}, {"State": "OK", "Seen": "ALARM"})
        assert made.arn == alarms.arn_of(account, region, "a")
        assert alarms.state_of(tx, account, region, "a") == alarms.ALARM
        assert alarms.find(tx, made.arn) == made

    world.store.write_now(look)
