"""The database: one engine a process, one place that commits.

SQLite and PostgreSQL are both first-class. On SQLite every transaction that may write begins with
`BEGIN IMMEDIATE`, so that a reader that becomes a writer is never refused half way.
"""

import json
import secrets
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
    literal,
    make_url,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstanceState, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 10
ATTEMPTS = 3
RETRIED_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""

LARGEST_ID = 2**31 - 1
"""The largest primary key; what is larger in a URL is nobody's."""

POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=10000"
    " -c idle_in_transaction_session_timeout=60000"
)


_is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)


def is_in_transaction() -> bool:
    """Whether the caller runs inside `Database.in_transaction`: then nothing may leave that cannot be undone."""
    return _is_writing.get()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: refuses naive datetimes, stores and returns UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _make_room_in_states() -> None:
    """Before any row is loaded, have Python set a place aside for everything that SQLAlchemy notes about a row.

    Python 3.11 may collect garbage in the middle of `state.x = …` when the class has no place for `x`: the values then
    move into a dictionary, and making that may start the collector. If the collector frees the row at this moment,
    SQLAlchemy's own call-back writes to the same state, the values are moved twice and freed twice, and the process
    dies later somewhere else. Sessions closed while forms still held their rows did this. Python 3.12 collects
    between instructions only.
    """
    state = InstanceState.__new__(InstanceState)
    for name in InstanceState.__annotations__:
        if name not in InstanceState.__slots__:
            setattr(state, name, None)


if sys.version_info < (3, 12):
    _make_room_in_states()


class Base(DeclarativeBase):
    """The one registry of tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as a class attribute)
        datetime: UtcDateTime(),
        int: Integer(),
    }


class HasSealed:
    """Mixin of tables with sealed columns: the row's own random name, bound into each box."""

    row_key: Mapped[str] = mapped_column(String(32), unique=True)

    def __init__(self, **values: Any) -> None:
        self.row_key = secrets.token_hex(16)
        super().__init__(**values)


def enum_column(enum: type[StrEnum], name: str = "") -> Enum:
    """A text column with a CHECK that holds exactly the values of `enum`.

    `name` tells the CHECKs of two columns of one table apart.
    """
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        name=name or _snake(enum.__name__),
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class Database:
    """One database: its engine, and the two ways to a session.

    `url` is `sqlite:///path` or `postgresql+psycopg://…`. Opening makes no connection.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _make_engine(str(self.url.render_as_string(hide_password=False)))
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._writers = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    def in_transaction(self, function: Callable[[Session], Result]) -> Result:
        """What `function(session)` returns, committed. The only place in the service that commits.

        The whole function is tried again, three times at most, when the database was locked or gave up a
        deadlock; so it must not do anything that cannot be undone. Raises whatever it raises, rolled back.
        """
        for attempt in range(1, ATTEMPTS + 1):
            token = _is_writing.set(True)
            try:
                with self._writers.begin() as session:
                    return function(session)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _is_worth_another_try(error):
                    raise
            finally:
                _is_writing.reset(token)
        raise AssertionError("unreachable")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to look with; what it changes is never committed."""
        with self._readers() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `reading`, all of it as the database stood at one moment, however much is read."""
        with self._readers() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def reader(self) -> Session:
        """As `reading`, for callers that close it themselves (one a request)."""
        return self._readers()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def among(column: Any, numbers: Collection[int] | BindParameter[str]) -> ColumnElement[bool]:
    """SQL that is true when `column` is one of `numbers`, however many: they travel as one value.

    `in_` sends one value each, of which SQLite takes 32,766 and PostgreSQL 65,535. A parameter takes `as_list`.
    """
    return _IsAmong(column, numbers if isinstance(numbers, BindParameter) else literal(as_list(numbers)))


def as_list(numbers: Collection[int]) -> str:
    """The numbers as `among` sends them."""
    return json.dumps(sorted(numbers))


class _IsAmong(FunctionElement[bool]):
    """A column, and a list of whole numbers as JSON."""

    name = "is_among"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> "_IsAmong":
        """As it stands: beside `AND`, SQLAlchemy would compare it with 1 on SQLite, which then uses no index."""
        return self


@compiles(_IsAmong, "sqlite")
def _among_in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, listed = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({listed})))"  # noqa: S608 (parts of the statement itself)


@compiles(_IsAmong, "postgresql")
def _among_in_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, listed = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} = ANY (CAST(translate({listed}, '[]', '{{}}') AS INTEGER[])))"


def refusal_of(error: IntegrityError) -> str:
    """The name of what refused a row: a constraint's name, a trigger's word, or on SQLite the columns at fault."""
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or getattr(diagnostics, "message_primary", None)
    return str(name or error.orig)


def _make_engine(url: str) -> Engine:
    """The engine; its errors name statements and constraints, never the values of a row: they are logged."""
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            connect_args={"options": POSTGRESQL_OPTIONS},
        )
        event.listen(engine, "handle_error", _leave_out_the_row)
        return engine
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _leave_out_the_row(context: ExceptionContext) -> None:
    """PostgreSQL adds the refused row ("Failing row contains ...") to what it says: only the first line stays."""
    diagnostics = getattr(context.original_exception, "diag", None)
    said = getattr(diagnostics, "message_primary", None)
    if said:
        context.original_exception.args = (said,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {said}",)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_worth_another_try(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES:
        return True
    return "database is locked" in str(error.orig)
