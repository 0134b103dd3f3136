-- +goose Up
-- Who brought a capture: Pantau itself, or a person by hand. The manifest says
-- the same, and is under the chain of looks.
ALTER TABLE capture ADD COLUMN evidence TEXT NOT NULL DEFAULT 'fetched';
ALTER TABLE capture ADD COLUMN entered_by TEXT NOT NULL DEFAULT '';

CREATE TABLE notice ( -- what was told once: no restart and no second node tells it again
  kind       TEXT COLLATE "C" NOT NULL, -- blind, unconfirmed, resolved, all-clear
  source     TEXT COLLATE "C" NOT NULL, -- empty: about all of them
  subscriber TEXT COLLATE "C" NOT NULL,
  occurrence TEXT COLLATE "C" NOT NULL, -- of the blindness its beginning, of the all-clear its moment
  told_at    BIGINT NOT NULL,
  PRIMARY KEY (kind, source, subscriber, occurrence)
);

-- +goose Down
SELECT 1;
