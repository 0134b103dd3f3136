-- +goose Up
-- What the pages of a host have in common: first copies are packed with it. A
-- body that was names it in its data.
CREATE TABLE dictionary (
  sha256 TEXT PRIMARY KEY,
  host   TEXT NOT NULL,
  data   BYTEA NOT NULL
);
CREATE INDEX dictionary_host ON dictionary (host, sha256);
CREATE INDEX source_host ON source (host);
