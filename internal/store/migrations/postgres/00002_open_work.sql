-- +goose Up
-- The work that is open is found without looking through what was done. The
-- indexes before were of `state IN (...)`, which a query of one state cannot use.
DROP INDEX run_open;
CREATE INDEX run_planned ON run (host, due_at, id) WHERE state = 'planned';
CREATE INDEX run_waiting ON run (source) WHERE state = 'planned';
CREATE INDEX run_running ON run (host) WHERE state = 'running';
DROP INDEX message_open;
CREATE INDEX message_pending ON message (lane, place) WHERE state = 'pending';
CREATE INDEX message_due ON message (due_at) WHERE state = 'pending';
CREATE INDEX message_sending ON message (lane) WHERE state = 'sending';

-- +goose Down
SELECT 1;
