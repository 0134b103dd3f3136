-- +goose Up
-- What is counted again and again for the metrics is found without reading the
-- rows themselves, which hold texts and manifests.
CREATE INDEX message_state ON message (state);
CREATE INDEX capture_held ON capture (source) WHERE class = 'held' AND decision IS NULL;

-- +goose Down
SELECT 1;
