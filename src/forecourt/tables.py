"""All tables, declared: what migrations make, and what a backup holds."""

import forecourt.platform.certificates.tables
import forecourt.platform.functions.tables
import forecourt.platform.identity.tables
import forecourt.platform.mail.tables
import forecourt.platform.measurements.tables
import forecourt.platform.names.tables
import forecourt.platform.notify.tables
import forecourt.platform.objects.tables
import forecourt.platform.tables
import forecourt.services.acm.tables
import forecourt.services.acm_pca.tables
import forecourt.services.elasticache.tables
import forecourt.services.route53.tables
import forecourt.services.ses.tables  # noqa: F401
from forecourt.store.schema import metadata

__all__ = ["metadata"]
