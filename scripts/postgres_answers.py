"""Exit code 0 when a PostgreSQL server answers at the address given: `python scripts/postgres_answers.py URL`."""

import sys

import psycopg2

try:
    psycopg2.connect(sys.argv[1].replace("postgres://", "postgresql://", 1), connect_timeout=3).close()
except psycopg2.OperationalError:
    sys.exit(1)
