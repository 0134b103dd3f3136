-- +goose Up
-- Who may log in. Every secret is here as a hash or digest only.
CREATE TABLE account (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  role       TEXT NOT NULL,
  password   TEXT NOT NULL, -- argon2id; empty: none
  epoch      BIGINT NOT NULL, -- sessions of an earlier one are over
  disabled   BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE session (
  digest     TEXT PRIMARY KEY,
  account    BIGINT NOT NULL REFERENCES account (id),
  epoch      BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_created ON session (created_at);

CREATE TABLE token (
  id         INTEGER PRIMARY KEY,
  digest     TEXT NOT NULL UNIQUE,
  account    BIGINT NOT NULL REFERENCES account (id),
  name       TEXT NOT NULL,
  scopes     TEXT NOT NULL, -- separated by blanks
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked    BIGINT NOT NULL
);
CREATE INDEX token_account ON token (account);

CREATE TABLE setup ( -- the link by which the first administrator comes in; the newest one counts
  one        BIGINT PRIMARY KEY CHECK (one = 1),
  digest     TEXT NOT NULL,
  expires_at BIGINT NOT NULL
) WITHOUT ROWID;

-- +goose Down
SELECT 1;
