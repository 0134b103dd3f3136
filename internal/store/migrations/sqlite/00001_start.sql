-- +goose Up
-- Instants are microseconds since 1970 in UTC. Text in JSON is canonical.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE config_version (
  digest     TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  program    TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE interest_version ( -- subscriptions and follows in force together
  digest     TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE source (
  id            TEXT PRIMARY KEY,
  type          TEXT NOT NULL,
  host          TEXT NOT NULL,
  body          TEXT NOT NULL,
  schedule      TEXT NOT NULL, -- expression and zone: a changed one is planned anew
  active        BIGINT NOT NULL,
  added_at      BIGINT NOT NULL,
  next_run_at   BIGINT,        -- NULL: only by hand
  seq           BIGINT NOT NULL DEFAULT 0,
  state         TEXT NOT NULL DEFAULT '{}',
  last_good_at  BIGINT,
  last_good_run BIGINT,
  snapshot_at   BIGINT,
  blind_since   BIGINT,
  blind_why     TEXT
);
CREATE INDEX source_due ON source (next_run_at) WHERE active = 1;

CREATE TABLE run (
  id         INTEGER PRIMARY KEY,
  source     TEXT NOT NULL REFERENCES source (id),
  host       TEXT NOT NULL,
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL,
  coalesced  BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  planned_at BIGINT NOT NULL,
  manual     BIGINT NOT NULL,
  schedule   TEXT NOT NULL, -- it was planned by; empty: by hand
  next_at    BIGINT,        -- the first occurrence it does not stand for
  state      TEXT NOT NULL CHECK (state IN ('planned', 'running', 'done', 'dropped')),
  owner      TEXT,
  epoch      BIGINT,
  check_id   BIGINT
);
CREATE INDEX run_open ON run (host, due_at) WHERE state IN ('planned', 'running');
CREATE INDEX run_source ON run (source, to_at);

CREATE TABLE blob (
  sha256 TEXT PRIMARY KEY,
  size   BIGINT NOT NULL,
  base   TEXT REFERENCES blob (sha256), -- the keyframe this is a delta against
  data   BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX blob_base ON blob (base) WHERE base IS NOT NULL;

CREATE TABLE keyframe ( -- the keyframe that the next body of a place is tried against
  source TEXT NOT NULL,
  place  TEXT NOT NULL, -- index and page
  sha256 TEXT NOT NULL REFERENCES blob (sha256),
  used   BIGINT NOT NULL,
  PRIMARY KEY (source, place)
) WITHOUT ROWID;

CREATE TABLE capture (
  id        INTEGER PRIMARY KEY,
  source    TEXT NOT NULL REFERENCES source (id),
  started   BIGINT NOT NULL,
  finished  BIGINT NOT NULL,
  digest    TEXT NOT NULL, -- SHA-256 of the manifest
  class     TEXT NOT NULL CHECK (class IN ('ok', 'held', 'failed')),
  decision  TEXT,          -- of a person on a held one: accepted, rejected
  decided_by TEXT,
  decided_at BIGINT,
  source_body TEXT NOT NULL, -- the rules it was read by
  manifest  BLOB NOT NULL  -- zstd; kept when the bodies are pruned
);
CREATE INDEX capture_source ON capture (source, id);

CREATE TABLE capture_body (
  capture BIGINT NOT NULL REFERENCES capture (id) ON DELETE CASCADE,
  sha256  TEXT NOT NULL REFERENCES blob (sha256),
  PRIMARY KEY (capture, sha256)
) WITHOUT ROWID;
CREATE INDEX capture_body_blob ON capture_body (sha256);

CREATE TABLE looks ( -- one row a check, chained by hash in a sequence without gaps
  id         BIGINT PRIMARY KEY,
  run        BIGINT NOT NULL UNIQUE REFERENCES run (id),
  source     TEXT NOT NULL REFERENCES source (id),
  started    BIGINT NOT NULL,
  finished   BIGINT NOT NULL,
  outcome    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  detail     TEXT NOT NULL,
  counts     TEXT NOT NULL,
  capture    BIGINT REFERENCES capture (id),
  seq        BIGINT NOT NULL, -- the snapshot it confirmed or made; 0: none
  change     TEXT,
  config     TEXT NOT NULL REFERENCES config_version (digest),
  program    TEXT NOT NULL,
  hash       TEXT NOT NULL
);
CREATE INDEX looks_source ON looks (source, id);

CREATE TABLE snapshot (
  source  TEXT NOT NULL REFERENCES source (id),
  seq     BIGINT NOT NULL,
  capture BIGINT NOT NULL REFERENCES capture (id),
  look    BIGINT NOT NULL REFERENCES looks (id),
  taken   BIGINT NOT NULL,
  digest  TEXT NOT NULL, -- of the document
  PRIMARY KEY (source, seq)
) WITHOUT ROWID;

CREATE TABLE change (
  id        TEXT PRIMARY KEY,
  source    TEXT NOT NULL REFERENCES source (id),
  from_seq  BIGINT NOT NULL,
  to_seq    BIGINT NOT NULL,
  from_at   BIGINT NOT NULL,
  to_at     BIGINT NOT NULL,
  found_at  BIGINT NOT NULL,
  kind      TEXT NOT NULL,
  severity  TEXT NOT NULL,
  topics    TEXT NOT NULL, -- between spaces
  summary   TEXT NOT NULL,
  body      BLOB NOT NULL, -- the change as JSON, zstd
  words     TEXT NOT NULL, -- what a search looks in, folded
  interests TEXT NOT NULL REFERENCES interest_version (digest),
  UNIQUE (source, to_seq)
);
CREATE INDEX change_time ON change (to_at);

CREATE TABLE change_operator (
  operator TEXT NOT NULL,
  change   TEXT NOT NULL REFERENCES change (id),
  PRIMARY KEY (operator, change)
) WITHOUT ROWID;

CREATE TABLE removal ( -- the two complete looks behind every removal
  change  TEXT NOT NULL REFERENCES change (id),
  key     TEXT NOT NULL,
  missing BIGINT NOT NULL REFERENCES run (id),
  confirmed BIGINT NOT NULL REFERENCES run (id),
  PRIMARY KEY (change, key)
) WITHOUT ROWID;

CREATE TABLE record_current (
  source  TEXT NOT NULL REFERENCES source (id),
  key     TEXT NOT NULL,
  idx     TEXT NOT NULL,
  life    BIGINT NOT NULL,
  fields  TEXT NOT NULL,    -- as recorded last
  missing_since BIGINT,     -- first complete look that lacked it
  missing_run   BIGINT,
  last_seen     BIGINT,     -- of a missing one: the last look that showed it
  PRIMARY KEY (source, key, idx)
) WITHOUT ROWID;

CREATE TABLE record_version (
  id         INTEGER PRIMARY KEY,
  source     TEXT NOT NULL REFERENCES source (id),
  key        TEXT NOT NULL,
  idx        TEXT NOT NULL,
  life       BIGINT NOT NULL,
  valid_from BIGINT NOT NULL, -- the look that showed it first
  valid_to   BIGINT,          -- the first look that did not show it so
  confirmed_at BIGINT,        -- when the end became certain
  fields     TEXT NOT NULL
);
CREATE INDEX record_version_key ON record_version (source, key, idx, valid_from);
CREATE INDEX record_version_time ON record_version (source, valid_from, valid_to);

CREATE TABLE follow (
  id       INTEGER PRIMARY KEY,
  source   TEXT NOT NULL,
  operator TEXT NOT NULL,
  relation TEXT NOT NULL,
  client   TEXT NOT NULL,
  name     TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  ended_at BIGINT
);

CREATE TABLE alert (
  id           TEXT PRIMARY KEY,
  change       TEXT NOT NULL REFERENCES change (id),
  subscription TEXT NOT NULL,
  version      TEXT NOT NULL,
  severity     TEXT NOT NULL,
  body         TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  UNIQUE (change, version)
);

CREATE TABLE lane (
  id         TEXT PRIMARY KEY, -- subscriber|channel
  subscriber TEXT NOT NULL,
  channel    TEXT NOT NULL,
  parked_at  BIGINT,
  parked_why TEXT
);

CREATE TABLE message (
  id         TEXT PRIMARY KEY,
  lane       TEXT NOT NULL REFERENCES lane (id),
  place      BIGINT NOT NULL UNIQUE, -- order of creation
  kind       TEXT NOT NULL,
  urgent     BIGINT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'dead')),
  change     TEXT REFERENCES change (id),
  body       TEXT NOT NULL, -- renderer-neutral, JSON
  payload    BLOB,          -- as laid out for the channel, frozen at the first attempt
  created_at BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  attempts   BIGINT NOT NULL DEFAULT 0,
  first_at   BIGINT,        -- first attempt of the present series
  done_at    BIGINT,
  out_of_order BIGINT NOT NULL DEFAULT 0,
  owner      TEXT,
  epoch      BIGINT
);
CREATE INDEX message_open ON message (lane, place) WHERE state IN ('pending', 'sending');

CREATE TABLE message_alert (
  message TEXT NOT NULL REFERENCES message (id),
  alert   TEXT NOT NULL REFERENCES alert (id),
  PRIMARY KEY (message, alert)
) WITHOUT ROWID;

CREATE TABLE attempt (
  message  TEXT NOT NULL REFERENCES message (id),
  n        BIGINT NOT NULL,
  started  BIGINT NOT NULL,
  finished BIGINT,          -- NULL: the outcome is not known yet, or never was
  outcome  TEXT,
  detail   TEXT,
  receipt  TEXT,
  again    BIGINT NOT NULL, -- the channel may have seen it before
  PRIMARY KEY (message, n)
) WITHOUT ROWID;

CREATE TABLE lease (
  name    TEXT PRIMARY KEY,
  owner   TEXT NOT NULL,
  epoch   BIGINT NOT NULL,
  expires BIGINT NOT NULL
);

CREATE TABLE audit ( -- what persons did
  id     INTEGER PRIMARY KEY,
  at     BIGINT NOT NULL,
  who    TEXT NOT NULL,
  what   TEXT NOT NULL,
  object TEXT NOT NULL
);

-- +goose Down
SELECT 1;
