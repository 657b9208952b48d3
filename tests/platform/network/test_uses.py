"""Who uses what."""

from __future__ import annotations

from forecourt.platform.network import uses
from tests.harness import World

SUBNET = "arn:aws:ec2:us-east-1:000000000000:subnet/subnet-1"
ONE, TWO = (f"arn:aws:elasticloadbalancing:us-east-1:000000000000:{n}" for n in ("1", "2"))


def test_record_and_drop(world: World) -> None:
    write, read = world.store.write_now, world.store.read_now
    assert read(uses.users, SUBNET) == ()
    for _ in range(2):
        write(uses.record, ONE, SUBNET)
    write(uses.record, TWO, SUBNET)
    write(uses.record, ONE, f"{SUBNET}0")  # an ARN that begins with the other
    assert read(uses.users, SUBNET) == (ONE, TWO)
    write(uses.drop, ONE, SUBNET)
    write(uses.drop, ONE, SUBNET)
    assert read(uses.users, SUBNET) == (TWO,)
    assert read(uses.users, f"{SUBNET}0") == (ONE,)
