"""Templates: values, blocks, partials, and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.services.ses import handlebars
from forecourt.services.ses.handlebars import BadTemplate, Missing, TooLarge, rendered

DATA: dict[str, Any] = {
    "name": "Ann & <Bo>", "n": 3, "f": 1.0, "yes": True, "no": False, "nothing": None, "empty": [],
    "pets": ["Tom", "Rex"], "a": {"b": {"c": "deep"}}, "people": [{"name": "X", "tags": ["p", "q"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{name}}!", "Hi Ann & <Bo>!"),  # nothing is escaped
        ("{{{name}}} {{&name}}", "Ann & <Bo> Ann & <Bo>"),
        ("{{n}} {{f}} {{yes}} {{no}} [{{nothing}}] {{pets}}", "3 1 true false [] Tom,Rex"),
        ("{{a.b.c}} {{a/b/c}} {{pets.1}} {{pets.length}}", "deep deep Rex 2"),
        ("{{#each pets}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}", "0Tom, 1Rex"),
        ("{{#each a.b}}{{@key}}={{this}}{{/each}}", "c=deep"),
        ("{{#each empty}}x{{else}}none{{/each}}", "none"),
        ("{{#if yes}}a{{else}}b{{/if}}{{#if no}}c{{else}}d{{/if}}{{#if gone}}e{{/if}}", "ad"),
        ("{{#unless gone}}a{{/unless}}", "a"),
        ("{{#with a.b}}{{c}} {{../n}}{{/with}}", "deep 3"),
        ("{{#each people}}{{#each tags}}{{../name}}{{this}}{{@root.n}}{{/each}}{{/each}}", "Xp3Xq3"),
        ('{{#* inline "sig"}}-- {{name}}{{/inline}}{{> sig}}', "-- Ann & <Bo>"),
        ("a {{~n~}} b", "a3b"),
        ("a{{! note }}{{!-- {{n}} --}}b", "ab"),
        ("no tags", "no tags"),
    ],
)  # fmt: skip
def test_what_is_rendered(source: str, text: str) -> None:
    assert rendered(source, DATA) == text


@pytest.mark.parametrize("source", ["{{gone}}", "{{a.x}}", "{{../n}}", "{{> none}}", "{{@index}}"])
def test_what_is_not_in_the_data(source: str) -> None:
    with pytest.raises(Missing):
        rendered(source, DATA)


@pytest.mark.parametrize(
    "source",
    [
        "{{#if a}}", "{{/if}}", "{{#if a}}{{/each}}", "{{else}}", "{{name", "{{a b}}", "{{#a}}{{/a}}",
        "{{#> layout}}{{/layout}}", "{{lookup a b}}", "{{#if a}}{{else}}{{else}}{{/if}}", "{{}}",
        "{{#if a}}" * 40 + "{{/if}}" * 40, "x" * 600_000,
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_template(source: str) -> None:
    with pytest.raises(BadTemplate):
        rendered(source, DATA)


def test_growth_is_bounded() -> None:
    many = {"l": list(range(300))}
    inside = "{{#each @root.l}}" * 4 + "laugh" + "{{/each}}" * 4
    with pytest.raises(TooLarge):
        rendered(inside, many)
    loop = '{{#* inline "a"}}{{> a}}{{/inline}}{{> a}}'
    with pytest.raises(TooLarge):
        rendered(loop, {})
    with pytest.raises(TooLarge):
        rendered("{{#each l}}{{@root.t}}{{/each}}", {"t": "x" * 100_000, **many})


@given(st.text(alphabet="{}#/ae.l>*!~@\"' \n", max_size=60))
def test_whatever_is_given(source: str) -> None:
    try:
        tree = handlebars.parse(source)
        handlebars.render(tree, {"a": [1, {"e": "x"}], "e": {"l": True}})
    except (BadTemplate, Missing, TooLarge):
        pass


def test_templates_are_gone_through_once() -> None:
    for source in ("{{" + " " * 200_000, "{{" * 100_000, "{{!--" * 50_000, "{{a" + "}" * 100_000):
        try:
            handlebars.parse(source)
        except BadTemplate:
            continue
    many = {"a": list(range(3000))}
    with pytest.raises(TooLarge):
        rendered("{{#each a}}{{#each ../a}}{{/each}}{{/each}}", many)
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    assert rendered("{{a}}", {"a": deep}) == ""
