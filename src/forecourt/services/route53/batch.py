"""A change batch in the making: the names it touches, as they were and as they will be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import routing_rules, rules
from .domain_names import BadName, Name, parse
from .zones import errors, get_zone

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

    from .zones import Zone

Key = tuple[str, str]  # type and set identifier
FOLLOWS = {("DELETE", "CREATE"), ("DELETE", "UPSERT")}


class Touched:
    """One name: its record sets before the batch, and so far."""

    __slots__ = ("actions", "before", "name", "sets")

    def __init__(self, name: Name, before: dict[Key, t.ResourceRecordSet]) -> None:
        self.name, self.before, self.sets = name, before, dict(before)
        self.actions: dict[Key, str] = {}


class Batch:
    def __init__(self, tx: Tx, zone: Zone) -> None:
        self._tx, self._zone = tx, zone
        self._origin = parse(zone.name)
        self._touched: dict[str, Touched] = {}
        self.complaints: list[str] = []

    def apply(self, change: t.Change) -> None:
        """Apply one change to the names as they are so far; what cannot be is a complaint."""
        given = change["ResourceRecordSet"]
        try:
            name = parse(given["Name"])
        except BadName as bad:
            self.complaints.append(str(bad))
            return
        if not name.within(self._origin):
            self.complaints.append(
                f"RRSet with DNS name {name.text} is not permitted in zone {self._zone.name}"
            )
            return
        wanted: t.ResourceRecordSet = {**given, "Name": name.text}
        if "AliasTarget" in wanted:
            try:
                target = parse(wanted["AliasTarget"]["DNSName"]).text
            except BadName as bad:
                self.complaints.append(str(bad))
                return
            wanted["AliasTarget"] = {**wanted["AliasTarget"], "DNSName": target}
        problems = rules.value_complaints(wanted)
        if change["Action"] != "DELETE":
            problems += routing_rules.set_complaints(wanted, private=self._zone.private)
            problems += self._protected(name, wanted["Type"]) or self._alias(wanted)
        else:
            problems = self._protected(name, wanted["Type"])
        self.complaints += problems
        if not problems:
            self._change(change["Action"], self._touch(name), wanted)

    def _change(self, action: str, at: Touched, wanted: t.ResourceRecordSet) -> None:
        key = wanted["Type"], wanted.get("SetIdentifier", "")
        current = at.sets.get(key)
        earlier = at.actions.get(key)
        at.actions[key] = action
        label = f"[name='{wanted['Name']}', type='{wanted['Type']}'"
        label += f", set-identifier='{key[1]}']" if key[1] else "]"
        match action, current:
            case _, {"TrafficPolicyInstanceId": instance}:
                problem = (
                    f"Tried to change resource record set {label} but it belongs to the traffic"
                    f" policy instance {instance}"
                )
            case "CREATE", dict():
                problem = f"Tried to create resource record set {label} but it already exists"
            case "DELETE", None:
                problem = f"Tried to delete resource record set {label} but it was not found"
            case "DELETE", dict() if not rules.same_values(wanted, current):
                problem = (
                    f"Tried to delete resource record set {label} but the values provided do not"
                    " match the current values"
                )
            case _ if earlier is not None and (earlier, action) not in FOLLOWS:
                problem = (
                    "The request contains an invalid set of changes for a resource record set"
                    f" '{wanted['Type']} {wanted['Name']}'"
                )
            case "DELETE", _:
                del at.sets[key]
                return
            case _:
                at.sets[key] = wanted
                return
        self.complaints.append(problem)

    def judge(self) -> list[str]:
        """What must not be of the names as the batch leaves them."""
        found = []
        for at in self._touched.values():
            found += rules.name_complaints(self._zone.name, at.name.text, at.sets, at.actions)
            found += routing_rules.group_complaints(at.name.text, at.sets, at.actions)
            if at.name.text == self._zone.name:
                found += rules.apex_complaints(at.sets)
        return found

    @property
    def growth(self) -> int:
        return sum(len(at.sets) - len(at.before) for at in self._touched.values())

    def changed(self) -> list[Name]:
        return [at.name for at in self._touched.values()]

    def gone(self, name: Name) -> list[Key]:
        at = self._touched[name.text]
        return [key for key in at.before if key not in at.sets]

    def new(self, name: Name) -> list[t.ResourceRecordSet]:
        at = self._touched[name.text]
        return [body for key, body in at.sets.items() if at.before.get(key) != body]

    def _touch(self, name: Name) -> Touched:
        if name.text not in self._touched:
            rows = self._tx.all(
                "SELECT type, set_identifier, body FROM route53_record_set"
                " WHERE zone = :zone AND sort_key = :key",
                zone=self._zone.id,
                key=name.sort_key,
            )
            before = {(type_, identifier): json.loads(body) for type_, identifier, body in rows}
            self._touched[name.text] = Touched(name, before)
        return self._touched[name.text]

    def _alias(self, wanted: t.ResourceRecordSet) -> list[str]:
        """Whether an alias's target is there, in the zone as the batch has left it so far."""
        if "AliasTarget" not in wanted:
            return []
        target = wanted["AliasTarget"]
        zone = target["HostedZoneId"]
        start = (
            f"Tried to create an alias that targets {target['DNSName']}, type {wanted['Type']}"
            f" in zone {zone}, but "
        )
        if wanted["Type"] not in rules.MAY_BE_ALIAS:
            return [f"{start}that target was not found"]
        name = parse(target["DNSName"])
        if zone != self._zone.id:
            return self._elsewhere(zone, name, wanted["Type"], start)
        if not name.within(self._origin):
            return [f"{start}the alias target name does not lie within the target zone"]
        if not any(type_ == wanted["Type"] for type_, _ in self._touch(name).sets):
            return [f"{start}that target was not found"]
        return []

    def _elsewhere(self, zone_id: str, name: Name, type_: str, start: str) -> list[str]:
        """Whether an alias's target is there in another zone of the caller's."""
        try:
            zone = get_zone(self._tx, zone_id)
        except errors.NoSuchHostedZone:
            return [f"{start}that target was not found"]
        if not name.within(parse(zone.name)) or zone.private != self._zone.private:
            return [f"{start}the alias target name does not lie within the target zone"]
        found = self._tx.one(
            "SELECT 1 FROM route53_record_set WHERE zone = :zone AND sort_key = :key"
            " AND type = :type LIMIT 1",
            zone=zone.id,
            key=name.sort_key,
            type=type_,
        )
        return [] if found else [f"{start}that target was not found"]

    def _protected(self, name: Name, type_: str) -> list[str]:
        row = self._tx.one(
            "SELECT comment FROM route53_protection"
            " WHERE zone = :zone AND sort_key = :key AND type = :type",
            zone=self._zone.id,
            key=name.sort_key,
            type=type_,
        )
        if row is None:
            return []
        comment = f": {row[0]}" if row[0] else ""
        return [
            (
                f"Tried to change resource record set [name='{name.text}', type='{type_}']"
                f" but it is protected{comment}"
            )
        ]
