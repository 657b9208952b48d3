"""Names of caches, as AWS gives them."""

from __future__ import annotations

from forecourt.services.elasticache import endpoints

BASE = ("abc123", "use1.cache.forecourt.cloud")


def test_names_are_formed_as_aws_forms_them() -> None:
    end = BASE[1]
    assert endpoints.node("shop-001", "0001", *BASE) == f"shop-001.abc123.0001.{end}"
    assert endpoints.node("shop-001", "0001", *BASE, tls="shop") == f"shop-001.shop.abc123.{end}"
    assert endpoints.primary("shop", *BASE, tls=False) == f"shop.abc123.ng.0001.{end}"
    assert endpoints.primary("shop", *BASE, tls=True) == f"master.shop.abc123.{end}"
    assert endpoints.reader("shop", *BASE, tls=False) == f"shop-ro.abc123.ng.0001.{end}"
    assert endpoints.reader("shop", *BASE, tls=True) == f"replica.shop.abc123.{end}"
    assert endpoints.configuration("shop", *BASE, tls=False) == f"shop.abc123.clustercfg.{end}"
    assert endpoints.configuration("shop", *BASE, tls=True) == f"clustercfg.shop.abc123.{end}"
    assert endpoints.memcached("mem", *BASE) == f"mem.abc123.cfg.{end}"
