"""Deploys that can be trusted"""

import sqlalchemy as sa
from alembic import op

import bot.store

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('freeze',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('environment', sa.String(), nullable=False),
    sa.Column('service', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', bot.store.Instant(timezone=True), nullable=False),
    sa.Column('until', bot.store.Instant(timezone=True), nullable=False),
    sa.Column('lifted_at', bot.store.Instant(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('freeze', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_freeze_environment'), ['environment'], unique=False)

    op.create_table('quarantine',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('image', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', bot.store.Instant(timezone=True), nullable=False),
    sa.Column('lifted_at', bot.store.Instant(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(), nullable=False),
    sa.Column('lifted_name', sa.String(), nullable=False),
    sa.Column('lifted_reason', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subject')
    )
    with op.batch_alter_table('quarantine', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quarantine_service'), ['service'], unique=False)

    op.create_table('review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', bot.store.Instant(timezone=True), nullable=False),
    sa.Column('due_at', bot.store.Instant(timezone=True), nullable=False),
    sa.Column('signed_by', sa.String(), nullable=False),
    sa.Column('signed_name', sa.String(), nullable=False),
    sa.Column('signed_at', bot.store.Instant(timezone=True), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subject')
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_due_at'), ['due_at'], unique=False)

    with op.batch_alter_table('deploy', schema=None) as batch_op:
        batch_op.add_column(sa.Column('major', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('emergency', sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column('in_window', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('not_before', bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('not_after', bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('plan', sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column('proposal', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("planned_at", bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column('ticked', sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("whole_at", bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("back_at", bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('step', sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column('step_at', bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('paused_by', sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column('promoted', sa.Integer(), nullable=False, server_default="-1"))
        batch_op.add_column(sa.Column('verdict', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('measured', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('watch_until', bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('good_at', bot.store.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("migrated", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("down_by", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f('ix_deploy_good_at'), ['good_at'], unique=False)

    op.execute("UPDATE deploy SET good_at = ended_at WHERE state = 'succeeded'")
    op.rename_table("lock", "lock_before")
    op.create_table(
        "lock",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", bot.store.Instant(timezone=True), nullable=False),
        sa.Column("until", bot.store.Instant(timezone=True), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("place", "kind"),
    )
    columns = "INSERT INTO lock (place, kind, holder, name, reason, at, token, warned) SELECT"
    op.execute(f"{columns} place, 'person', person, name, reason, at, 0, false FROM lock_before")
    op.execute(
        f"{columns} active, 'change', 'deploy:' || id, requested_name, '', requested_at, epoch, false "
        "FROM deploy WHERE active IS NOT NULL"
    )
    op.drop_table("lock_before")
    with op.batch_alter_table("deploy") as batch_op:
        batch_op.drop_column("active")
    with op.batch_alter_table("vote", naming_convention={"uq": "vote_subject_person_key"}) as batch_op:
        batch_op.add_column(sa.Column("plan", sa.String(), nullable=False, server_default=""))
        batch_op.drop_constraint("vote_subject_person_key", type_="unique")
        batch_op.create_unique_constraint("vote_subject_plan_person_key", ["subject", "plan", "person"])
