-- +goose Up
-- Documents of an index that are watched as sources of their own. Where they lie
-- is all that is kept: how they are watched is what the index says today.
CREATE TABLE child (
  source   TEXT PRIMARY KEY REFERENCES source (id),
  parent   TEXT NOT NULL REFERENCES source (id),
  key      TEXT NOT NULL, -- the index knows it by
  url      TEXT NOT NULL,
  title    TEXT NOT NULL,
  fresh    BIGINT NOT NULL, -- it came while the index was watched
  added_at BIGINT NOT NULL,
  UNIQUE (parent, key)
) WITHOUT ROWID;

CREATE TABLE thread_member ( -- one site's sight of a regulation
  thread  TEXT NOT NULL, -- issuer, type, number and year
  source  TEXT NOT NULL REFERENCES source (id), -- the index
  key     TEXT NOT NULL,
  title   TEXT NOT NULL,
  fresh   BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (thread, source, key)
) WITHOUT ROWID;
CREATE INDEX thread_member_document ON thread_member (source, key);

CREATE TABLE thread_pair ( -- texts of one regulation that were compared, and by which snapshots
  thread  TEXT NOT NULL,
  one     TEXT NOT NULL REFERENCES source (id),
  other   TEXT NOT NULL REFERENCES source (id),
  one_seq   BIGINT NOT NULL,
  other_seq BIGINT NOT NULL,
  PRIMARY KEY (one, other)
) WITHOUT ROWID;

-- +goose Down
SELECT 1;
