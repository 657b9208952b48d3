"""Mail domains are hosted once they are proven"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("mail_domain", schema=None) as batch_op:
        for name in ("ownership", "dkim"):
            batch_op.add_column(
                sa.Column(name, sa.Text(), server_default="VERIFIED", nullable=False)
            )
